//! `/manage/customers/{id}/take-back?grant=…`: takes back what is unspent of a grant, for a reason, once it is confirmed.

use drawdown_domain::format;
use drawdown_domain::id::GrantId;
use drawdown_service::adjustments::{at_stake, is_voidable};
use drawdown_service::grants::GrantView;
use leptos::prelude::*;
use serde::Deserialize;

use super::step::LastStep;
use crate::components::amount::credits_words;
use crate::components::posting_words::short_grant;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "take-back";

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    grant: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { grant } = visit.query();
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_give(&actor, customer)?;
    let wanted: Option<GrantId> = grant.parse().ok();
    let grants = visit.service().grants(&actor, customer).await?;
    let grant = grants
        .into_iter()
        .find(|grant| Some(grant.id) == wanted && is_voidable(grant))
        .ok_or(PageError::NotFound("grant with unspent credits"))?;
    let name = visit.service().organization(&actor, customer).await?.name;
    let second = visit.service().takes_second_person(at_stake(&grant));
    Ok(Page::new(
        "Take credits back",
        move || view! { <TakeBackPage name=name grant=grant second=second/> },
    )
    .still())
}

#[component]
pub(crate) fn TakeBackPage(
    name: String,
    grant: GrantView,
    /// True where a second person has to approve it.
    second: bool,
) -> impl IntoView {
    let verb = if second { "Ask to take" } else { "Take" };
    let lost = if second {
        "Nothing is taken until somebody else of finance or an administrator approves it. Then they are lost to the customer at \
         once and cannot be given back; new credits can be given."
    } else {
        "They are lost to the customer at once and cannot be given back; new credits can be given."
    };
    let button = if second { "Ask for approval" } else { "Take them back" };
    let sentence = format!(
        "{verb} {} back from {name}: all that is unspent of {} {}.",
        credits_words(grant.remaining),
        grant.source.to_lowercase(),
        short_grant(grant.id),
    );
    let held = grant.held.is_positive().then(|| {
        format!(
            "{} more are held by runs in progress; what they do not use is taken back, too.",
            format::credits(grant.held)
        )
    });
    let paid = grant.paid.filter(|paid| paid.minor > 0).map(|paid| {
        format!(
            "{} was paid for this grant. Taking it back pays nothing back.",
            format::money(paid)
        )
    });
    view! {
        <LastStep
            title="Take credits back" form=FORM action="/actions/manage-take-back" sentence=sentence consequence=lost
            fields=vec![("grant", grant.id.to_string())] button=button destructive=true asks_reason=true
            back=Place::current().link("")
        >
            {held.map(|words| view! { <p class="quiet">{words}</p> })}
            {paid.map(|words| view! { <p class="quiet">{words}</p> })}
        </LastStep>
    }
}
