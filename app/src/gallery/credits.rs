//! Credits, postings, payments and top-ups in their states.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::{GrantId, PaymentId};
use drawdown_domain::organization::Role;
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::{Credits, Currency, Money};
use drawdown_service::credits::CreditsView;
use drawdown_service::customers::Page;
use drawdown_service::grants::GrantView;
use drawdown_service::payments::{PaymentState, PaymentView};
use drawdown_service::posting_events::PostingDetail;
use drawdown_service::postings::PostingView;
use leptos::prelude::*;
use uuid::Uuid;

use super::data::{credits, in_days, in_minutes, member, organization};
use super::shown;
use super::usage::event;
use crate::pages::credits::CreditsPage;
use crate::pages::credits::posting::PostingPage;
use crate::shell::Frame;

/// A plan's grant, the first in the burn order.
pub(crate) fn grant(number: u128) -> GrantView {
    GrantView {
        id: GrantId::from_uuid(Uuid::from_u128(
            0x0193_5e00_0000_7000_8000_0000_0000_0000 + number * 0x00a1_b2c3,
        )),
        kind: GrantKind::Allotment,
        source: "Allotment".to_owned(),
        state: GrantState::Active,
        amount: credits("10000"),
        remaining: credits("412.345678"),
        held: credits("12.5"),
        burned: credits("9575.154322"),
        expired: Credits::ZERO,
        voided: Credits::ZERO,
        given: Vec::new(),
        priority: 100,
        effective: in_days(-21),
        expires: Some(in_days(10)),
        paid: None,
        scope: None,
        created: in_days(-21),
        note: Some("Team monthly, November".to_owned()),
        burn_position: Some(1),
    }
}

fn grants() -> Vec<GrantView> {
    let purchase = GrantView {
        kind: GrantKind::Purchase,
        source: "Top-up".to_owned(),
        amount: credits("5000"),
        remaining: credits("5000"),
        held: Credits::ZERO,
        burned: Credits::ZERO,
        expires: Some(in_days(350)),
        paid: Some(Money::new(5_000, Currency::USD)),
        note: None,
        burn_position: Some(3),
        ..grant(2)
    };
    let gift = GrantView {
        kind: GrantKind::Promotional,
        source: "Gift".to_owned(),
        amount: credits("1000"),
        remaining: credits("1000"),
        held: Credits::ZERO,
        burned: Credits::ZERO,
        expires: None,
        scope: Some(vec![("render".parse().unwrap(), "Image render".to_owned())]),
        note: Some("For the outage of 3 November, with our apologies; only for image renders".to_owned()),
        burn_position: Some(2),
        ..grant(3)
    };
    let pending = GrantView {
        state: GrantState::Pending,
        remaining: Credits::ZERO,
        burn_position: None,
        effective: in_minutes(-3),
        ..purchase.clone()
    };
    let ahead = GrantView {
        state: GrantState::Active,
        remaining: credits("10000"),
        held: Credits::ZERO,
        burned: Credits::ZERO,
        effective: in_days(10),
        expires: Some(in_days(40)),
        burn_position: None,
        note: Some("Team monthly, December".to_owned()),
        ..grant(5)
    };
    let expired = GrantView {
        state: GrantState::Expired,
        remaining: Credits::ZERO,
        held: Credits::ZERO,
        burned: credits("9880"),
        expired: credits("120"),
        effective: in_days(-52),
        expires: Some(in_days(-21)),
        burn_position: None,
        note: Some("Team monthly, October".to_owned()),
        ..grant(6)
    };
    let void = GrantView {
        state: GrantState::Void,
        kind: GrantKind::Trial,
        source: "Trial".to_owned(),
        amount: credits("100"),
        remaining: Credits::ZERO,
        held: Credits::ZERO,
        burned: credits("20"),
        voided: credits("80"),
        burn_position: None,
        note: Some("Replaced by the team plan".to_owned()),
        ..grant(7)
    };
    vec![
        grant(1),
        gift,
        purchase,
        GrantView {
            id: grant(4).id,
            ..pending
        },
        ahead,
        expired,
        void,
    ]
}

/// A posting of used credits with twelve events.
pub(crate) fn posting(sequence: i64) -> PostingView {
    PostingView {
        sequence,
        at: in_minutes(-180),
        grant: Some(grant(1).id),
        from: LedgerAccount::Available,
        to: LedgerAccount::Burned,
        words: "Used".to_owned(),
        credits: credits("18.4"),
        change: credits("-18.4"),
        events: 12,
        previous_hash: "1f0c5be2a9d37764".repeat(4),
        hash: "9b41d07722c0e8fa".repeat(4),
    }
}

fn postings() -> Vec<PostingView> {
    let line = |sequence, from, to, words: &str, moved: &str, change: &str, events| PostingView {
        from,
        to,
        words: words.to_owned(),
        credits: credits(moved),
        change: credits(change),
        events,
        ..posting(sequence)
    };
    use LedgerAccount::{Available, Burned, Expired, Held, Issued, Owed};
    vec![
        line(12_406, Available, Held, "Reserved for runs", "12.5", "-12.5", 0),
        posting(12_405),
        line(12_404, Held, Available, "Returned from runs", "0.000004", "0.000004", 0),
        line(12_403, Held, Burned, "Used", "1234.567891", "0", 1_204),
        line(12_402, Available, Expired, "Expired", "120", "-120", 0),
        PostingView {
            grant: None,
            ..line(12_401, Owed, Burned, "Owed usage settled", "3.25", "0", 1)
        },
        line(12_400, Issued, Available, "Granted", "5000", "5000", 0),
    ]
}

/// A payment for 5,000 credits.
pub(crate) fn payment(state: PaymentState) -> PaymentView {
    PaymentView {
        id: PaymentId::from_uuid(Uuid::from_u128(99)),
        state,
        money: Money::new(5_000, Currency::USD),
        credits: credits("5000"),
        grant: grant(2).id,
        provider: "sandbox".to_owned(),
        reference: "6f1c0ab99a7e4d1f8cf0b1c62d7e90aa".to_owned(),
        started_by: "Mika Tanaka".to_owned(),
        created: in_minutes(-3),
        ended: (state != PaymentState::Pending).then(|| in_minutes(-1)),
        checkout: (state == PaymentState::Pending).then(|| "/sandbox/pay/6f1c0ab9".to_owned()),
    }
}

/// Credits in every state at once.
pub(crate) fn example() -> CreditsView {
    CreditsView {
        left: credits("6412.345678"),
        worth: Some(Money::new(6_412, Currency::USD)),
        held: credits("12.5"),
        owed: Credits::ZERO,
        pending: credits("5000"),
        grants: grants(),
        postings: Page {
            items: postings(),
            next: Some("12400".to_owned()),
        },
        payments: Some(
            [
                PaymentState::Pending,
                PaymentState::Paid,
                PaymentState::Declined,
                PaymentState::Abandoned,
            ]
            .map(payment)
            .to_vec(),
        ),
        may_top_up: true,
    }
}

/// A new organization.
pub(crate) fn empty() -> CreditsView {
    CreditsView {
        left: Credits::ZERO,
        worth: None,
        held: Credits::ZERO,
        owed: Credits::ZERO,
        pending: Credits::ZERO,
        grants: Vec::new(),
        postings: Page {
            items: Vec::new(),
            next: None,
        },
        payments: Some(Vec::new()),
        may_top_up: true,
    }
}

pub(super) fn frame(name: &str) -> Frame {
    Frame {
        organization: organization(name, "6412.345678", "16000"),
    }
}

pub(super) async fn page<V: IntoView + 'static>(
    name: &str,
    path: &str,
    frame: Frame,
    role: Role,
    body: impl FnOnce() -> V,
) -> String {
    let member = member(&frame.organization, role);
    shown(name, path, member, frame, body).await
}

#[tokio::test]
async fn credits_show_every_state_honestly() {
    let html = page("credits", "/credits", frame("Acme Robotics"), Role::Owner, || {
        view! { <CreditsPage credits=example() older=false/> }
    })
    .await;
    for told in [
        "burns next",
        "pending payment",
        "not yet valid",
        "120 expired unused",
        "80 voided",
        "2 that have ended",
        "+5,000",
        "−18.4",
        "1,204",
        "declined",
    ] {
        assert!(html.contains(told), "{told}");
    }
}

#[tokio::test]
async fn a_new_organization_and_a_viewer_are_told_what_is_missing() {
    let mut new = frame("Neu");
    (new.organization.left, new.organization.granted) = (Credits::ZERO, Credits::ZERO);
    let html = page("credits-empty", "/credits", new, Role::Owner, || {
        view! { <CreditsPage credits=empty() older=false/> }
    })
    .await;
    assert!(
        html.contains("There are no credits yet") && html.contains("No postings yet"),
        "{html}"
    );
    let viewed = CreditsView {
        payments: None,
        may_top_up: false,
        left: "9223372036854.775807".parse().unwrap(),
        worth: Some(Money::new(922_337_203_685_477, Currency::USD)),
        ..example()
    };
    let long = "Gesellschaft für außerordentlich lange Firmennamen und angewandte Zeilenumbruchforschung mbH & Co. KG";
    let html = page("credits-viewer-long", "/credits", frame(long), Role::Viewer, || {
        view! { <CreditsPage credits=viewed older=true/> }
    })
    .await;
    assert!(html.contains("Payments are shown to members with the role owner or billing"));
    assert!(html.contains("aria-disabled=\"true\"") && !html.contains("href=\"/credits/top-up\""));
}

#[tokio::test]
async fn a_posting_leads_to_its_events_and_to_the_line_before() {
    let detail = PostingDetail {
        posting: posting(12_405),
        events: Page {
            items: (1..=5).map(event).collect(),
            next: Some("event_1".to_owned()),
        },
    };
    let html = page(
        "posting",
        "/credits/postings/12405",
        frame("Acme Robotics"),
        Role::Viewer,
        || {
            view! { <PostingPage detail=detail grants=grants() later=false/> }
        },
    )
    .await;
    assert!(
        html.contains("/credits/postings/12404") && html.contains("Later events"),
        "{html}"
    );
}
