//! Account managers read what they sell: plans as they are published, and what a run costs. They write nothing of it.

use drawdown_domain::staff::StaffRole;
use drawdown_service::staff::StaffInput;

use super::scene::{OPERATOR, PASSWORD, cookie_of, get, staff};
use crate::catalogue_pages;
use crate::world::World;

const PAGES: [&str; 3] = [
    "/manage/plans",
    "/manage/plans/team",
    "/manage/rates/quote?use_case=code&mode=fast&platform=web&q-context_tokens=1000",
];
/// What leads to writing, on those pages.
const WRITING: [&str; 8] = [
    "/actions/manage-",
    "/manage/plans/new",
    "/manage/plans/team/draft",
    "/manage/plans/team/move",
    "href=\"/manage/rates\"",
    "/manage/rates/draft",
    ">draft<",
    ">Draft<",
];

#[tokio::test]
async fn an_account_manager_reads_what_is_sold_and_finds_no_way_to_write_it() {
    let world = World::with_pages().await;
    catalogue_pages::set_up(&world).await;
    let input = StaffInput {
        email: "own@vendor.example".to_owned(),
        name: "Own".to_owned(),
        roles: vec![StaffRole::AccountManager],
        all_customers: false,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_staff(&OPERATOR, input).await.unwrap();
    let editor = staff(&world, StaffRole::CatalogueEditor).await;
    let managers = [
        staff(&world, StaffRole::AccountManager).await,
        cookie_of(&world, "own@vendor.example").await,
    ];
    let page = async |address: &str, cookie: &str| {
        let answer = get(&world, address, cookie).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        answer.body.as_str().unwrap().to_owned()
    };
    let mut found = 0;
    for address in PAGES {
        for manager in &managers {
            let read = page(address, manager).await;
            let way = WRITING.into_iter().find(|way| read.contains(way));
            assert_eq!(way, None, "{address}: {read}");
            assert!(read.contains("href=\"/manage/plans\"") && read.contains("href=\"/manage/rates/quote\""));
        }
        let written = page(address, &editor).await;
        found += WRITING.into_iter().filter(|way| written.contains(way)).count();
    }
    assert!(found > 8, "an editor finds these ways: {found}");
    let quote = page(PAGES[2], &managers[0]).await;
    assert!(
        quote.contains("in force</h2>") && quote.contains("2</strong>"),
        "{quote}"
    );
}
