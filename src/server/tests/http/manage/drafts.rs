//! What staff fill in to change a draft of a plan, and what stays though a form has no field for it.

use drawdown_domain::limit::CapLimit;
use drawdown_domain::plan::{ConversionTier, PlanTerms};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Key, Money};
use drawdown_service::plans::PlanEdit;

use super::post;
use super::scene::{OPERATOR, get, staff};
use crate::catalogue_pages;
use crate::world::{Answer, World};

const PLAN: &str = "team";
const PUT: &str = "/actions/manage-put-plan-part";

/// An administrator at the draft of a plan.
struct Desk {
    world: World,
    cookie: String,
}

impl Desk {
    async fn open() -> Self {
        let world = World::with_pages().await;
        let cookie = staff(&world, StaffRole::Administrator).await;
        world.service.start_plan_draft(&OPERATOR, &plan()).await.unwrap();
        Self { world, cookie }
    }

    async fn terms(&self) -> PlanTerms {
        let draft = self.world.service.plan_draft(&OPERATOR, &plan()).await;
        draft.unwrap().unwrap().terms
    }

    async fn edit(&self, edit: PlanEdit) {
        let service = &self.world.service;
        service.edit_plan(&OPERATOR, &plan(), None, edit).await.unwrap();
    }

    async fn page(&self, address: &str) -> String {
        let answer = get(&self.world, address, &self.cookie).await;
        assert_eq!(answer.status, 200, "{address}");
        answer.body.as_str().unwrap().to_owned()
    }

    async fn form(&self, part: &str) -> String {
        self.page(&format!("/manage/plans/{PLAN}/draft/{part}")).await
    }

    async fn send(&self, part: &str, fields: &[(&str, &str)]) -> Answer {
        let form = serde_urlencoded::to_string(fields).unwrap();
        let revision = revision_of(&self.form(part).await);
        self.send_as_seen(part, revision, &form).await
    }

    /// Sends a form as it was opened with a revision.
    async fn send_as_seen(&self, part: &str, revision: i64, form: &str) -> Answer {
        let form = format!("plan={PLAN}&revision={revision}&part={part}&{form}");
        let answer = post(&self.world, PUT, &form, &self.cookie).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer
    }
}

/// The revision that the first form of a page carries.
fn revision_of(page: &str) -> i64 {
    let field = page
        .split("name=\"revision\" value=\"")
        .nth(1)
        .expect("the page has a form");
    field.split('"').next().unwrap().parse().unwrap()
}

fn plan() -> Key {
    PLAN.parse().unwrap()
}

#[tokio::test]
async fn words_about_a_use_case_that_the_card_dropped_stay_until_somebody_removes_them() {
    let desk = Desk::open().await;
    let words = [("code", "Half comes back"), ("gone", "All of it")];
    let words = words.map(|(use_case, words)| (use_case.parse().unwrap(), words.to_owned()));
    desk.edit(PlanEdit::Refunds(words.into())).await;
    let form = desk.form("refunds").await;
    assert!(
        form.contains("name=\"refund-gone\"") && form.contains("gone, not on the rate card"),
        "{form}"
    );

    let told = async || desk.terms().await.refunds.into_values().collect::<Vec<_>>();
    desk.send("refunds", &[("refund-code", "Free"), ("refund-image", "")])
        .await;
    assert_eq!(told().await, ["Free", "All of it"]);
    desk.send("refunds", &[("refund-code", "Free"), ("refund-gone", " ")])
        .await;
    assert_eq!(told().await, ["Free"]);
}

#[tokio::test]
async fn a_form_of_many_rows_keeps_them_all() {
    let desk = Desk::open().await;
    let rates: Vec<ConversionTier> = (1..=40)
        .map(|row| ConversionTier {
            from: Money::new(10_000 * row, Currency::USD),
            rate: (100 + row).into(),
        })
        .collect();
    let edit = PlanEdit::Conversion {
        rate: 100.into(),
        tiers: rates.clone(),
        low_balance_percent: None,
    };
    desk.edit(edit).await;
    let form = desk.form("conversion").await;
    assert!(form.contains("name=\"from_41\""), "two rows more than there are rates");
    let mut fields = vec![("rate".to_owned(), "90".to_owned())];
    for (row, tier) in rates.iter().enumerate() {
        fields.push((format!("from_{row}"), tier.from.to_decimal().to_string()));
        fields.push((format!("rate_{row}"), tier.rate.to_string()));
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    desk.send("conversion", &fields).await;
    let terms = desk.terms().await;
    assert_eq!((terms.conversion_rate, terms.conversion_tiers), (90.into(), rates));
}

#[tokio::test]
async fn a_box_that_was_ticked_stays_so_when_its_form_is_refused() {
    let desk = Desk::open().await;
    let ticked = "name=\"degrade\" value=\"1\" checked";
    assert!(!desk.form("included").await.contains(ticked));
    let answer = desk.send("included", &[("degrade", "1"), ("overage", "")]).await;
    let page = desk.page(answer.header("location")).await;
    assert!(page.contains("Choose one.") && page.contains(ticked), "{page}");
}

#[tokio::test]
async fn every_form_of_a_draft_carries_the_revision_with_which_it_was_opened() {
    let desk = Desk::open().await;
    catalogue_pages::set_up(&desk.world).await;
    let parts = [
        "basics",
        "conversion",
        "top-ups",
        "included",
        "refunds",
        "allotment",
        "unlimited",
        "cap",
        "cap?name=ceiling",
        "throttle",
    ];
    let known = [
        "/manage/rates/draft/mode?key=fast",
        "/manage/rates/draft/platform?key=web",
        "/manage/rates/draft/use-case?key=code",
        "/manage/rates/draft/meter?use_case=code&key=context_tokens",
    ];
    let of_drafts = drawdown_app::manage_paths()
        .into_iter()
        .filter(|path| path.contains("/draft"));
    let mut addresses: Vec<String> = known.map(str::to_owned).to_vec();
    for path in of_drafts {
        match path.strip_suffix("{part}") {
            Some(_) => addresses.extend(parts.map(|part| format!("/manage/plans/{PLAN}/draft/{part}"))),
            None => addresses.push(catalogue_pages::address(path)),
        }
    }
    let mut seen = 0;
    for address in addresses {
        let page = desk.page(&address).await;
        for form in page.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let changes = form.contains("/actions/manage-") && !form.contains("/actions/manage-check-rates");
            assert!(!changes || form.contains("name=\"revision\""), "{address}: {form}");
            seen += usize::from(changes);
        }
    }
    assert!(seen > 20, "the pages of drafts have forms: {seen}");
}

#[tokio::test]
async fn of_two_who_change_a_draft_the_later_is_told_and_decides() {
    let desk = Desk::open().await;
    let opened = revision_of(&desk.form("cap").await);
    let cap = |name: &str, amount: &str| {
        format!("name={name}&known=1&amount={amount}&unit=credits&window=day&each=&action=block")
    };
    let other = desk.send_as_seen("cap", opened, &cap("ceiling", "70")).await;
    assert!(
        desk.page(other.header("location"))
            .await
            .contains("It is in the draft.")
    );
    // The second has the form open since before.
    let answer = desk.send_as_seen("cap", opened, &cap("ceiling", "80")).await;
    let form = desk.page(answer.header("location")).await;
    let told = "Administrator has changed the draft since you opened it";
    assert!(
        form.contains(told) && form.contains("nothing of yours was saved"),
        "{form}"
    );
    assert!(
        form.contains("name=\"amount\"") && form.contains("value=\"80\""),
        "{form}"
    );
    let ceiling = async || desk.terms().await.caps["ceiling"].limit;
    assert_eq!(ceiling().await, CapLimit::Credits("70".parse().unwrap()));
    // Sent again as the form says now, it goes through.
    assert_eq!(revision_of(&form), opened + 1);
    desk.send_as_seen("cap", opened + 1, &cap("ceiling", "80")).await;
    assert_eq!(ceiling().await, CapLimit::Credits("80".parse().unwrap()));
    // So it is with what is removed, and of a form that says no revision nothing is done.
    for seen in [format!("revision={}", opened + 1), String::new()] {
        let form = format!("plan={PLAN}&part=cap&name=ceiling&{seen}");
        post(&desk.world, "/actions/manage-remove-plan-part", &form, &desk.cookie).await;
        assert_eq!(ceiling().await, CapLimit::Credits("80".parse().unwrap()));
    }
}

#[tokio::test]
async fn of_two_who_change_the_rate_card_the_later_is_told_and_decides() {
    let desk = Desk::open().await;
    catalogue_pages::set_up(&desk.world).await;
    let address = "/manage/rates/draft/mode?key=fast";
    let opened = revision_of(&desk.page(address).await);
    let put = async |revision: i64, multiplier: i64| {
        let form = format!("revision={revision}&lever=mode&key=fast&known=1&multiplier={multiplier}");
        let answer = post(&desk.world, "/actions/manage-put-lever", &form, &desk.cookie).await;
        desk.page(answer.header("location")).await
    };
    let fast = async || {
        let draft = desk.world.service.rates_draft(&OPERATOR).await.unwrap().unwrap();
        draft.rates.modes["fast"].to_string()
    };
    put(opened, 7).await;
    let form = put(opened, 8).await;
    assert!(form.contains("has changed the draft since you opened it"), "{form}");
    assert!(
        form.contains("value=\"8\"") && revision_of(&form) == opened + 1,
        "{form}"
    );
    assert_eq!(fast().await, "7");
    put(opened + 1, 8).await;
    assert_eq!(fast().await, "8");
}

#[tokio::test]
async fn a_draft_that_is_older_than_what_was_published_says_so_and_is_carried_over() {
    let desk = Desk::open().await;
    let (service, plan) = (&desk.world.service, plan());
    let mut terms = desk.terms().await;
    desk.send("refunds", &[("refund-code", "Free")]).await;
    terms.seats = Some(9);
    let filed = service.store().publish_plan(&plan, &terms, service.instant(), &[]);
    filed.await.unwrap();
    let revision = revision_of(&desk.form("basics").await);
    let publish = async |revision: i64| {
        let form = format!("plan={PLAN}&revision={revision}");
        let answer = post(&desk.world, "/actions/manage-publish-plan", &form, &desk.cookie).await;
        desk.page(answer.header("location")).await
    };
    let refused = publish(revision).await;
    assert!(refused.contains("publishing the draft would undo that"), "{refused}");
    let draft = desk.page(&format!("/manage/plans/{PLAN}/draft")).await;
    assert!(
        draft.contains("Version 2 was published after this draft was begun as version 1."),
        "{draft}"
    );
    // What the file brought is among what publishing would undo.
    assert!(
        draft.contains("Carry it over to version 2") && draft.contains("seats"),
        "{draft}"
    );
    let form = format!("plan={PLAN}&revision={revision}");
    let carried = post(&desk.world, "/actions/manage-carry-plan", &form, &desk.cookie).await;
    let draft = desk.page(carried.header("location")).await;
    assert!(!draft.contains("Carry it over"), "{draft}");
    let published = publish(revision + 1).await;
    assert!(published.contains("Version 3 is published."), "{published}");
}
