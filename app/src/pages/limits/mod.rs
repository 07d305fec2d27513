//! `/limits`: everything that can stop or slow a run, on one page: the balance, the customer's own caps and throttles,
//! and the vendor's ceilings, which are shown and cannot be changed.

pub mod cap;
pub(crate) mod caps;
pub(crate) mod form;
pub(crate) mod scope;
pub mod throttle;
mod throttles;

use drawdown_domain::limit::LimitOwner;
use drawdown_domain::outcome::RequestError;
use drawdown_domain::{Credits, format};
use drawdown_service::limits::{CapView, FairUseView, LimitsView, RefundWords, ThrottleView};
use drawdown_service::{Action, ServiceError};
use leptos::prelude::*;

use crate::components::amount::credits_words;
use crate::components::form::ErrorSummary;
use crate::components::gauge::{Gauge, percent};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::rail::role_word;
use crate::components::table::{Listing, text};
use crate::error::PageError;
use crate::shell::{Frame, Page};
use crate::visit::{Place, Visit};
pub(crate) use cap::words::limit_words;
use caps::{Caps, is_full};
use throttles::Throttles;

/// The page's address.
const PATH: &str = "/limits";

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let organization = visit.customer()?;
    let limits = visit.service().limits(&visit.actor()?, organization).await?;
    Ok(Page::new("Limits", move || view! { <LimitsPage limits=limits/> }))
}

#[component]
pub(crate) fn LimitsPage(limits: LimitsView) -> impl IntoView {
    let LimitsView {
        left,
        held,
        caps,
        throttles,
        fair_use,
        refunds,
        may_set,
        ..
    } = limits;
    let sentence = sentence(left, &caps);
    let (own_caps, ceilings): (Vec<CapView>, Vec<CapView>) =
        caps.into_iter().partition(|cap| cap.owner == LimitOwner::Customer);
    let (own_throttles, rates): (Vec<ThrottleView>, Vec<ThrottleView>) =
        throttles.into_iter().partition(|one| one.owner == LimitOwner::Customer);
    view! {
        <PageHeader title="Limits" sentence=sentence actions=move || view! { <Actions may_set=may_set/> }/>
        <ErrorSummary form="limits"/>
        <Balance left=left held=held/>
        <div class="columns">
            <Caps caps=own_caps may_set=may_set/>
            <Throttles throttles=own_throttles may_set=may_set/>
        </div>
        <Ceilings caps=ceilings throttles=rates/>
        <FairUse views=fair_use/>
        {(!refunds.is_empty()).then(|| view! {
            <Panel id="failed-runs" title="Failed runs" words="What is agreed with you about runs that fail."><Refunds refunds=refunds/></Panel>
        })}
    }
}

/// What is told about failed runs, by use case.
#[component]
pub(crate) fn Refunds(refunds: Vec<RefundWords>) -> impl IntoView {
    let rows = refunds.into_iter().map(|told| {
        view! {
            <tr>
                <th scope="row">{told.name}</th>
                <td data-label="When one fails">{told.words}</td>
            </tr>
        }
    });
    view! {
        <Listing caption="What is agreed about failed runs" heads=[text("Runs"), text("When one fails")]>
            {rows.collect_view()}
        </Listing>
    }
}

/// What the plan includes without limit, and where the customer stands with it.
#[component]
fn FairUse(views: Vec<FairUseView>) -> impl IntoView {
    let rows = views
        .into_iter()
        .map(|view| {
            let used = credits_words(view.standing.used);
            let resets = view.resets.map_or_else(String::new, |resets| resets.relative);
            view! {
                <tr>
                    <th scope="row">{view.scope_words}</th>
                    <td data-label="Used">{used}</td>
                    <td data-label="Standing">{view.words}</td>
                    <td data-label="Counted anew">{resets}</td>
                </tr>
            }
        })
        .collect_view();
    (!rows.is_empty()).then(|| {
        view! {
            <Panel id="fair-use" title="Fair use" words="Included without limit. Use is counted at list price; much of it slows down, and never stops.">
                <Listing
                    caption="Fair use"
                    heads=[text("Runs"), text("Used"), text("Standing"), text("Counted anew")]
                >
                    {rows}
                </Listing>
            </Panel>
        }
    })
}

/// `1 of 3 caps is full and stops runs.`
fn sentence(left: Credits, caps: &[CapView]) -> String {
    let blocking = caps
        .iter()
        .filter(|cap| cap.action == drawdown_domain::limit::CapAction::Block);
    let (mut count, mut full) = (0_u32, 0_u32);
    for cap in blocking {
        count += 1;
        full += u32::from(is_full(cap));
    }
    if !left.is_positive() {
        return "No credits are left: runs that cost credits are refused until there are some.".to_owned();
    }
    match (full, count) {
        (0, 0) => format!("No cap stops runs before your {} are used.", credits_words(left)),
        (0, 1) => "Nothing is stopped: the one cap has room.".to_owned(),
        (0, count) => format!("Nothing is stopped: all {count} caps have room."),
        (1, 1) => "The one cap is full and stops runs.".to_owned(),
        (1, count) => format!("1 of {count} caps is full and stops runs."),
        (full, count) => format!("{full} of {count} caps are full and stop runs."),
    }
}

/// The one primary action and its companion.
#[component]
fn Actions(may_set: bool) -> impl IntoView {
    may_set.then(|| {
        view! {
            <a class="button" href="/limits/throttle">"Set a throttle"</a>
            <a class="button primary" href="/limits/cap">"Set a cap"</a>
        }
    })
}

/// The first limit of all: what is left.
#[component]
fn Balance(left: Credits, held: Credits) -> impl IntoView {
    let granted = use_context::<Frame>().map_or(left, |frame| frame.organization.granted);
    let may = Place::current().may(Action::TopUp);
    let aside = move || may.then(|| view! { <a class="button small" href="/credits/top-up">"Top up"</a> });
    let held_words = held
        .is_positive()
        .then(|| format!("{} more held by runs in progress", format::credits(held)));
    view! {
        <Panel id="balance" title="Balance" words="When it is used up, runs that cost credits are refused." aside=aside>
            <div class="gauge" data-live="balance">
                <div class="gauge-line">
                    <span class="gauge-name">
                        <span class="number">{format::credits(left)}</span>" of "
                        <span class="number">{credits_words(granted)}</span>" left"
                    </span>
                    <span class="quiet">{format!("{} %", percent(left, granted))}</span>
                </div>
                <Gauge used=percent(left, granted) low_is_bad=true/>
                {held_words.map(|words| view! { <div class="gauge-note"><span>{words}</span></div> })}
            </div>
        </Panel>
    }
}

/// What the vendor set: shown, never changed here.
#[component]
fn Ceilings(caps: Vec<CapView>, throttles: Vec<ThrottleView>) -> impl IntoView {
    let vendor = use_context::<Frame>().map_or_else(|| "your vendor".to_owned(), |frame| frame.organization.vendor);
    let none = caps.is_empty() && throttles.is_empty();
    view! {
        <Panel
            id="ceilings" title=format!("Set by {vendor}")
            words="Ceilings of your plan. They apply beside your own limits, and your own can only be lower."
        >
            {if none {
                view! { <p class="note">{format!("{vendor} has set no ceilings for you.")}</p> }.into_any()
            } else {
                view! {
                    <div class="limit-list two" data-live="ceilings">
                        {caps.into_iter().map(|cap| view! { <caps::Cap cap=cap may_set=false/> }).collect_view()}
                        {throttles
                            .into_iter()
                            .map(|throttle| view! { <throttles::Throttle throttle=throttle may_set=false/> })
                            .collect_view()}
                    </div>
                }
                .into_any()
            }}
        </Panel>
    }
}

/// Instead of a form, for roles that may not set limits.
#[component]
pub(crate) fn MayNotPage(title: &'static str) -> impl IntoView {
    let role = Place::current()
        .member
        .as_ref()
        .map_or("viewer", |member| role_word(member.role));
    view! {
        <PageHeader title=title sentence="Limits of your organization."/>
        <Notice tone=Tone::Warn action=|| view! { <a class="button" href=PATH>"Back to limits"</a> }>
            {format!(
                "You are signed in as {role}. Setting limits needs the role owner or billing: ask an owner of your organization to \
                 set it or to change your role.",
            )}
        </Notice>
    }
}

/// A refusal of the ledger as an error of the form's fields, where it is about one.
pub(crate) fn at_fields(error: PageError) -> PageError {
    let PageError::Service(error) = error else { return error };
    let at = |field: &str, message: String| ServiceError::field(field, "refused", message);
    let mapped = match error {
        ServiceError::Refused(RequestError::AboveCeiling { limit, .. }) => at(
            "amount",
            format!(
                "at most {} credits, which is your vendor's ceiling",
                format::credits(limit)
            ),
        ),
        ServiceError::Refused(RequestError::InvalidLimit(words)) => at("amount", words),
        ServiceError::Invalid(mut fields) => {
            for field in &mut fields {
                field.field = form_field(&field.field).to_owned();
            }
            ServiceError::Invalid(fields)
        }
        other => other,
    };
    mapped.into()
}

/// The field of the form that a field of the service's input is typed into.
fn form_field(field: &str) -> &str {
    let field = field.strip_prefix("scope.").unwrap_or(field);
    match field {
        "limit" | "credits" | "money" | "requests" => "amount",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::credits;
    use crate::gallery::limits::cap;

    #[test]
    fn one_sentence_says_whether_anything_is_stopped() {
        let own = |used: &str| {
            let mut cap = cap("one", LimitOwner::Customer);
            cap.used[0].used = credits(used);
            cap.used[0].held = Credits::ZERO;
            cap
        };
        let left = credits("6412");
        assert_eq!(
            sentence(left, &[]),
            "No cap stops runs before your 6,412 credits are used."
        );
        assert_eq!(
            sentence(left, &[own("412"), own("0")]),
            "Nothing is stopped: all 2 caps have room."
        );
        assert_eq!(
            sentence(left, &[own("500"), own("0")]),
            "1 of 2 caps is full and stops runs."
        );
        assert_eq!(
            sentence(left, &[own("512"), own("500")]),
            "2 of 2 caps are full and stop runs."
        );
        assert!(sentence(Credits::ZERO, &[]).starts_with("No credits are left"));
    }

    #[test]
    fn what_the_ledger_refuses_is_told_at_its_field() {
        let refused = RequestError::AboveCeiling {
            ceiling: "month".parse().unwrap(),
            limit: credits("10000"),
        };
        let PageError::Service(ServiceError::Invalid(fields)) = at_fields(ServiceError::Refused(refused).into()) else {
            panic!("it is no error of a field")
        };
        assert_eq!(fields[0].field, "amount");
        assert!(fields[0].message.contains("10,000"), "{}", fields[0].message);
        assert_eq!(form_field("scope.use_case"), "use_case");
        assert_eq!(form_field("credits"), "amount");
    }
}
