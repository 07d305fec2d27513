//! What the audit log says of each change: what it was before, and what it is after, wherever something was there before.

use drawdown_domain::grant::GrantKind;
use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::plan::Allotment;
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Money};
use serde_json::{Value, json};

use super::adjustments::{asked, give, people, person};
use super::world::{CATALOGUE, World, given, key, member, settings, whole};
use crate::actor::KeyScope;
use crate::customers::PutCustomer;
use crate::payments::{SANDBOX_PATH, SandboxAct, SandboxProvider};
use crate::person::Person;
use crate::plans::{MoveChoice, PlanEdit};
use crate::randomness::Randomness;
use crate::rate_card::{Lever, RatesEdit};
use crate::schedule::{PlanChanged, PlanWhen};
use crate::transfers::TransferInput;

/// What is written down where nothing was there before, or nothing is changed.
const NEW: [&str; 23] = [
    // The world's first versions; what replaces a version has a test of its own.
    "publish rate_card",
    "publish plan",
    "create customer",
    "add grant",
    "receive grant",
    "add staff",
    "add member",
    "add note",
    "create api_key",
    "start payment",
    "sign contract",
    "ask adjustment",
    "start rate_card_draft",
    "start plan_draft",
    "put rate_card_draft",
    "put plan_draft",
    "move plan_moves",
    "simulate rate_card_draft",
    "carry_over grant",
    "look audit",
    "look customer",
    "sign_in session",
    "refuse_event payment",
];

async fn log(world: &World) -> Vec<(String, Option<Value>, Option<Value>)> {
    let lines = world.service.audit(&world.vendor, None, None, 200).await.unwrap();
    let told = |line: crate::audit::AuditView| (format!("{} {}", line.action, line.noun), line.before, line.after);
    lines.items.into_iter().map(told).collect()
}

/// Both sides of the newest line about `what`, which differ.
async fn sides(world: &World, what: &str) -> (Value, Value) {
    let lines = log(world).await;
    let line = lines.into_iter().find(|line| line.0 == what);
    let (_, before, after) = line.unwrap_or_else(|| panic!("{what} is not written down"));
    let before = before.unwrap_or_else(|| panic!("{what} does not say what was before"));
    let after = after.unwrap_or_else(|| panic!("{what} does not say what is now"));
    assert_ne!(before, after, "{what}");
    (before, after)
}

/// No line lacks what was before, where something was.
async fn complete(world: &World) {
    for (what, before, after) in log(world).await {
        assert!(
            before.is_some() || NEW.contains(&what.as_str()),
            "{what} does not say what was before: {after:?}"
        );
    }
}

async fn allotted(world: &World, credits: i64) {
    let (service, vendor, plan) = (&world.service, &world.vendor, key("monthly"));
    service.start_plan_draft(vendor, &plan).await.unwrap();
    let edit = PlanEdit::PutAllotment {
        name: key("credits"),
        allotment: Allotment::plain(whole(credits)),
        is_new: false,
    };
    service.edit_plan(vendor, &plan, None, edit).await.unwrap();
}

#[tokio::test]
async fn what_is_changed_of_a_customer_is_told_with_what_it_was() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let one = world.customer("one", "tier", 50).await;
        world.customer("other", "tier", 0).await;
        let put = PutCustomer {
            name: Some("One and Sons".to_owned()),
            ..PutCustomer::default()
        };
        service.put_customer(vendor, &key("one"), put).await.unwrap();
        assert_eq!(
            sides(&world, "put customer").await,
            (
                json!({"name": "one", "time_zone": "UTC"}),
                json!({"name": "One and Sons", "time_zone": "UTC"})
            )
        );
        let suspend = service.set_customer_status(vendor, one, OrganizationStatus::Suspended, "x");
        suspend.await.unwrap();
        assert_eq!(sides(&world, "suspend customer").await.0["status"], "active");
        let resume = service.set_customer_status(vendor, one, OrganizationStatus::Active, "x");
        resume.await.unwrap();
        assert_eq!(sides(&world, "resume customer").await.0["status"], "suspended");
        person(&world, "grace", StaffRole::AccountManager).await;
        service
            .assign_customer(vendor, one, "grace@vendor.example")
            .await
            .unwrap();
        assert_eq!(
            sides(&world, "assign customer").await.0,
            json!({"account_manager": null})
        );
        service.set_parent(vendor, one, Some(&key("other")), "x").await.unwrap();
        sides(&world, "set parent").await;
        complete(&world).await;
    }
}

#[tokio::test]
async fn what_is_taken_of_a_grant_is_told_with_what_was_unspent_and_held() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let (one, other) = (
            world.customer("one", "tier", 0).await,
            world.customer("other", "tier", 0).await,
        );
        service.set_parent(vendor, one, Some(&key("other")), "x").await.unwrap();
        let grant = service.add_grant(vendor, one, given(GrantKind::Promotional, 50), None);
        let grant = grant.await.unwrap().id;
        world.burn("one", 2).await;
        let input = TransferInput {
            grant,
            to: other,
            credits: whole(10),
            reason: "x".to_owned(),
        };
        service.transfer_credits(vendor, one, input, "once").await.unwrap();
        let unspent = |credits: &str| json!({"id": grant, "remaining": credits, "held": "0"});
        assert_eq!(sides(&world, "transfer grant").await.0, unspent("42"));
        service
            .void_grant(vendor, one, grant, "x".to_owned(), None)
            .await
            .unwrap();
        assert_eq!(sides(&world, "void grant").await.0, unspent("32"));

        // What is above the limit is taken back once somebody else approves it.
        let people = people(&world).await;
        let much = service.give_credits(&people.manager, one, give(10_001), "much").await;
        let request = asked(much.unwrap()).id;
        service.approve_adjustment(&people.finance, one, request).await.unwrap();
        assert_eq!(sides(&world, "book adjustment").await.0["state"], "approved");
        complete(&world).await;
    }
}

#[tokio::test]
async fn what_is_changed_of_a_customers_plan_is_told_with_what_it_was() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let one = world.customer("one", "monthly", 0).await;
        let plan = async |name: &str| service.store().current_plan(&key(name)).await.unwrap().unwrap().id;
        let (monthly, tier) = (plan("monthly").await, plan("tier").await);
        let change = async |plan, when| service.change_plan(vendor, one, plan, when).await.unwrap();
        let monthly_now = json!({"plan": "monthly", "version": 1});
        let scheduled = change(tier, PlanWhen::AtRenewal).await;
        assert_eq!(sides(&world, "schedule plan").await.0, monthly_now);
        change(monthly, PlanWhen::Now).await;
        let kept = sides(&world, "keep plan").await.0;
        assert_eq!(
            kept["scheduled"],
            json!([{"plan": "tier", "version": 1}]),
            "what is taken back by it"
        );
        assert!(matches!(scheduled, PlanChanged::Scheduled(_)));
        let PlanChanged::Scheduled(end) = service.end_plan(vendor, one, PlanWhen::AtRenewal).await.unwrap() else {
            panic!("it ends with its present interval");
        };
        assert_eq!(
            sides(&world, "schedule plan").await,
            (monthly_now.clone(), json!({"plan": null}))
        );
        service.withdraw_plan_change(vendor, one, end).await.unwrap();
        assert_eq!(
            sides(&world, "withdraw plan").await,
            (json!({"plan": null}), monthly_now.clone())
        );
        change(tier, PlanWhen::AtRenewal).await;
        world.step_seconds(32 * 86_400);
        service.run_schedule().await.unwrap();
        assert_eq!(sides(&world, "set plan").await.0, monthly_now, "by the clock");
        service.end_plan(vendor, one, PlanWhen::Now).await.unwrap();
        assert_eq!(
            sides(&world, "set plan").await,
            (json!({"plan": "tier", "version": 1}), json!({"plan": null}))
        );
        complete(&world).await;
    }
}

#[tokio::test]
async fn what_is_published_is_told_with_the_version_that_it_replaces() {
    for world in World::all().await {
        let (service, vendor, plan) = (&world.service, &world.vendor, key("monthly"));
        let first = log(&world).await;
        assert!(
            first.iter().all(|(_, before, _)| before.is_none()),
            "the first versions: {first:?}"
        );
        let file = CATALOGUE
            .replace("ios = \"1.3\"", "ios = \"1.5\"")
            .replace("\"500\"", "\"510\"");
        service.apply_catalogue(vendor, &file).await.unwrap();
        let (before, after) = sides(&world, "publish rate_card").await;
        assert_eq!(
            (&before["version"], &before["rates"]["platforms"]["ios"]),
            (&json!(1), &json!("1.3"))
        );
        assert_eq!(after["rates"]["platforms"]["ios"], "1.5");
        let (before, after) = sides(&world, "publish plan").await;
        assert_eq!((&before["plan"], &before["version"]), (&json!("monthly"), &json!(1)));
        assert_ne!(before["terms"], after["terms"]);

        // What only adds says what it follows all the same.
        service.start_rates_draft(vendor).await.unwrap();
        let add = RatesEdit::PutLever {
            lever: Lever::Platform,
            key: key("web"),
            multiplier: 1.into(),
            is_new: true,
        };
        service.edit_rates(vendor, None, add).await.unwrap();
        let number = service
            .publish_rates_draft(vendor, 2, "2027-01-01 00:00")
            .await
            .unwrap();
        assert_eq!(sides(&world, "publish rate_card").await.0, json!({"version": 2}));
        service.withdraw_rates(vendor, number).await.unwrap();
        let (before, after) = sides(&world, "withdraw rate_card").await;
        assert_eq!(
            (&before["state"], &after["state"]),
            (&json!("scheduled"), &json!("taken back"))
        );

        world.customer("one", "monthly", 0).await;
        allotted(&world, 600).await;
        let renewal = MoveChoice {
            version: 2,
            contract: false,
            when: PlanWhen::AtRenewal,
        };
        service.publish_plan_draft(vendor, &plan, 2, &[renewal]).await.unwrap();
        assert_eq!(sides(&world, "publish plan").await.0["version"], 2);
        service.withdraw_moves(vendor, &plan).await.unwrap();
        let (before, after) = sides(&world, "withdraw plan_moves").await;
        assert_eq!((&before["waiting"], &after["waiting"]), (&json!(1), &json!(0)));
        allotted(&world, 700).await;
        service.discard_plan_draft(vendor, &plan, 2).await.unwrap();
        sides(&world, "discard plan_draft").await;
    }
}

async fn pays(world: &World, customer: OrganizationId) {
    let (service, money) = (&world.service, Money::new(2_500, Currency::USD));
    let billing = member(customer, Role::Billing);
    let started = service
        .start_top_up(&billing, customer, service.new_payment_id(), money)
        .await;
    let reference = started.unwrap().redirect;
    let reference = reference.rsplit(SANDBOX_PATH).next().unwrap().to_owned();
    let sandbox = SandboxProvider::new(settings().sandbox_secret.unwrap(), String::new(), Randomness::seeded(5));
    let (body, signature) = sandbox.event(service.now(), &reference, SandboxAct::Pay, money);
    service
        .receive_payment_event("sandbox", &body, &signature)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_ends_is_told_with_what_it_was() {
    for world in World::all().await {
        let (service, vendor) = (&world.service, &world.vendor);
        let one = world.customer("one", "tier", 0).await;
        pays(&world, one).await;
        let (before, after) = sides(&world, "pay payment").await;
        assert_eq!((&before["state"], &after["state"]), (&json!("pending"), &json!("paid")));
        let made = service.create_key(vendor, "product", KeyScope::Metering).await.unwrap();
        service.revoke_key(vendor, made.id).await.unwrap();
        assert_eq!(
            sides(&world, "revoke api_key").await.0,
            json!({"id": made.id, "name": "product", "scope": "metering", "revoked": false})
        );
        person(&world, "grace", StaffRole::AccountManager).await;
        let grace = service
            .sign_in("grace@vendor.example", "correct horse".to_owned().into(), None)
            .await;
        let grace: Person = grace.unwrap();
        let session = service.start_session(&grace).await.unwrap();
        service.revoke_session(&grace, session).await.unwrap();
        assert_eq!(
            sides(&world, "revoke session").await.0,
            json!({"id": session, "open": true})
        );
        service.start_session(&grace).await.unwrap();
        service.revoke_sessions(&grace).await.unwrap();
        assert_eq!(
            sides(&world, "revoke_all session").await,
            (json!({"open": 1}), json!({"open": 0}))
        );
        service.disable_staff(vendor, "grace@vendor.example").await.unwrap();
        assert_eq!(sides(&world, "disable staff").await.0["disabled"], false);
        complete(&world).await;
    }
}
