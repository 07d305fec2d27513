//! What an account manager with own customers only cannot do: every form there is, from the router's own list, sent about a
//! customer in other hands changes nothing; and the same form goes through once the customer is in theirs, so that it was not
//! refused for something else.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::staff::StaffRole;
use drawdown_service::customers::PutCustomer;
use drawdown_service::staff::StaffInput;

use super::scene::{self, Customer, OPERATOR, PASSWORD, ask, cookie_of, get, staff};
use super::{For, changes, filled, form_row, newest_change, post};
use crate::catalogue_pages;
use crate::world::World;

/// The manager who has own customers only.
const OWN: &str = "own@vendor.example";
/// The customer in its hands.
const MINE: &str = "mine";

/// A manager with a customer of its own, and one in other hands.
struct Hands {
    world: World,
    cookie: String,
    mine: OrganizationId,
    other: Customer,
}

impl Hands {
    async fn of_two() -> Self {
        let world = World::with_pages().await;
        let other = Customer::of(&world).await;
        let input = StaffInput {
            email: OWN.to_owned(),
            name: "Own".to_owned(),
            roles: vec![StaffRole::AccountManager],
            all_customers: false,
            password: PASSWORD.to_owned().into(),
        };
        let service = &world.service;
        service.add_staff(&OPERATOR, input).await.unwrap();
        // Somebody else's, and not only nobody's.
        staff(&world, StaffRole::AccountManager).await;
        let theirs = scene::email_of(StaffRole::AccountManager);
        service.assign_customer(&OPERATOR, other.id, &theirs).await.unwrap();
        let put = PutCustomer {
            name: Some("Mine".to_owned()),
            plan: Some("team".parse().unwrap()),
            ..PutCustomer::default()
        };
        let mine = service.put_customer(&OPERATOR, &MINE.parse().unwrap(), put).await;
        let mine = mine.unwrap().id;
        service.assign_customer(&OPERATOR, mine, OWN).await.unwrap();
        Self {
            cookie: cookie_of(&world, OWN).await,
            world,
            mine,
            other,
        }
    }

    /// The fields of a form about the other customer that it would take now.
    async fn form(&self, path: &str, turn: i64) -> String {
        let (world, other) = (&self.world, self.other.id);
        if let Some(form) = catalogue_pages::filled(world, path, turn).await {
            return form;
        }
        if path == "/actions/manage-withdraw-adjustment" {
            // What it has asked for itself, when the customer was in its hands.
            return format!("customer={other}&request={}", ask(world, other, OWN).await);
        }
        filled(world, path, other, "suspended", Some(StaffRole::AccountManager)).await
    }

    /// Sends a form. Says whether it did anything: changed something, or led on to the step that does.
    async fn send(&self, path: &str, form: &str) -> (bool, String) {
        let before = newest_change(&self.world).await;
        let answer = post(&self.world, path, form, &self.cookie).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.body);
        let location = answer.header("location").to_owned();
        let went_on = location.contains("/confirm") && path.contains("/manage-check-");
        (went_on || newest_change(&self.world).await != before, location)
    }

    /// What a form may have changed of the other customer is as it was before.
    async fn restore(&self) {
        let service = &self.world.service;
        let active = service.set_customer_status(&OPERATOR, self.other.id, OrganizationStatus::Active, "x");
        active.await.unwrap();
        let parent = "parent".parse().unwrap();
        let parent = service.set_parent(&OPERATOR, self.other.id, Some(&parent), "x");
        parent.await.unwrap();
    }
}

/// The forms of staff, each with whether an account manager may use it.
fn forms() -> Vec<(&'static str, bool)> {
    let of_staff = drawdown_app::action_paths()
        .into_iter()
        .filter_map(|path| match form_row(path) {
            For::Staff(allowed) => Some((path, allowed[0])),
            For::Anyone | For::Members => None,
        });
    let forms: Vec<_> = of_staff.collect();
    assert!(forms.len() > 40, "every form is registered: {forms:?}");
    forms
}

#[tokio::test]
async fn no_form_works_on_a_customer_in_other_hands() {
    let hands = Hands::of_two().await;
    let service = &hands.world.service;
    for (turn, (path, _)) in (1..).zip(forms()) {
        let form = hands.form(path, turn).await;
        let (did, location) = hands.send(path, &form).await;
        assert!(!did, "{path} works on somebody else's customer: {location}");
        if form.starts_with("customer=") {
            // It leads to pages that do not exist for this manager, or are for other roles.
            let page = get(&hands.world, &location, &hands.cookie).await;
            let expected = if path.ends_with("new-customer") { 403 } else { 404 };
            assert_eq!(page.status, expected, "{path}: {location}");
        }
    }
    for customer in [hands.other.id, hands.other.parent] {
        service.assign_customer(&OPERATOR, customer, OWN).await.unwrap();
    }
    for (turn, (path, allowed)) in (100..).zip(forms()) {
        let form = hands.form(path, turn).await;
        let (did, location) = hands.send(path, &form).await;
        assert_eq!(did, allowed, "{path} of a customer in its own hands: {location}");
        hands.restore().await;
    }
}

#[tokio::test]
async fn no_form_about_an_own_customer_reaches_into_another() {
    let hands = Hands::of_two().await;
    let (world, other) = (&hands.world, hands.other.id);
    let mut sent = 0;
    for (turn, (path, _)) in (1..).zip(forms()) {
        let form = hands.form(path, turn).await;
        let Some(fields) = form.strip_prefix(&format!("customer={other}&")) else {
            continue;
        };
        sent += 1;
        // Grants, contracts, requests and changes of the other customer, under the name of an own one.
        let form = format!("customer={}&{fields}", hands.mine);
        let before = (changes(world, other).await, changes(world, hands.other.parent).await);
        hands.send(path, &form).await;
        let after = (changes(world, other).await, changes(world, hands.other.parent).await);
        assert_eq!(after, before, "{path} has changed somebody else's customer");
        let family = world.service.family(&OPERATOR, hands.mine).await.unwrap();
        assert!(!family.has_parent, "{path} has put it under somebody else's customer");
    }
    assert!(sent > 20, "forms about customers: {sent}");
}
