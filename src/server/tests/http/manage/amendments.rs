//! What staff type to amend a contract: from which day on, terms of its own, and what is told where they are refused.

use drawdown_domain::Key;
use drawdown_domain::staff::StaffRole;
use drawdown_service::contracts::ContractView;
use drawdown_service::customers::PutCustomer;
use drawdown_service::plans::PlanEdit;

use super::post;
use super::scene::{Customer, OPERATOR, get, sign, staff};
use crate::world::{Answer, World};

/// An administrator at the account of a customer whose contract is signed, amended and yet to begin.
struct Desk {
    world: World,
    cookie: String,
    customer: Customer,
}

impl Desk {
    async fn open() -> Self {
        let world = World::with_pages().await;
        let cookie = staff(&world, StaffRole::Administrator).await;
        let customer = Customer::of(&world).await;
        Self {
            world,
            cookie,
            customer,
        }
    }

    async fn contract(&self) -> ContractView {
        let (id, contract) = (self.customer.id, self.customer.contract);
        self.world.service.contract(&OPERATOR, id, contract).await.unwrap()
    }

    async fn page(&self, address: &str) -> String {
        let answer = get(&self.world, address, &self.cookie).await;
        assert_eq!(answer.status, 200, "{address}");
        answer.body.as_str().unwrap().to_owned()
    }

    async fn send(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let form = serde_urlencoded::to_string(fields).unwrap();
        let form = format!("customer={}&{form}", self.customer.id);
        let answer = post(&self.world, action, &form, &self.cookie).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer
    }

    /// The page that a refused form leads back to.
    async fn refused(&self, action: &str, fields: &[(&str, &str)], path: &str) -> String {
        let answer = self.send(action, fields).await;
        let to = answer.header("location");
        let expected = format!("/manage/customers/{}{path}?", self.customer.id);
        assert!(to.starts_with(&expected), "{to}");
        self.page(to).await
    }

    async fn amend(&self, from: &str) -> Vec<(&'static str, String)> {
        let contract = self.contract().await;
        [
            ("amends", contract.id.to_string()),
            ("effective", from.to_owned()),
            ("plan", contract.terms.plan.to_string()),
            ("committed", "2000".to_owned()),
            ("conversion_rate", "100".to_owned()),
            ("starts", contract.begins.date),
            ("months", "12".to_owned()),
            ("release", "at_once".to_owned()),
            ("payments", "at_once".to_owned()),
            ("renewal", "same".to_owned()),
        ]
        .into()
    }
}

fn borrowed<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

const CHECK: &str = "/actions/manage-check-contract";
const CHECK_OWN: &str = "/actions/manage-check-own-terms";

#[tokio::test]
async fn a_contract_that_is_yet_to_begin_is_amended_from_the_day_that_its_form_opens_with() {
    let desk = Desk::open().await;
    let contract = desk.contract().await;
    let form = format!("/manage/customers/{}/contract?amends={}", desk.customer.id, contract.id);
    let day = contract.effective.date.clone();
    let field = format!("name=\"effective\" type=\"date\" value=\"{day}\"");
    assert!(desk.page(&form).await.contains(&field));
    let answer = desk.send(CHECK, &borrowed(&desk.amend(&day).await)).await;
    assert!(answer.header("location").contains("/contract/confirm?"));
    let from = contract.effective.full;
    let last_step = desk.page(answer.header("location")).await;
    assert!(last_step.contains(&format!("From {from} on, amend the contract")));

    let early = desk.amend("2030-01-01").await;
    let told = desk.refused(CHECK, &borrowed(&early), "/contract").await;
    assert!(told.contains(&format!("The last version holds from {from}")));
}

#[tokio::test]
async fn a_refused_amendment_keeps_a_long_note() {
    let desk = Desk::open().await;
    let note = "備考".repeat(1_000);
    let mut fields = desk.amend("someday").await;
    fields.push(("note", note.clone()));
    let told = desk.refused(CHECK, &borrowed(&fields), "/contract").await;
    assert!(told.contains("id=\"contract-effective-error\""));
    assert!(told.contains(&note) && told.contains("value=\"someday\""));
}

#[tokio::test]
async fn terms_of_a_contracts_own_are_refused_at_their_field_and_where_they_change_nothing() {
    let desk = Desk::open().await;
    let id = desk.contract().await.id.to_string();
    let of = |part: &'static str| [("contract", id.as_str()), ("part", part)];
    let cap = [
        ("name", "pilot"),
        ("amount", "500"),
        ("unit", "credits"),
        ("window", "day"),
        ("each", ""),
        ("action", "block"),
        ("use_case", "painting"),
    ];
    let own_form = "/contract/own/form";
    let told = desk
        .refused(CHECK_OWN, &[&of("cap")[..], &cap].concat(), own_form)
        .await;
    assert!(told.contains("id=\"terms-amount-error\"") && told.contains("value=\"pilot\""));
    let same = [&of("overage")[..], &[("overage", "owe")]].concat();
    let told = desk.refused(CHECK_OWN, &same, own_form).await;
    assert!(told.contains("Nothing would change"));
    let gone = [&of("refunds")[..], &[("name", "code"), ("act", "none")]].concat();
    let told = desk
        .refused("/actions/manage-put-own-terms", &gone, "/contract/own")
        .await;
    assert!(told.contains("role=\"alert\""));
}

#[tokio::test]
async fn what_is_as_the_plan_says_is_no_term_of_the_contracts_own() {
    let desk = Desk::open().await;
    let id = desk.contract().await.id.to_string();
    let (put, part) = (
        "/actions/manage-put-own-terms",
        [("contract", id.as_str()), ("part", "low-balance")],
    );
    for (percent, agreed) in [("30", Some(30)), ("", None)] {
        desk.send(put, &[&part[..], &[("low_balance_percent", percent)]].concat())
            .await;
        assert_eq!(desk.contract().await.terms.overrides.low_balance_percent, agreed);
    }
    let version = desk.contract().await.version;
    let overage = [("contract", id.as_str()), ("part", "overage"), ("overage", "owe")];
    desk.send(put, &overage).await;
    let contract = desk.contract().await;
    assert_eq!((contract.version, contract.terms.overrides.overage), (version, None));
}

#[tokio::test]
async fn a_field_that_is_emptied_is_empty_in_the_last_step_too() {
    let desk = Desk::open().await;
    let id = desk.contract().await.id.to_string();
    let refund = |words| [("contract", id.as_str()), ("part", "refunds"), ("refund-code", words)];
    desk.send("/actions/manage-put-own-terms", &refund("Half of it comes back."))
        .await;
    assert_eq!(desk.contract().await.terms.overrides.refunds.len(), 1);
    let answer = desk.send(CHECK_OWN, &refund("")).await;
    assert!(answer.header("location").contains("/contract/own/confirm?"));
    let last_step = desk.page(answer.header("location")).await;
    assert!(last_step.contains("refunds of code") && last_step.contains("Half of it comes back."));
    assert!(last_step.contains("name=\"refund-code\" value=\"\""));
}

#[tokio::test]
async fn a_plans_low_balance_line_is_taken_away_and_given_back() {
    let mut desk = Desk::open().await;
    let (service, plan): (_, Key) = (desk.world.service.clone(), "team".parse().unwrap());
    service.start_plan_draft(&OPERATOR, &plan).await.unwrap();
    let edit = PlanEdit::Conversion {
        rate: 100.into(),
        tiers: Vec::new(),
        low_balance_percent: Some(20),
    };
    service.edit_plan(&OPERATOR, &plan, None, edit).await.unwrap();
    let revision = service.plan_draft(&OPERATOR, &plan).await.unwrap().unwrap().revision;
    service
        .publish_plan_draft(&OPERATOR, &plan, revision, &[])
        .await
        .unwrap();
    let told = service.store().current_plan(&plan).await.unwrap().unwrap().id;
    let put = PutCustomer {
        name: Some("Told".to_owned()),
        plan: Some(plan),
        ..PutCustomer::default()
    };
    let other = service.put_customer(&OPERATOR, &"told".parse().unwrap(), put).await;
    desk.customer.id = other.unwrap().id;
    desk.customer.contract = sign(&desk.world, desk.customer.id, told, 1).await;

    let id = desk.customer.contract.to_string();
    let own = format!("/manage/customers/{}/contract/own?contract={id}", desk.customer.id);
    assert!(
        desk.page(&own)
            .await
            .contains("aria-label=\"Take it away: low balance is told below\"")
    );
    let percent = async |act| {
        let fields = [("contract", id.as_str()), ("part", "low-balance"), ("act", act)];
        desk.send("/actions/manage-put-own-terms", &fields).await;
        let contract = desk.contract().await;
        let in_force = contract.terms.applied_to(&contract.base_terms).low_balance_percent;
        (contract.terms.overrides.low_balance_percent, in_force)
    };
    assert_eq!(percent("none").await, (Some(0), None));
    assert!(desk.page(&own).await.contains("none, other than the plan"));
    assert_eq!(percent("plan").await, (None, Some(20)));
}
