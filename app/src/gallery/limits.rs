//! Limits and their forms in their states.

use std::sync::Arc;

use drawdown_domain::Credits;
use drawdown_domain::limit::{
    CapAction, CapLimit, Each, LimitOwner, LimitScope, ThrottleLimit, ThrottlePeriod, ThrottleThen, Window,
};
use drawdown_domain::organization::Role;
use drawdown_service::limits::{
    CapUse, CapView, LimitsView, RefundWords, ScopeChoices, ThrottleView, WhatIf, WhatIfStop,
};
use leptos::prelude::*;

use super::data::{credits, in_days, in_minutes, member, organization};
use super::shown;
use crate::flash::{Flash, FormError};
use crate::pages::limits::cap::form::CapForm;
use crate::pages::limits::cap::{CapConfirmPage, CapFormPage, CapRemovePage};
use crate::pages::limits::form::LimitForm as _;
use crate::pages::limits::throttle::form::ThrottleForm;
use crate::pages::limits::throttle::{ThrottleConfirmPage, ThrottleFormPage, ThrottleRemovePage};
use crate::pages::limits::{LimitsPage, MayNotPage};
use crate::shell::Frame;
use crate::visit::Place;

fn only(use_case: &str) -> LimitScope {
    LimitScope {
        use_case: Some(use_case.parse().unwrap()),
        ..LimitScope::default()
    }
}

/// What forms offer.
pub(crate) fn choices() -> ScopeChoices {
    let keys = |keys: [&str; 3]| keys.map(|key| key.parse().unwrap()).to_vec();
    ScopeChoices {
        use_cases: [
            ("code", "Coding assistant"),
            ("render", "Image render"),
            ("search", "Web search"),
        ]
        .map(|(key, name)| (key.parse().unwrap(), name.to_owned()))
        .to_vec(),
        modes: keys(["fast", "relaxed", "batch"]),
        platforms: keys(["web", "ios", "api"]),
    }
}

/// A cap of 500 credits a day on image renders, of which 418.5 are used or held.
pub(crate) fn cap(name: &str, owner: LimitOwner) -> CapView {
    CapView {
        name: name.parse().unwrap(),
        owner,
        scope: only("render"),
        scope_words: "Image render".to_owned(),
        window: Window::Day,
        window_words: "a day".to_owned(),
        limit: CapLimit::Credits(credits("500")),
        limit_credits: credits("500"),
        action: CapAction::Block,
        thresholds: vec![80, 100],
        resets: Some(in_days(1)),
        used: vec![CapUse {
            each: None,
            used: credits("412"),
            held: credits("6.5"),
            percent: 83,
            hit: None,
        }],
        editable: owner == LimitOwner::Customer,
    }
}

/// A throttle of 50 runs a minute on coding.
pub(crate) fn throttle(name: &str, owner: LimitOwner) -> ThrottleView {
    ThrottleView {
        name: name.parse().unwrap(),
        owner,
        scope: only("code"),
        scope_words: "Coding assistant".to_owned(),
        limit: ThrottleLimit::Requests(50),
        per: ThrottlePeriod::Minute,
        burst: Some(10),
        then: ThrottleThen::Degrade,
        rule_words: "50 runs a minute, at most 10 at once; beyond that runs use a slower mode".to_owned(),
        throttled_today: 12,
        degraded_today: 9,
        editable: owner == LimitOwner::Customer,
    }
}

/// Limits of every kind.
pub(crate) fn example() -> LimitsView {
    let full = CapView {
        scope: only("search"),
        scope_words: "Web search".to_owned(),
        window: Window::RollingHours(24),
        window_words: "in any 24 hours".to_owned(),
        used: vec![CapUse {
            each: None,
            used: credits("500"),
            held: Credits::ZERO,
            percent: 100,
            hit: Some(in_minutes(-95)),
        }],
        ..cap("search-24h", LimitOwner::Customer)
    };
    let of_each = |subject: &str, used: &str, percent| CapUse {
        each: Some(subject.to_owned()),
        used: credits(used),
        held: Credits::ZERO,
        percent,
        hit: None,
    };
    let each = CapView {
        scope: LimitScope {
            each: Some(Each::Subject),
            ..LimitScope::default()
        },
        scope_words: "Everything, each subject on its own".to_owned(),
        window: Window::Week,
        window_words: "a week".to_owned(),
        action: CapAction::Notify,
        used: vec![
            of_each(
                "agent:correspondence@eu-central-1.production.acme.example.with.a.long.name",
                "431.25",
                86,
            ),
            of_each("agent-7", "120", 24),
        ],
        ..cap("all-each-subject-week", LimitOwner::Customer)
    };
    let ceiling = CapView {
        scope: LimitScope::default(),
        scope_words: "Everything".to_owned(),
        window: Window::Month,
        window_words: "a month".to_owned(),
        limit: CapLimit::Credits(credits("10000")),
        limit_credits: credits("10000"),
        resets: Some(in_days(9)),
        used: vec![CapUse {
            each: None,
            used: credits("3120.000001"),
            held: credits("12.5"),
            percent: 31,
            hit: None,
        }],
        ..cap("month", LimitOwner::Vendor)
    };
    LimitsView {
        left: credits("6412.345678"),
        held: credits("12.5"),
        caps: vec![full, cap("render-day", LimitOwner::Customer), each, ceiling],
        throttles: vec![
            throttle("code-rate", LimitOwner::Customer),
            ThrottleView {
                scope: LimitScope::default(),
                scope_words: "Everything".to_owned(),
                rule_words: "1,200 runs a minute; beyond that runs are refused".to_owned(),
                throttled_today: 0,
                degraded_today: 0,
                ..throttle("all", LimitOwner::Vendor)
            },
        ],
        fair_use: Vec::new(),
        refunds: vec![RefundWords {
            use_case: "render".parse().unwrap(),
            name: "Image render".to_owned(),
            words: "An image that cannot be delivered costs nothing.".to_owned(),
        }],
        choices: choices(),
        may_set: true,
    }
}

fn frame(name: &str) -> Frame {
    Frame {
        organization: organization(name, "6412.345678", "12500"),
    }
}

async fn page<V: IntoView + 'static>(name: &str, role: Role, body: impl FnOnce() -> V) -> String {
    let frame = frame("Acme Robotics");
    let member = member(&frame.organization, role);
    shown(name, "/limits", member, frame, body).await
}

#[tokio::test]
async fn limits_of_ones_own_can_be_changed_and_ceilings_cannot() {
    let html = page("limits", Role::Billing, || view! { <LimitsPage limits=example()/> }).await;
    assert!(html.contains("1 of 3 caps is full and stops runs."), "{html}");
    for told in [
        "stops runs now",
        "past 80 %",
        "Resets ",
        "Throttles slowed 9 and refused 3",
        "id=\"cap-render-day\"",
        "An image that cannot be delivered costs nothing.",
    ] {
        assert!(html.contains(told), "{told}");
    }
    let (own, ceilings) = html.split_once("id=\"ceilings\"").unwrap();
    assert_eq!(own.matches(">Change<").count(), 4);
    assert_eq!(ceilings.matches(">Change<").count(), 0);
    assert_eq!(html.matches("button primary").count(), 1);
}

#[tokio::test]
async fn a_viewer_and_an_organization_without_limits_are_told_what_could_be() {
    let none = LimitsView {
        caps: Vec::new(),
        throttles: Vec::new(),
        refunds: Vec::new(),
        left: Credits::ZERO,
        held: Credits::ZERO,
        ..example()
    };
    let html = page("limits-empty", Role::Owner, || view! { <LimitsPage limits=none/> }).await;
    assert!(
        html.contains("No caps of your own yet") && html.contains("has set no ceilings"),
        "{html}"
    );
    assert!(!html.contains("failed-runs"));
    let seen = LimitsView {
        may_set: false,
        ..example()
    };
    let html = page("limits-viewer", Role::Viewer, || view! { <LimitsPage limits=seen/> }).await;
    assert!(!html.contains(">Change<") && !html.contains(">Set a cap<"), "{html}");
    let html = page("cap-viewer", Role::Viewer, || view! { <MayNotPage title="Set a cap"/> }).await;
    assert!(html.contains("needs the role owner or billing"));
}

#[tokio::test]
async fn a_cap_is_typed_refused_confirmed_and_removed_in_words() {
    let plan = frame("Acme").organization.plan;
    let html = page("cap-new", Role::Owner, || {
        view! { <CapFormPage form=CapForm::default() limits=example() nostrip:plan=plan.clone()/> }
    })
    .await;
    assert!(
        html.contains("action=\"/actions/check-cap\"") && html.contains("In"),
        "{html}"
    );
    let existing = cap("render-day", LimitOwner::Customer);
    let form = CapForm::of(&existing);
    let html = page("cap-change", Role::Owner, || {
        view! { <CapFormPage form=form.clone() nostrip:existing=Some(existing.clone()) limits=example() nostrip:plan=plan.clone()/> }
    })
    .await;
    assert!(!html.contains("name=\"use_case\"") && html.contains("value=\"500\""));
    let form = CapForm {
        amount: "400".to_owned(),
        ..form
    };
    let (_, input) = form.read(LimitOwner::Customer, &example(), plan.as_ref()).unwrap();
    let what_if = WhatIf {
        sentence: "This cap, in the last 31 days, would have stopped you on 21 Nov.".to_owned(),
        stops: [-9, -1]
            .map(|day| WhatIfStop {
                day: in_days(day),
                used: credits("512.5"),
            })
            .to_vec(),
        peak: credits("512.5"),
    };
    let html = page("cap-confirm", Role::Owner, || {
        view! {
            <CapConfirmPage
                form=form input=input limits=example() nostrip:plan=plan.clone() zone="Asia/Tokyo".to_owned()
                nostrip:what_if=Some(what_if)
            />
        }
    })
    .await;
    assert!(
        html.contains("Stop Image render at 400 credits a day, from now."),
        "{html}"
    );
    assert!(html.contains("so it stops runs at once") && html.contains("would have stopped you on 21 Nov"));
    assert!(html.contains("name=\"amount\" value=\"400\"") && html.contains("action=\"/actions/put-cap\""));
    let html = page(
        "cap-remove",
        Role::Owner,
        || view! { <CapRemovePage cap=existing limits=example()/> },
    )
    .await;
    assert!(html.contains("Remove the cap of 500 credits a day on Image render, from now."));
}

#[tokio::test]
async fn a_refused_cap_comes_back_with_what_was_typed() {
    let frame = frame("Acme Robotics");
    let error = |field: &str, message: &str| FormError {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    let flash = Flash {
        form: "cap".to_owned(),
        errors: vec![
            error(
                "amount",
                "Limit: at most 10,000 credits, which is your vendor's ceiling.",
            ),
            error(
                "subject",
                "A subject has letters, digits and _ - . : @, as your vendor reports it.",
            ),
        ],
        ..Flash::default()
    }
    .value("amount", "12 000")
    .value("subject", "a b")
    .value("window", "month")
    .value("use_case", "search");
    let place = Place {
        path: "/limits/cap".to_owned(),
        member: Some(member(&frame.organization, Role::Owner)),
        flash,
        ..Place::default()
    };
    let html = super::shown_at("cap-refused", Arc::new(place), frame, || {
        view! { <CapFormPage form=CapForm::default() limits=example()/> }
    })
    .await;
    assert!(
        html.contains("2 things need a change") && html.contains("href=\"#cap-amount\""),
        "{html}"
    );
    assert!(
        html.contains("value=\"12 000\"") && html.contains("value=\"search\" selected"),
        "{html}"
    );
}

#[tokio::test]
async fn a_throttle_is_typed_confirmed_and_removed_in_words() {
    let html = page("throttle-new", Role::Owner, || {
        view! { <ThrottleFormPage form=ThrottleForm::default() limits=example()/> }
    })
    .await;
    assert!(html.contains("action=\"/actions/check-throttle\""), "{html}");
    let existing = throttle("code-rate", LimitOwner::Customer);
    let form = ThrottleForm::of(&existing);
    let (_, input) = form.read(LimitOwner::Customer, &example(), None).unwrap();
    let html = page("throttle-confirm", Role::Owner, || {
        view! { <ThrottleConfirmPage form=form input=input limits=example()/> }
    })
    .await;
    let sentence = "Let Coding assistant run 50 times a minute, at most 10 at once, and run what comes beyond in the next slower \
                    mode, from now.";
    assert!(html.contains(sentence), "{html}");
    let html = page("throttle-remove", Role::Owner, || {
        view! { <ThrottleRemovePage throttle=existing limits=example()/> }
    })
    .await;
    assert!(html.contains("Remove the throttle of Coding assistant, from now."));
}
