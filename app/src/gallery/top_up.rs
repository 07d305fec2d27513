//! A top-up from its choice to its outcome, and the sandbox's payment page.

use drawdown_domain::organization::Role;
use drawdown_domain::plan::Validity;
use drawdown_domain::{Credits, Currency, Money};
use drawdown_service::payments::{Offer, Offers, PaymentState, SandboxCheckout};
use leptos::prelude::*;

use super::credits::{frame, page, payment};
use super::data::{credits, in_minutes};
use super::shown_alone;
use crate::pages::sandbox::SandboxPage;
use crate::pages::top_up::{ChoosePage, ConfirmPage, MayNotPage, OutcomePage};
use crate::visit::Place;

/// What a top-up offers at 100 credits for a dollar.
pub(crate) fn offers() -> Offers {
    let offer = |dollars: i64| Offer {
        money: Money::new(dollars * 100, Currency::USD),
        credits: Credits::from_whole(dollars * 100).unwrap(),
    };
    Offers {
        currency: Currency::USD,
        conversion_rate: "100".parse().unwrap(),
        conversion_tiers: Vec::new(),
        offers: [10, 25, 50, 100, 250, 500].map(offer).to_vec(),
        least: Money::new(500, Currency::USD),
        most: Money::new(1_000_000, Currency::USD),
        valid: Some(Validity::Months(12)),
        expires: Some(in_minutes(365 * 1_440)),
        left: credits("6412.345678"),
        owed: Credits::ZERO,
        lasts_days: Some(vec![5, 13, 27, 55, 138, 277]),
    }
}

#[tokio::test]
async fn a_top_up_is_chosen_confirmed_and_told() {
    let owner = Role::Owner;
    let acme = || frame("Acme Robotics");
    let html = page(
        "top-up",
        "/credits/top-up",
        acme(),
        owner,
        || view! { <ChoosePage offers=offers()/> },
    )
    .await;
    assert!(html.contains("about 27 usual days") && html.contains("action=\"/actions/check-top-up\""));
    let money = Money::new(5_000, Currency::USD);
    let html = page("top-up-confirm", "/credits/top-up", acme(), owner, || {
        view! { <ConfirmPage offers=offers() money=money payment=payment(PaymentState::Pending).id/> }
    })
    .await;
    assert!(html.contains("Buy 5,000 credits for $50.00."));
    assert_eq!(html.matches("name=\"payment\"").count(), 1);
    for (name, state) in [
        ("top-up-pending", PaymentState::Pending),
        ("top-up-paid", PaymentState::Paid),
        ("top-up-declined", PaymentState::Declined),
        ("top-up-abandoned", PaymentState::Abandoned),
    ] {
        let shown = payment(state);
        let checkout = shown.checkout.clone();
        let html = page(name, "/credits/top-up", acme(), owner, || {
            view! { <OutcomePage payment=shown nostrip:checkout=checkout/> }
        })
        .await;
        assert_eq!(html.matches("button primary").count(), 1, "{name}");
    }
    let html = page(
        "top-up-viewer",
        "/credits/top-up",
        acme(),
        Role::Viewer,
        || view! { <MayNotPage/> },
    )
    .await;
    assert!(html.contains("You are signed in as viewer") && !html.contains("/actions/check-top-up"));
}

#[tokio::test]
async fn the_providers_page_has_three_ways_out_and_none_once_it_is_over() {
    let checkout = |state| SandboxCheckout {
        reference: "6f1c0ab99a7e4d1f8cf0b1c62d7e90aa".to_owned(),
        vendor: "Northwind Agents".to_owned(),
        organization: "Acme Robotics".to_owned(),
        money: Money::new(5_000, Currency::USD),
        credits: credits("5000"),
        state,
        back: "/credits/top-up?payment=payment_1".to_owned(),
    };
    let pending = checkout(PaymentState::Pending);
    let html = shown_alone(
        "sandbox",
        Place::default(),
        || view! { <SandboxPage checkout=pending/> },
    )
    .await;
    assert_eq!(html.matches("action=\"/actions/sandbox-act\"").count(), 3);
    assert!(!html.contains("<script"), "{html}");
    let paid = checkout(PaymentState::Paid);
    let html = shown_alone(
        "sandbox-paid",
        Place::default(),
        || view! { <SandboxPage checkout=paid/> },
    )
    .await;
    assert!(!html.contains("<form") && html.contains("Back to Northwind Agents"));
}
