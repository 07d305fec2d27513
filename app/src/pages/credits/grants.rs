//! Grants: what is left of each, until when, what was paid for it, and in which order they burn.

use drawdown_domain::grant::GrantState;
use drawdown_domain::{Credits, format};
use drawdown_service::Moment;
use drawdown_service::grants::GrantView;
use leptos::prelude::*;

use crate::components::amount::{Amount, credits_words};
use crate::components::badge::Badge;
use crate::components::empty::Empty;
use crate::components::gauge::{Gauge, percent};
use crate::components::notice::Tone;
use crate::components::panel::Panel;
use crate::components::posting_words::short_grant;
use crate::components::table::{Listing, figures, text};

/// How a grant stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// First in the burn order.
    Next,
    /// Can be burned, after others.
    Waiting,
    /// Not paid yet.
    Pending,
    /// Its time has not come.
    Ahead,
    /// Everything is spent or reserved.
    Spent,
    /// Past its time.
    Expired,
    /// Taken back.
    Void,
}

impl Standing {
    pub(super) fn of(grant: &GrantView) -> Self {
        match (grant.state, grant.burn_position) {
            (GrantState::Active, Some(1)) => Self::Next,
            (GrantState::Active, Some(_)) => Self::Waiting,
            (GrantState::Pending, _) => Self::Pending,
            (GrantState::Void, _) => Self::Void,
            (GrantState::Active, None) if !grant.remaining.is_positive() => Self::Spent,
            (GrantState::Active, None) if grant.effective.relative.starts_with("in ") => Self::Ahead,
            (GrantState::Expired, _) | (GrantState::Active, None) => Self::Expired,
        }
    }

    /// Whether something may still come of it.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Next | Self::Waiting | Self::Pending | Self::Ahead)
    }

    const fn badge(self) -> (&'static str, Tone) {
        match self {
            Self::Next => ("burns next", Tone::Accent),
            Self::Waiting => ("active", Tone::Ok),
            Self::Pending => ("pending payment", Tone::Warn),
            Self::Ahead => ("not yet valid", Tone::Plain),
            Self::Spent => ("used up", Tone::Plain),
            Self::Expired => ("expired", Tone::Plain),
            Self::Void => ("void", Tone::Danger),
        }
    }
}

/// The panel. Those of which nothing more can come are folded away, and opened where nothing else is there. What a
/// reader unfolds stays so: it is no part of what is kept live.
#[component]
pub(super) fn Grants(grants: Vec<GrantView>) -> impl IntoView {
    let (open, ended): (Vec<_>, Vec<_>) = grants.into_iter().partition(|grant| Standing::of(grant).is_open());
    let (nothing_open, none) = (open.is_empty(), open.is_empty() && ended.is_empty());
    let shape = if ended.is_empty() { "open" } else { "ended" };
    let shown = if none {
        view! { <NoGrants/> }.into_any()
    } else if nothing_open {
        view! { <p class="note">"No grant can be burned now."</p> }.into_any()
    } else {
        view! { <GrantTable caption="Grants in burn order" grants=open/> }.into_any()
    };
    let folded = (!ended.is_empty()).then(|| {
        let words = ended_words(ended.len());
        view! {
            <details class="ended" open=nothing_open>
                <summary data-live="grants-ended-count">{words}</summary>
                <div data-live="grants-ended"><GrantTable caption="Grants that have ended" grants=ended/></div>
            </details>
        }
    });
    view! {
        <Panel
            id="grants" title="Grants"
            words="Burned from the top: the lower priority first, then what expires soonest, free before paid, older before newer."
        >
            <div class="stack" data-shape=shape><div data-live="grants">{shown}</div>{folded}</div>
        </Panel>
    }
}

/// `2 that have ended`.
fn ended_words(count: usize) -> String {
    match count {
        1 => "1 that has ended".to_owned(),
        count => format!(
            "{} that have ended",
            format::count(i64::try_from(count).unwrap_or(i64::MAX))
        ),
    }
}

#[component]
fn NoGrants() -> impl IntoView {
    view! {
        <Empty
            title="No credits were granted yet"
            words="Credits come from your plan, from a top-up or from your vendor. Each block of them is a grant and is listed \
                   here, with what became of it."
        />
    }
}

#[component]
fn GrantTable(caption: &'static str, grants: Vec<GrantView>) -> impl IntoView {
    let rows = grants
        .into_iter()
        .map(|grant| view! { <GrantRow grant=grant/> })
        .collect_view();
    view! {
        <Listing
            caption=caption
            heads=[text("Grant"), text("State"), text("Left of amount"), text("Valid"), text("Pays for"), figures("Paid")]
        >
            {rows}
        </Listing>
    }
}

#[component]
fn GrantRow(grant: GrantView) -> impl IntoView {
    let standing = Standing::of(&grant);
    let (word, tone) = standing.badge();
    let word = match grant.burn_position {
        Some(place @ 2..) => format!("{word}, no. {place}"),
        _ => word.to_owned(),
    };
    let parts = became_of(&grant);
    let scope = scope_words(&grant);
    let paid = grant
        .paid
        .filter(|paid| paid.minor > 0)
        .map_or_else(|| "free".to_owned(), format::money);
    let id = grant.id.to_string();
    let from = grant.effective.clone();
    let valid = match (standing, grant.expires) {
        (Standing::Ahead, _) => view! { <When word="from" moment=from/> }.into_any(),
        (Standing::Pending, None) => view! { "once paid, for ever" }.into_any(),
        (_, None) => view! { "for ever" }.into_any(),
        (Standing::Expired, Some(end)) => view! { <When word="ended" moment=end/> }.into_any(),
        (_, Some(end)) => view! { <When word="ends" moment=end/> }.into_any(),
    };
    view! {
        <tr id=id.clone()>
            <th scope="row">
                <span class="cell">
                    <span>{grant.source}" "<code class="quiet" title=id.clone()>{short_grant(grant.id)}</code></span>
                    {grant.note.map(|note| view! { <small class="quiet grant-note">{note}</small> })}
                </span>
            </th>
            <td data-label="State">
                <span class="cell">
                    <Badge word=word tone=tone/>
                    <small class="quiet">{format!("priority {}", grant.priority)}</small>
                </span>
            </td>
            <td data-label="Left of amount">
                <span class="remaining">
                    <span class="number"><Amount credits=grant.remaining/>" of "<Amount credits=grant.amount/></span>
                    <Gauge used=percent(grant.remaining, grant.amount) held=percent(grant.held, grant.amount) plain=true/>
                    {(!parts.is_empty()).then(|| view! { <small class="quiet">{parts}</small> })}
                </span>
            </td>
            <td data-label="Valid">{valid}</td>
            <td data-label="Pays for">{scope}</td>
            <td class="number" data-label="Paid">{paid}</td>
        </tr>
    }
}

/// `ends in 9 days`, and below it when exactly.
#[component]
fn When(word: &'static str, moment: Moment) -> impl IntoView {
    view! {
        <time class="cell" datetime=moment.iso>
            <span>{format!("{word} {}", moment.relative)}</span>
            <small class="quiet">{moment.full}</small>
        </time>
    }
}

/// What became of the rest: `380 used, 120 expired unused, 500 transferred to Atlas Robotics`.
pub(super) fn became_of(grant: &GrantView) -> String {
    let given = Credits::checked_sum(grant.given.iter().map(|one| one.credits)).unwrap_or(Credits::MAX);
    // Of a grant that ended by itself, the ledger voids what goes on as another grant.
    let voided = match grant.state {
        GrantState::Expired => "carried over",
        _ => "voided",
    };
    let own = [
        (grant.held, "held by runs"),
        (grant.burned, "used"),
        (grant.expired, "expired unused"),
        (grant.voided.saturating_sub(given), voided),
    ];
    let own = own.map(|(credits, words)| (credits, words.to_owned()));
    let others = grant
        .given
        .iter()
        .map(|one| (one.credits, format!("transferred to {}", one.to)));
    own.into_iter()
        .chain(others)
        .filter(|(credits, _)| credits.is_positive())
        .map(|(credits, word)| format!("{} {word}", format::credits(credits)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The use cases that a grant may pay for.
fn scope_words(grant: &GrantView) -> String {
    match &grant.scope {
        None => "everything".to_owned(),
        Some(cases) => cases
            .iter()
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// `; 500 of them expire in 6 days (28 Nov)`: the soonest end of what can be burned, where there is one.
pub(super) fn next_expiry(grants: &[GrantView]) -> Option<String> {
    let ending = grants
        .iter()
        .filter(|grant| grant.burn_position.is_some() && grant.remaining.is_positive());
    let soonest = ending
        .filter_map(|grant| grant.expires.as_ref().map(|end| (end, grant.remaining)))
        .min_by_key(|(end, _)| end.at)?;
    let (end, credits) = soonest;
    Some(format!(
        "{} expire {} ({})",
        credits_words(credits),
        end.relative,
        end.day
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::credits::grant;
    use crate::gallery::data::{credits, in_days};
    use drawdown_service::given_away::GivenView;

    #[test]
    fn a_grant_says_what_became_of_all_of_it() {
        let mut grant = grant(1);
        grant.state = GrantState::Expired;
        (grant.burned, grant.expired, grant.remaining) = (credits("380"), credits("120"), Credits::ZERO);
        grant.held = Credits::ZERO;
        assert_eq!(became_of(&grant), "380 used, 120 expired unused");
        grant.voided = credits("60");
        assert_eq!(became_of(&grant), "380 used, 120 expired unused, 60 carried over");
        grant.given = vec![GivenView {
            to: "Atlas Laboratory".to_owned(),
            credits: credits("60"),
        }];
        assert_eq!(
            became_of(&grant),
            "380 used, 120 expired unused, 60 transferred to Atlas Laboratory"
        );
    }

    #[test]
    fn a_grant_stands_as_its_state_its_time_and_its_rest_say() {
        let mut grant = grant(1);
        assert_eq!(Standing::of(&grant), Standing::Next);
        grant.burn_position = Some(2);
        assert_eq!(Standing::of(&grant), Standing::Waiting);
        grant.burn_position = None;
        grant.effective = in_days(10);
        assert_eq!(Standing::of(&grant), Standing::Ahead);
        grant.remaining = Credits::ZERO;
        assert_eq!(Standing::of(&grant), Standing::Spent);
        grant.state = GrantState::Pending;
        assert_eq!(Standing::of(&grant), Standing::Pending);
        grant.state = GrantState::Void;
        assert!(!Standing::of(&grant).is_open());
    }

    #[test]
    fn the_soonest_expiry_is_told_with_what_it_takes_away() {
        let (mut soon, mut late) = (grant(1), grant(2));
        soon.expires = Some(in_days(6));
        soon.remaining = credits("500");
        late.expires = Some(in_days(60));
        assert_eq!(
            next_expiry(&[late.clone(), soon]).as_deref(),
            Some("500 credits expire in 5 days (28 Nov)")
        );
        late.expires = None;
        assert_eq!(next_expiry(&[late]), None);
    }
}
