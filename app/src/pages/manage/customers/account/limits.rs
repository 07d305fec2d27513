//! What limits a customer, on its account: the vendor's ceilings, which can be set here, the customer's own caps and throttles,
//! and where it stands with fair use.

use drawdown_domain::format;
use drawdown_domain::limit::{CapAction, LimitOwner};
use drawdown_service::limits::{CapView, FairUseView, LimitsView, ThrottleView};
use leptos::prelude::*;

use super::ceiling::CeilingKind as _;
use crate::address::with_query;
use crate::components::badge::Badge;
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::components::table::{Listing, act, text};
use crate::pages::limits::cap::form::CapForm;
use crate::pages::limits::caps::is_full;
use crate::pages::limits::throttle::form::ThrottleForm;
use crate::pages::limits::{Refunds, limit_words};
use crate::visit::Place;

/// The panel.
#[component]
pub(super) fn Limits(limits: LimitsView, may: bool) -> impl IntoView {
    let place = Place::current();
    let (cap, throttle) = (place.link(CapForm::PATH), place.link(ThrottleForm::PATH));
    let aside = move || {
        may.then(|| {
            view! {
                <div class="buttons">
                    <a class="button small" href=throttle.clone()>"Limit the rate"</a>
                    <a class="button small" href=cap.clone()>"Set a ceiling"</a>
                </div>
            }
        })
    };
    let mut caps = limits.caps;
    caps.sort_by_key(|cap| cap.owner == LimitOwner::Customer);
    let mut throttles = limits.throttles;
    throttles.sort_by_key(|one| one.owner == LimitOwner::Customer);
    let none = caps.is_empty() && throttles.is_empty();
    let content = if none {
        view! { <p class="note">"Nothing but its credits limits this customer."</p> }.into_any()
    } else {
        let caps = caps
            .into_iter()
            .map(|cap| view! { <CapRow cap=cap may=may/> })
            .collect_view();
        let throttles = throttles
            .into_iter()
            .map(|throttle| view! { <ThrottleRow throttle=throttle may=may/> })
            .collect_view();
        view! {
            <Listing
                caption="Caps and throttles of this customer, yours first"
                heads=[text("Runs"), text("Limit"), text("Used"), text("Standing"), text("Set by"), act("Act")]
            >
                {caps}{throttles}
            </Listing>
        }
        .into_any()
    };
    view! {
        <Panel
            id="limits" title="Limits and ceilings" aside=aside
            words="Ceilings are yours, and the customer's own limits can only be lower. A change of plan puts its own in their place."
        >
            {content}
            {(!limits.fair_use.is_empty()).then(|| view! { <Standing views=limits.fair_use/> })}
            {(!limits.refunds.is_empty()).then(|| view! {
                <h3 class="panel-part">"Failed runs"</h3>
                <Refunds refunds=limits.refunds/>
            })}
        </Panel>
    }
}

fn owner_word(owner: LimitOwner) -> &'static str {
    match owner {
        LimitOwner::Vendor => "you",
        LimitOwner::Customer => "the customer",
    }
}

/// Change and remove, of what is the vendor's.
fn acts(path: &str, name: &str, what: &str, may: bool) -> AnyView {
    if !may {
        return view! { <td data-label="Act"><span class="quiet" title="It is the customer's own, or your role does not set limits">"–"</span></td> }
            .into_any();
    }
    let place = Place::current();
    let change = with_query(&place.link(path), &[("name", name)]);
    let remove = with_query(&place.link(&format!("{path}/remove")), &[("name", name)]);
    view! {
        <td data-label="Act">
            <span class="limit-links">
                <a class="button small" href=change aria-label=format!("Change the ceiling on {what}")>"Change"</a>
                <a class="button small quiet" href=remove aria-label=format!("Remove the ceiling on {what}")>"Remove"</a>
            </span>
        </td>
    }
    .into_any()
}

#[component]
fn CapRow(cap: CapView, may: bool) -> impl IntoView {
    let full = is_full(&cap);
    let (tone, word) = match (cap.action, full) {
        (CapAction::Block, true) => (Tone::Danger, "stops runs now"),
        (CapAction::Notify, true) => (Tone::Warn, "passed, stops nothing"),
        (CapAction::Block, false) => (Tone::Ok, "has room"),
        (CapAction::Notify, false) => (Tone::Plain, "only shows"),
    };
    let used = cap.used.first().map(|used| {
        let each = used.each.as_ref().map_or_else(String::new, |each| format!(" ({each})"));
        format!("{}, {} %{each}", format::credits(used.used), used.percent)
    });
    let resets = cap
        .resets
        .as_ref()
        .map_or_else(|| "never resets".to_owned(), |at| format!("resets {}", at.relative));
    let limit = format!("{} {}", limit_words(cap.limit, cap.limit_credits), cap.window_words);
    let acts = acts(
        CapForm::PATH,
        cap.name.as_str(),
        &cap.scope_words,
        may && cap.owner == LimitOwner::Vendor,
    );
    view! {
        <tr>
            <th scope="row">{cap.scope_words}</th>
            <td data-label="Limit">{limit}</td>
            <td data-label="Used">
                <span class="cell">
                    <span>{used.unwrap_or_else(|| "nothing yet".to_owned())}</span>
                    <small class="quiet">{resets}</small>
                </span>
            </td>
            <td data-label="Standing"><Badge tone=tone word=word/></td>
            <td data-label="Set by">{owner_word(cap.owner)}</td>
            {acts}
        </tr>
    }
}

#[component]
fn ThrottleRow(throttle: ThrottleView, may: bool) -> impl IntoView {
    let busy = throttle.throttled_today > 0;
    let (tone, word) = if busy {
        (Tone::Warn, "in use today")
    } else {
        (Tone::Ok, "quiet today")
    };
    let today = format!("{} slowed or refused today", format::count(throttle.throttled_today));
    let acts = acts(
        ThrottleForm::PATH,
        throttle.name.as_str(),
        &throttle.scope_words,
        may && throttle.owner == LimitOwner::Vendor,
    );
    view! {
        <tr>
            <th scope="row">{throttle.scope_words}</th>
            <td data-label="Limit">{throttle.rule_words}</td>
            <td data-label="Used">{today}</td>
            <td data-label="Standing"><Badge tone=tone word=word/></td>
            <td data-label="Set by">{owner_word(throttle.owner)}</td>
            {acts}
        </tr>
    }
}

/// Where the customer stands with what its plan includes without limit.
#[component]
fn Standing(views: Vec<FairUseView>) -> impl IntoView {
    let row = |view: FairUseView| {
        let used = format!(
            "{} of {}",
            format::credits(view.standing.used),
            format::credits(view.allowance)
        );
        let resets = view.resets.map_or_else(|| "–".to_owned(), |resets| resets.relative);
        view! {
            <tr>
                <th scope="row">{view.scope_words}</th>
                <td data-label="Used">{used}</td>
                <td data-label="Standing">{view.words}</td>
                <td data-label="Counted anew">{resets}</td>
            </tr>
        }
    };
    view! {
        <h3 class="panel-part">"Fair use"</h3>
        <Listing
            caption="Fair use: what the plan includes without limit, counted at list price"
            heads=[text("Runs"), text("Used of the allowance"), text("Standing"), text("Counted anew")]
        >
            {views.into_iter().map(row).collect_view()}
        </Listing>
    }
}
