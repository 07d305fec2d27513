//! What staff fill in to change a draft of a plan, and what stays though a form has no field for it.

use drawdown_domain::plan::{ConversionTier, PlanTerms};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Key, Money};
use drawdown_service::plans::PlanEdit;

use super::post;
use super::scene::{OPERATOR, get, staff};
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
        self.world.service.edit_plan(&OPERATOR, &plan(), edit).await.unwrap();
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
        let form = format!("plan={PLAN}&part={part}&{form}");
        let answer = post(&self.world, PUT, &form, &self.cookie).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer
    }
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
