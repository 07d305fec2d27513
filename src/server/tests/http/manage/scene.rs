//! Who and what the tables of staff's routes are tried with: a customer with everything, staff of each role, a member.

use axum::body::Body;
use axum::http::Request;
use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::{AdjustmentId, ContractId, GrantId, OrganizationId, PlanChangeId, PlanVersionId};
use drawdown_domain::limit::{CapAction, CapLimit, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window};
use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Money};
use drawdown_service::Actor;
use drawdown_service::adjustments::{Booked, GiveInput};
use drawdown_service::customers::PutCustomer;
use drawdown_service::grants::GrantInput;
use drawdown_service::limits::{CapInput, ThrottleInput};
use drawdown_service::members::MemberInput;
use drawdown_service::schedule::{PlanChanged, PlanWhen};
use drawdown_service::staff::{Reach, Staff, StaffInput};

use crate::catalogue_pages;
use crate::world::World;

pub(super) const PASSWORD: &str = "correct horse";
pub(super) const OPERATOR: Actor = Actor::System("tests");

/// A customer with a grant of which something is unspent, and a contract that renews.
pub(super) struct Customer {
    pub(super) id: OrganizationId,
    pub(super) grant: GrantId,
    pub(super) contract: ContractId,
    pub(super) plan: PlanVersionId,
    pub(super) adjustment: AdjustmentId,
    pub(super) parent: OrganizationId,
}

/// Terms of a contract that begins in so many days.
pub(super) fn contract_terms(world: &World, plan: PlanVersionId, days: i64) -> ContractTerms {
    ContractTerms {
        plan,
        overrides: Overrides::default(),
        committed: Money::new(100_000, Currency::USD),
        conversion_rate: 100.into(),
        starts_at: world.service.instant().plus_seconds(days * 86_400),
        months: 12,
        release: Spread::AtOnce,
        payments: Spread::AtOnce,
        renewal: Renewal::None,
        note: None,
    }
}

/// Signs a contract that begins after every other: so many years from now.
pub(super) async fn sign(world: &World, customer: OrganizationId, plan: PlanVersionId, years: i64) -> ContractId {
    let id = world.service.new_contract_id();
    let terms = contract_terms(world, plan, years * 366);
    let signed = world
        .service
        .sign_contract(&OPERATOR, customer, id, terms.clone())
        .await;
    signed.unwrap();
    let renews = ContractTerms {
        renewal: Renewal::SameTerms,
        ..terms
    };
    let from = renews.starts_at;
    world
        .service
        .amend_contract(&OPERATOR, customer, id, renews, from)
        .await
        .unwrap();
    id
}

pub(super) async fn a_plan(world: &World, customer: OrganizationId) -> PlanVersionId {
    let choices = world.service.contract_choices(&OPERATOR, customer).await.unwrap();
    choices.plans[0].0
}

/// The fields of a transfer to the customer's parent.
pub(super) async fn transfer_fields(world: &World, customer: OrganizationId) -> String {
    let key = "parent".parse().unwrap();
    let parent = world.service.organization_of(&OPERATOR, &key).await.unwrap();
    let grant = give(world, customer).await;
    format!("to={parent}&grant={grant}&credits=5&reason=x")
}

/// A change of plan that waits for the customer's renewal: one that is there, or a new one.
pub(super) async fn waiting_change(world: &World, customer: OrganizationId) -> PlanChangeId {
    let service = &world.service;
    let known = service.plan_changes(&OPERATOR, customer).await.unwrap();
    if let Some(known) = known.iter().find(|change| !change.of_contract) {
        return known.id;
    }
    let plan = a_plan(world, customer).await;
    let changed = service.change_plan(&OPERATOR, customer, plan, PlanWhen::AtRenewal);
    match changed.await.unwrap() {
        PlanChanged::Scheduled(id) => id,
        other => panic!("it is not scheduled: {other:?}"),
    }
}

/// The fields of a contract that begins in so many years.
pub(super) fn contract_fields(world: &World, plan: PlanVersionId, years: i64) -> String {
    let starts = 2030 + years;
    let once = world.service.new_contract_id();
    format!(
        "once={once}&plan={plan}&committed=1000&conversion_rate=100&starts={starts}-01-01&months=12&release=at_once\
         &payments=quarter&renewal=none"
    )
}

/// The fields of a term that a contract has otherwise than its plan: another one each time, so that something changes.
pub(super) async fn own_terms_fields(world: &World, customer: OrganizationId) -> String {
    let contracts = world.service.contracts(&OPERATOR, customer).await.unwrap();
    let newest = &contracts[0];
    let now = newest.terms.overrides.low_balance_percent;
    let percent = now.map_or(5, |percent| percent + 1);
    format!("contract={}&part=low-balance&low_balance_percent={percent}", newest.id)
}

/// The fields that take an amendment back that was just agreed on, of a contract that has not begun.
pub(super) async fn withdrawal_fields(world: &World, customer: OrganizationId) -> String {
    let contracts = world.service.contracts(&OPERATOR, customer).await.unwrap();
    let (id, mut terms) = (contracts[0].id, contracts[0].terms.clone());
    let now = terms.overrides.low_balance_percent;
    terms.overrides.low_balance_percent = Some(now.map_or(5, |percent| percent + 1));
    let from = terms.starts_at;
    let amended = world.service.amend_contract(&OPERATOR, customer, id, terms, from);
    amended.await.unwrap();
    let contract = world.service.contract(&OPERATOR, customer, id).await.unwrap();
    format!("contract={id}&version={}", contract.version)
}

impl Customer {
    pub(super) async fn of(world: &World) -> Self {
        let acme = "acme".parse().unwrap();
        let id = world.service.organization_of(&OPERATOR, &acme).await.unwrap();
        let plan = a_plan(world, id).await;
        Self {
            id,
            grant: give(world, id).await,
            contract: sign(world, id, plan, 100).await,
            plan,
            adjustment: ask(world, id, "asker@vendor.example").await,
            parent: {
                ceilings(world, id).await;
                parent(world, id).await
            },
        }
    }

    /// The address of a route, of this customer.
    pub(super) fn address(&self, world: &World, path: &str) -> String {
        if catalogue_pages::row(path).is_some() {
            return catalogue_pages::address(path);
        }
        let query = match path.rsplit('/').next() {
            _ if path.ends_with("/contract/confirm") => format!("?{}", contract_fields(world, self.plan, 0)),
            _ if path.ends_with("/plan/confirm") => format!("?plan={}&when=renewal", self.plan),
            Some("end" | "own" | "withdraw") => format!("?contract={}", self.contract),
            _ if path.contains("/contract/own/") => {
                format!("?contract={}&part=low-balance&low_balance_percent=20", self.contract)
            }
            Some("take-back") => format!("?grant={}", self.grant),
            _ if path.ends_with("rate-ceiling/confirm") => {
                "?name=house-rate&amount=50&unit=requests&per=minute&then=reject&reason=x".to_owned()
            }
            _ if path.ends_with("ceiling/confirm") => {
                "?name=house&window=day&amount=500&unit=credits&action=block&reason=x".to_owned()
            }
            _ if path.ends_with("rate-ceiling/remove") => "?name=house-rate".to_owned(),
            _ if path.ends_with("ceiling/remove") => "?name=house".to_owned(),
            _ if path.ends_with("/transfer/confirm") => {
                format!("?to={}&grant={}&credits=5&reason=x&once=1", self.parent, self.grant)
            }
            Some("confirm") => "?kind=promotional&credits=5&reason=x&once=1".to_owned(),
            _ => String::new(),
        };
        path.replace("{id}", &self.id.to_string())
            .replace("{sequence}", "1")
            .replace("{request}", &self.adjustment.to_string())
            + &query
    }
}

/// The vendor's ceilings on the customer: `house` on what it burns, `house-rate` on how fast its runs come.
pub(super) async fn ceilings(world: &World, customer: OrganizationId) {
    let cap = CapInput {
        owner: None,
        scope: LimitScope::default(),
        window: Window::Month,
        limit: CapLimit::Credits("100000".parse().unwrap()),
        action: CapAction::Block,
        thresholds: Vec::new(),
    };
    let throttle = ThrottleInput {
        owner: None,
        scope: LimitScope::default(),
        limit: ThrottleLimit::Requests(1_000),
        per: ThrottlePeriod::Second,
        burst: None,
        then: ThrottleThen::Reject,
    };
    let (name, rate) = ("house".parse().unwrap(), "house-rate".parse().unwrap());
    let service = &world.service;
    service.put_ceiling(&OPERATOR, customer, &name, cap, "x").await.unwrap();
    let put = service
        .put_rate_ceiling(&OPERATOR, customer, &rate, throttle, "x")
        .await;
    put.unwrap();
}

/// The customer's parent.
pub(super) async fn parent(world: &World, customer: OrganizationId) -> OrganizationId {
    let key = "parent".parse().unwrap();
    let put = PutCustomer {
        name: Some("Parent".to_owned()),
        plan: Some("team".parse().unwrap()),
        ..PutCustomer::default()
    };
    let parent = world.service.put_customer(&OPERATOR, &key, put).await.unwrap();
    let set = world.service.set_parent(&OPERATOR, customer, Some(&key), "x").await;
    set.unwrap();
    parent.id
}

pub(super) async fn give(world: &World, customer: OrganizationId) -> GrantId {
    let grant = GrantInput {
        kind: GrantKind::Promotional,
        credits: "10".parse().unwrap(),
        priority: None,
        effective_at: None,
        expires_at: None,
        paid: None,
        scope: None,
        note: None,
    };
    let given = world.service.add_grant(&OPERATOR, customer, grant, None).await;
    given.unwrap().id
}

/// The person of an address; an account manager, where there is none yet.
pub(super) async fn person(world: &World, email: &str) -> Actor {
    let store = world.service.store();
    if store.staff_by_email(email).await.unwrap().is_none() {
        let input = StaffInput {
            email: email.to_owned(),
            name: "Asker".to_owned(),
            roles: vec![StaffRole::AccountManager],
            all_customers: true,
            password: PASSWORD.to_owned().into(),
        };
        world.service.add_staff(&OPERATOR, input).await.unwrap();
    }
    let found = store.staff_by_email(email).await.unwrap().unwrap().staff;
    Actor::Staff(Staff {
        id: found.id,
        email: found.email,
        name: found.name,
        roles: found.roles,
        reach: Reach::All,
    })
}

/// Asks for more than one person may give.
pub(super) async fn ask(world: &World, customer: OrganizationId, email: &str) -> AdjustmentId {
    let input = GiveInput {
        kind: GrantKind::Adjustment,
        credits: "10000.5".parse().unwrap(),
        valid_days: None,
        scope: None,
        reason: "x".to_owned(),
    };
    let once = world.service.new_note_id().to_string();
    let actor = person(world, email).await;
    match world
        .service
        .give_credits(&actor, customer, input, &once)
        .await
        .unwrap()
    {
        Booked::Asked(request) => request.id,
        Booked::AtOnce(grant) => panic!("booked: {grant:?}"),
    }
}

pub(super) async fn cookie_of(world: &World, email: &str) -> String {
    let form = format!("email={}&password=correct+horse&next=", email.replace('@', "%40"));
    let request = Request::post("/actions/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("host", "127.0.0.1")
        .body(Body::from(form))
        .unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 303, "{email}: {}", answer.body);
    let home = match email.split('@').next() {
        Some("member") => "/overview",
        Some("catalogue_editor") => "/manage/rates",
        _ => "/manage/customers",
    };
    assert_eq!(answer.header("location"), home);
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().unwrap().to_owned()
}

pub(super) async fn get(world: &World, path: &str, cookie: &str) -> crate::world::Answer {
    let request = Request::get(path).header("host", "127.0.0.1").header("cookie", cookie);
    world.send(request.body(Body::empty()).unwrap()).await
}

pub(super) fn email_of(role: StaffRole) -> String {
    format!("{}@vendor.example", role.as_str())
}

pub(super) async fn staff(world: &World, role: StaffRole) -> String {
    let email = email_of(role);
    let input = StaffInput {
        email: email.clone(),
        name: role.word().to_owned(),
        roles: vec![role],
        all_customers: true,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_staff(&OPERATOR, input).await.unwrap();
    cookie_of(world, &email).await
}

pub(super) async fn member(world: &World) -> String {
    let organization = world
        .service
        .organization_of(&OPERATOR, &"acme".parse().unwrap())
        .await
        .unwrap();
    let input = MemberInput {
        email: "member@acme.example".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_member(&OPERATOR, organization, input).await.unwrap();
    cookie_of(world, "member@acme.example").await
}
