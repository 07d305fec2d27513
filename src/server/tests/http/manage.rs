//! The pages and forms of the vendor's staff, by route and role. The routes come from the router's own lists: a new one
//! without a row in the tables fails.

mod amendments;
mod contract_withdrawal;
mod drafts;
mod group_moves;
mod looks;
mod others;
mod plan_changes;
mod readers;
mod scene;

use axum::body::Body;
use axum::http::Request;
use drawdown_domain::contract::Renewal;
use drawdown_domain::id::{AuditId, OrganizationId};
use drawdown_domain::staff::StaffRole;
use drawdown_service::staff::StaffInput;

use crate::catalogue_pages;
use crate::world::World;
use scene::{
    Customer, OPERATOR, PASSWORD, a_plan, ask, contract_fields, cookie_of, email_of, get, give, member, sign, staff,
};

/// What account manager, catalogue editor, finance and administrator are answered. Nobody is led to `/login`, and to a
/// member none of these pages exists.
fn row(path: &str) -> [u16; StaffRole::ALL.len()] {
    match path {
        "/manage/adjustments" => [403, 403, 200, 200],
        "/manage/customers"
        | "/manage/portfolio.csv"
        | "/manage/customers/{id}"
        | "/manage/customers/{id}/overview"
        | "/manage/customers/{id}/usage"
        | "/manage/customers/{id}/usage.csv"
        | "/manage/customers/{id}/credits"
        | "/manage/customers/{id}/credits/postings/{sequence}"
        | "/manage/customers/{id}/limits"
        | "/manage/customers/{id}/adjustments/{request}"
        | "/manage/customers/{id}/audit"
        | "/manage/customers/{id}/audit.csv"
        | "/manage/audit"
        | "/manage/audit.csv"
        | "/manage/customers/{id}/give"
        | "/manage/customers/{id}/give/confirm"
        | "/manage/customers/{id}/transfer"
        | "/manage/customers/{id}/transfer/confirm"
        | "/manage/customers/{id}/take-back" => [200, 403, 200, 200],
        "/manage/customers/new" => [403, 403, 403, 200],
        "/manage/customers/{id}/status"
        | "/manage/customers/{id}/plan"
        | "/manage/customers/{id}/plan/confirm"
        | "/manage/customers/{id}/parent"
        | "/manage/customers/{id}/ceiling"
        | "/manage/customers/{id}/ceiling/confirm"
        | "/manage/customers/{id}/ceiling/remove"
        | "/manage/customers/{id}/rate-ceiling"
        | "/manage/customers/{id}/rate-ceiling/confirm"
        | "/manage/customers/{id}/rate-ceiling/remove"
        | "/manage/customers/{id}/contract"
        | "/manage/customers/{id}/contract/confirm"
        | "/manage/customers/{id}/contract/own"
        | "/manage/customers/{id}/contract/own/form"
        | "/manage/customers/{id}/contract/own/confirm"
        | "/manage/customers/{id}/contract/withdraw"
        | "/manage/customers/{id}/contract/end" => [200, 403, 403, 200],
        path if catalogue_pages::row(path).is_some() => catalogue_pages::row(path).unwrap(),
        other => panic!("{other} has no row: say what each role is answered there"),
    }
}

/// Whom a form is for.
enum For {
    /// Whoever is there: signing in and out, the payment provider's own page.
    Anyone,
    /// Members: to staff it does nothing and leads to their own pages.
    Members,
    /// Staff: account manager, catalogue editor, finance, administrator.
    Staff([bool; StaffRole::ALL.len()]),
}

/// Whom each form is for.
fn form_row(path: &str) -> For {
    match path {
        "/actions/sign-in" | "/actions/sign-out" | "/actions/sandbox-act" => For::Anyone,
        "/actions/check-cap"
        | "/actions/put-cap"
        | "/actions/remove-cap"
        | "/actions/check-throttle"
        | "/actions/put-throttle"
        | "/actions/remove-throttle"
        | "/actions/check-top-up"
        | "/actions/start-top-up" => For::Members,
        "/actions/manage-add-note"
        | "/actions/manage-check-giving"
        | "/actions/manage-give"
        | "/actions/manage-take-back"
        | "/actions/manage-check-transfer"
        | "/actions/manage-transfer"
        | "/actions/manage-withdraw-adjustment" => For::Staff([true, false, true, true]),
        "/actions/manage-approve-adjustment" | "/actions/manage-refuse-adjustment" => {
            For::Staff([false, false, true, true])
        }
        "/actions/manage-new-customer" => For::Staff([false, false, false, true]),
        "/actions/manage-status"
        | "/actions/manage-change-plan"
        | "/actions/manage-withdraw-plan-change"
        | "/actions/manage-set-parent"
        | "/actions/manage-check-ceiling"
        | "/actions/manage-put-ceiling"
        | "/actions/manage-check-rate"
        | "/actions/manage-put-rate"
        | "/actions/manage-remove-ceiling"
        | "/actions/manage-check-contract"
        | "/actions/manage-sign-contract"
        | "/actions/manage-check-own-terms"
        | "/actions/manage-put-own-terms"
        | "/actions/manage-withdraw-contract"
        | "/actions/manage-end-contract" => For::Staff([true, false, false, true]),
        path if catalogue_pages::form_row(path).is_some() => For::Staff(catalogue_pages::form_row(path).unwrap()),
        other => panic!("{other} has no row: say whom it is for"),
    }
}

#[tokio::test]
async fn each_route_answers_each_role_as_the_table_says() {
    let world = World::with_pages().await;
    let mut roles = Vec::new();
    for role in StaffRole::ALL {
        roles.push(staff(&world, role).await);
    }
    let member = member(&world).await;
    let customer = Customer::of(&world).await;
    catalogue_pages::set_up(&world).await;
    for path in drawdown_app::manage_paths() {
        let address = customer.address(&world, path);
        for (cookie, status) in roles.iter().zip(row(path)) {
            let answer = get(&world, &address, cookie).await;
            assert_eq!(answer.status, status, "{address}: {}", answer.body);
            let refused = answer.body.as_str().unwrap().contains("Your role does not allow this");
            assert_eq!(refused, status == 403, "{address}");
        }
        let nobody = get(&world, &address, "").await;
        assert_eq!(nobody.status, 303, "{address}");
        assert!(
            nobody.header("location").starts_with("/login?next=%2Fmanage%2F"),
            "{address}"
        );
        let answer = get(&world, &address, &member).await;
        assert_eq!(answer.status, 404, "{address} shows itself to a member");
    }
    // Pages of members lead staff to where they belong.
    for path in ["/", "/overview", "/limits/cap"] {
        let answer = get(&world, path, &roles[0]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/manage/customers"));
    }
}

#[tokio::test]
async fn an_account_manager_with_own_customers_finds_no_others() {
    let world = World::with_pages().await;
    let customer = Customer::of(&world).await;
    let input = StaffInput {
        email: "own@vendor.example".to_owned(),
        name: "Own".to_owned(),
        roles: vec![StaffRole::AccountManager],
        all_customers: false,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_staff(&OPERATOR, input).await.unwrap();
    let cookie = cookie_of(&world, "own@vendor.example").await;
    let below = |path: &&&str| path.starts_with("/manage/customers/{id}");
    for path in drawdown_app::manage_paths().iter().filter(below) {
        let address = customer.address(&world, path);
        let answer = get(&world, &address, &cookie).await;
        assert_eq!(answer.status, 404, "{address} of somebody else's customer");
    }
    let assigned = world
        .service
        .assign_customer(&OPERATOR, customer.id, "own@vendor.example");
    assigned.await.unwrap();
    // Credits are transferred only to a customer in the same hands.
    let parents = world
        .service
        .assign_customer(&OPERATOR, customer.parent, "own@vendor.example");
    parents.await.unwrap();
    for path in drawdown_app::manage_paths().iter().filter(below) {
        let address = customer.address(&world, path);
        assert_eq!(get(&world, &address, &cookie).await.status, 200, "{address}");
    }
}

/// What is written down of the customer, but for looks.
async fn changes(world: &World, customer: OrganizationId) -> usize {
    let log = world.service.audit(&OPERATOR, Some(customer), None, 200).await.unwrap();
    log.items.iter().filter(|line| line.action != "look").count()
}

/// The newest line that is written down of anything, but for looks.
async fn newest_change(world: &World) -> Option<AuditId> {
    let log = world.service.audit(&OPERATOR, None, None, 50).await.unwrap();
    log.items.iter().find(|line| line.action != "look").map(|line| line.id)
}

async fn post(world: &World, path: &str, form: &str, cookie: &str) -> crate::world::Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("host", "127.0.0.1")
        .header("cookie", cookie)
        .body(Body::from(form.to_owned()))
        .unwrap();
    world.send(request).await
}

/// A form's fields that it would take.
async fn filled(world: &World, path: &str, customer: OrganizationId, status: &str, role: Option<StaffRole>) -> String {
    let note = world.service.new_note_id();
    let fields = match path {
        "/actions/manage-add-note" => format!("note={note}&text=hello"),
        "/actions/manage-check-giving" | "/actions/manage-give" => {
            format!("kind=adjustment&credits=5&valid_days=30&scope=&reason=x&once={note}")
        }
        "/actions/manage-approve-adjustment" | "/actions/manage-refuse-adjustment" => {
            let request = ask(world, customer, "asker@vendor.example").await;
            format!("request={request}&reason=x")
        }
        "/actions/manage-withdraw-adjustment" => {
            // Whoever may give withdraws what it asked for itself.
            let own = role.filter(|role| *role != StaffRole::CatalogueEditor);
            let email = own.map_or("asker@vendor.example".to_owned(), email_of);
            format!("request={}", ask(world, customer, &email).await)
        }
        "/actions/manage-take-back" => format!("grant={}&reason=x", give(world, customer).await),
        "/actions/manage-status" => format!("status={status}&reason=x"),
        "/actions/manage-change-plan" => {
            // What waits already is not scheduled again, so each time something else.
            let plan = match status {
                "suspended" => "none".to_owned(),
                _ => a_plan(world, customer).await.to_string(),
            };
            format!("plan={plan}&when=renewal")
        }
        "/actions/manage-withdraw-plan-change" => {
            format!("change={}", scene::waiting_change(world, customer).await)
        }
        "/actions/manage-new-customer" => format!("key={note}&name=New&time_zone=UTC&plan=team"),
        "/actions/manage-check-ceiling" | "/actions/manage-put-ceiling" => {
            "name=house&window=day&amount=500&unit=credits&action=block&thresholds=80&reason=x".to_owned()
        }
        "/actions/manage-check-rate" | "/actions/manage-put-rate" => {
            "name=house-rate&amount=50&unit=requests&per=minute&burst=&then=reject&reason=x".to_owned()
        }
        "/actions/manage-remove-ceiling" => {
            scene::ceilings(world, customer).await;
            "kind=cap&name=house&reason=x".to_owned()
        }
        "/actions/manage-set-parent" => {
            // Taken away first, and then given again: each time something changes.
            let key = if status == "suspended" { "" } else { "parent" };
            format!("parent={key}&reason=x")
        }
        "/actions/manage-check-transfer" | "/actions/manage-transfer" => {
            let fields = scene::transfer_fields(world, customer).await;
            format!("{fields}&once={note}")
        }
        "/actions/manage-check-own-terms" | "/actions/manage-put-own-terms" => {
            scene::own_terms_fields(world, customer).await
        }
        "/actions/manage-withdraw-contract" => scene::withdrawal_fields(world, customer).await,
        "/actions/manage-check-contract" | "/actions/manage-sign-contract" | "/actions/manage-end-contract" => {
            let plan = a_plan(world, customer).await;
            let contracts = world.service.contracts(&OPERATOR, customer).await.unwrap();
            let number = i64::try_from(contracts.len()).unwrap();
            if path.ends_with("manage-end-contract") {
                let renewing = contracts.iter().find(|one| one.terms.renewal != Renewal::None);
                let contract = match renewing {
                    Some(renewing) => renewing.id,
                    None => sign(world, customer, plan, 100 + 2 * number).await,
                };
                format!("contract={contract}")
            } else {
                contract_fields(world, plan, 2 * number)
            }
        }
        _ => String::new(),
    };
    format!("customer={customer}&{fields}")
}

#[tokio::test]
async fn a_status_that_is_none_changes_nothing() {
    let world = World::with_pages().await;
    let administrator = staff(&world, StaffRole::Administrator).await;
    let customer = Customer::of(&world).await.id;
    for status in ["banana", "", "suspended", "banana", "active"] {
        let before = changes(&world, customer).await;
        let form = format!("customer={customer}&status={status}&reason=x");
        post(&world, "/actions/manage-status", &form, &administrator).await;
        let made = changes(&world, customer).await - before;
        let expected = usize::from(matches!(status, "suspended" | "active"));
        assert_eq!(made, expected, "{status:?}");
    }
}

#[tokio::test]
async fn each_form_does_for_each_role_what_the_table_says() {
    let world = World::with_pages().await;
    let mut roles = Vec::new();
    for role in StaffRole::ALL {
        roles.push(staff(&world, role).await);
    }
    let member = member(&world).await;
    let customer = Customer::of(&world).await.id;
    let mut turn = 0;
    let paths = drawdown_app::action_paths();
    assert!(paths.len() > 10, "every server function is registered: {paths:?}");
    for path in paths {
        let allowed = match form_row(path) {
            For::Anyone => continue,
            For::Members => [false; StaffRole::ALL.len()],
            For::Staff(allowed) => allowed,
        };
        let mut status = ["suspended", "active"].iter().cycle();
        let nobody = (&String::new(), false);
        let as_member = (&member, false);
        let for_staff = matches!(form_row(path), For::Staff(_));
        let others = [nobody, as_member].into_iter().filter(|_| for_staff);
        let askers = StaffRole::ALL.into_iter().map(Some).chain([None, None]);
        for ((cookie, allowed), asker) in roles.iter().zip(allowed).chain(others).zip(askers) {
            let wanted = if allowed { *status.next().unwrap() } else { "suspended" };
            turn += 1;
            let form = match catalogue_pages::filled(&world, path, turn).await {
                Some(form) => form,
                None => filled(&world, path, customer, wanted, asker).await,
            };
            let before = newest_change(&world).await;
            let answer = post(&world, path, &form, cookie).await;
            let changed = newest_change(&world).await != before;
            if path.contains("/manage-check-") {
                let went_on = answer.header("location").contains("/confirm");
                assert_eq!(
                    (went_on, changed),
                    (allowed, false),
                    "{path}: {}",
                    answer.header("location")
                );
            } else {
                assert_eq!(changed, allowed, "{path}: {} {}", answer.status, answer.body);
            }
        }
    }
}
