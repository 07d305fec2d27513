//! Credits that wait for a second person: the panel on a customer's account, and `/manage/customers/{id}/adjustments/{request}`,
//! where somebody else approves or refuses and whoever asked withdraws.

use drawdown_domain::id::{AdjustmentId, OrganizationId};
use drawdown_service::Action;
use drawdown_service::adjustments::{AdjustmentKind, AdjustmentState, AdjustmentView};
use leptos::prelude::*;

use super::super::head::CustomerPages;
use crate::address::customer_path;
use crate::components::amount::Amount;
use crate::components::confirm::Confirm;
use crate::components::form::{Area, ErrorSummary};
use crate::components::moment::DayAndTime;
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::{Listing, act, figures, text};
use crate::error::PageError;
use crate::pages::manage::adjustments::HOME;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "adjustment";

/// The request that the address names.
fn named(path: &str) -> Result<AdjustmentId, PageError> {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.parse().map_err(|_| PageError::NotFound("adjustment"))
}

/// The page of one request.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let service = visit.service();
    let request = service.adjustment(&actor, customer, named(visit.path())?).await?;
    let name = service.organization(&actor, customer).await?.name;
    Ok(Page::new(
        "Adjustment",
        move || view! { <AdjustmentPage name=name request=request/> },
    )
    .still())
}

/// The panel on the account; nothing where nothing waits.
#[component]
pub(super) fn Waiting(adjustments: Vec<AdjustmentView>) -> impl IntoView {
    (!adjustments.is_empty()).then(|| {
        view! {
            <Panel id="adjustments" title="Waiting for a second person" words="Above the limit one asks, and somebody else of finance or an administrator approves.">
                <WaitingTable adjustments=adjustments.into_iter().map(|request| (None, request)).collect()/>
            </Panel>
        }
    })
}

/// Adjustments that wait for a second person: each leads to its page, where everything it does is read before it is decided.
#[component]
pub(crate) fn WaitingTable(
    /// Each with its customer, where they are of several.
    adjustments: Vec<(Option<(OrganizationId, String)>, AdjustmentView)>,
) -> impl IntoView {
    let place = Place::current();
    let of_several = adjustments.iter().any(|(customer, _)| customer.is_some());
    let row = move |(customer, request): (Option<(OrganizationId, String)>, AdjustmentView)| {
        let word = match request.state {
            AdjustmentState::Pending if request.may_decide => "Decide",
            AdjustmentState::Pending if request.may_withdraw => "Withdraw",
            _ => "See it",
        };
        let below = format!("/adjustments/{}", request.id);
        let what = view! {
            <span class="cell">
                <span>{kind_word(request.kind)}</span>
                <small class="quiet grant-note">{request.reason}</small>
            </span>
        };
        let (href, label, first) = match customer {
            Some((id, name)) => (
                customer_path(id, &below),
                format!("{word}: {name}. {}", request.sentence),
                view! {
                    <th scope="row"><a class="customer-name" href=customer_path(id, "")>{name}</a></th>
                    <td data-label="What">{what}</td>
                }
                .into_any(),
            ),
            None => (
                place.link(&below),
                format!("{word}: {}", request.sentence),
                view! { <th scope="row">{what}</th> }.into_any(),
            ),
        };
        view! {
            <tr>
                {first}
                <td class="number" data-label="Credits"><Amount credits=request.credits/></td>
                <td data-label="Asked by">{request.asked_by}</td>
                <td data-label="When"><DayAndTime moment=request.asked/></td>
                <td data-label="State">{state_words(request.state)}</td>
                <td data-label="Act"><a class="button small" href=href aria-label=label>{word}</a></td>
            </tr>
        }
    };
    let mut heads = Vec::from_iter(of_several.then(|| text("Customer")));
    heads.extend([
        text("What"),
        figures("Credits"),
        text("Asked by"),
        text("When"),
        text("State"),
        act("Act"),
    ]);
    view! {
        <Listing caption="Adjustments that wait for a second person, the oldest first" heads=heads>
            {adjustments.into_iter().map(row).collect_view()}
        </Listing>
    }
}

/// Give or take back, as pages say it.
fn kind_word(kind: AdjustmentKind) -> &'static str {
    match kind {
        AdjustmentKind::Give => "Give",
        AdjustmentKind::TakeBack => "Take back",
    }
}

/// How far a request is, as pages say it.
fn state_words(state: AdjustmentState) -> &'static str {
    match state {
        AdjustmentState::Pending => "waits for a second person",
        AdjustmentState::Approved => "approved, being booked",
        AdjustmentState::Booked => "approved and booked",
        AdjustmentState::Failed => "approved, but the ledger refused it",
        AdjustmentState::Refused => "refused",
        AdjustmentState::Withdrawn => "withdrawn",
    }
}

#[component]
pub(crate) fn AdjustmentPage(name: String, request: AdjustmentView) -> impl IntoView {
    let sentence = format!("For {name}: {}.", state_words(request.state));
    let facts = request.clone();
    view! {
        <CustomerPages/>
        <PageHeader title="Adjustment" sentence=sentence/>
        <Panel id="adjustment" title="What is asked for">
            <ErrorSummary form=FORM/>
            <RequestFacts request=facts/>
        </Panel>
        <Acts request=request/>
    }
}

#[component]
fn RequestFacts(request: AdjustmentView) -> impl IntoView {
    let decided = request.decided.map(|(who, when)| {
        view! { <p class="quiet">{format!("Decided by {who}, ")}<DayAndTime moment=when/>"."</p> }
    });
    let outcome = request
        .outcome
        .map(|words| view! { <p class="quiet">{format!("Why: {words}")}</p> });
    view! {
        <div class="stack">
            <p class="confirm-sentence">{request.sentence}</p>
            <p>{format!("Reason: {}", request.reason)}</p>
            <p class="quiet">{format!("Asked by {}, ", request.asked_by)}<DayAndTime moment=request.asked/>"."</p>
            {decided}
            {outcome}
        </div>
    }
}

/// What whoever looks may do; the step is confirmed here, because everything it does stands above.
#[component]
fn Acts(request: AdjustmentView) -> impl IntoView {
    let place = Place::current();
    let back = place.link("#adjustments");
    let customer = place.customer.map(|id| id.to_string()).unwrap_or_default();
    let fields = vec![("customer", customer.clone()), ("request", request.id.to_string())];
    if request.may_withdraw {
        return view! {
            <Notice>"You asked for this, so somebody else of finance or an administrator has to approve it. Show them this page."</Notice>
            <Panel id="withdraw" title="Withdraw it">
                <Confirm
                    action="/actions/manage-withdraw-adjustment" sentence="Withdraw what you asked for."
                    consequence="Nothing was booked, and nothing will be. You can ask again." fields=fields button="Withdraw it" back=back
                />
            </Panel>
        }
        .into_any();
    }
    if request.may_decide {
        let approve = approve_words(&request);
        let id = request.id.to_string();
        return view! {
            <Panel id="approve" title="Approve it">
                <Confirm
                    action="/actions/manage-approve-adjustment" sentence=approve.0 consequence=approve.1 fields=fields
                    destructive={request.kind == AdjustmentKind::TakeBack} button="Approve and book" back=back
                />
            </Panel>
            <Panel id="refuse" title="Or refuse it">
                <form class="confirm" method="post" action="/actions/manage-refuse-adjustment">
                    <p class="quiet">"Nothing will be booked. Whoever asked can ask again."</p>
                    <input type="hidden" name="customer" value=customer/>
                    <input type="hidden" name="request" value=id/>
                    <Area form=FORM name="reason" label="Why it is refused" length_max=500 help="In the audit log, and on this page."/>
                    <div class="buttons"><button class="button danger" type="submit">"Refuse it"</button></div>
                </form>
            </Panel>
        }
        .into_any();
    }
    let next = match request.state {
        AdjustmentState::Pending => "Somebody else of finance or an administrator decides on this.",
        AdjustmentState::Approved => "It is booked within seconds; nothing more has to be done.",
        AdjustmentState::Failed => {
            "Nothing was changed. Look at the grants as they are now, and ask again where it is still right."
        }
        AdjustmentState::Booked | AdjustmentState::Refused | AdjustmentState::Withdrawn => {
            "Nothing more has to be done."
        }
    };
    let staff = place.staff.as_ref();
    let more = staff.is_some_and(|staff| staff.may(Action::AdjustAboveLimit, None));
    let tone = if request.state == AdjustmentState::Failed {
        Tone::Danger
    } else {
        Tone::Accent
    };
    view! {
        <Notice tone=tone>{next}</Notice>
        <p class="buttons">
            <a class="button" href=place.link("")>"To the account"</a>
            {more.then(|| view! { <a class="button" href=HOME>"All that wait"</a> })}
        </p>
    }
    .into_any()
}

/// What approving does, and what it means.
fn approve_words(request: &AdjustmentView) -> (String, &'static str) {
    let (who, sentence) = (&request.asked_by, &request.sentence);
    let means = match request.kind {
        AdjustmentKind::Give => {
            "The customer can burn them at once. It is booked once, under your name and that of whoever asked."
        }
        AdjustmentKind::TakeBack => {
            "What is unspent by then is lost to the customer at once and cannot be given back. Nothing that was paid is paid back."
        }
    };
    (format!("Approve what {who} asks for. {sentence}"), means)
}
