//! `/credits`: what is left and where it comes from: grants in burn order, the ledger's postings, payments.
//!
//! Every credit can be followed here: from a payment to its grant, from the grant to its postings, from a posting
//! ([`posting`]) to the usage events behind it.

mod grants;
mod payments;
pub mod posting;
mod postings;

use drawdown_domain::format;
use drawdown_service::credits::CreditsView;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::amount::{credits_and_money, credits_words};
use crate::components::figure::{Figure, Figures};
use crate::components::page::PageHeader;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::Visit;
use grants::{Grants, Standing, next_expiry};
use payments::Payments;
pub(crate) use payments::state_badge;
use postings::Postings;

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    before: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { before } = visit.query();
    let before: Option<i64> = before.parse().ok();
    let organization = visit.customer()?;
    let credits = visit.service().credits(&visit.actor()?, organization, before).await?;
    let older = before.is_some();
    Ok(Page::new(
        "Credits",
        move || view! { <CreditsPage credits=credits older=older/> },
    ))
}

#[component]
pub(crate) fn CreditsPage(credits: CreditsView, older: bool) -> impl IntoView {
    let may = credits.may_top_up;
    let sentence = sentence(&credits);
    let figures = credits.clone();
    view! {
        <PageHeader title="Credits" sentence=sentence actions=move || view! { <TopUp may=may/> }/>
        <CreditFigures credits=figures/>
        <Grants grants=credits.grants.clone()/>
        <Payments payments=credits.payments may_top_up=may/>
        <Postings postings=credits.postings grants=credits.grants older=older/>
    }
}

/// The one primary action; a role that may not is told so.
#[component]
fn TopUp(may: bool) -> impl IntoView {
    if may {
        view! { <a class="button primary" href="/credits/top-up">"Top up"</a> }.into_any()
    } else {
        view! {
            <span class="button" role="link" aria-disabled="true" title="Topping up needs the role owner or billing">"Top up"</span>
        }
        .into_any()
    }
}

/// `6,412 credits ($64.12) are left in 3 grants; 500 credits expire in 6 days (28 Nov).`
fn sentence(credits: &CreditsView) -> String {
    let left = credits_and_money(credits.left, credits.worth);
    let burnable = credits
        .grants
        .iter()
        .filter(|grant| grant.burn_position.is_some())
        .count();
    let pending = credits
        .grants
        .iter()
        .any(|grant| Standing::of(grant) == Standing::Pending);
    if credits.left.is_positive() {
        let grants = if burnable == 1 {
            "1 grant".to_owned()
        } else {
            format!("{burnable} grants")
        };
        let expiry = next_expiry(&credits.grants).map_or_else(String::new, |words| format!("; {words}"));
        return format!("{left} left in {grants}{expiry}.");
    }
    let mut sentence = if credits.grants.is_empty() {
        "There are no credits yet".to_owned()
    } else {
        "No credits are left".to_owned()
    };
    if credits.owed.is_positive() {
        sentence.push_str(", and ");
        sentence.push_str(&credits_words(credits.owed));
        sentence.push_str(" of usage are owed");
    }
    if pending {
        sentence.push_str("; ");
        sentence.push_str(&credits_words(credits.pending));
        sentence.push_str(" come once they are paid");
    }
    sentence + "."
}

#[component]
fn CreditFigures(credits: CreditsView) -> impl IntoView {
    let exact = |amount| format!("{} credits", format::credits_exact(amount));
    let worth = credits.worth.map(format::money);
    view! {
        <Figures live="credit-figures">
            <Figure
                label="Left" first=true value=format::credits(credits.left) exact=exact(credits.left)
                unit="credits"
                note=worth.map_or_else(|| "can be burned now".to_owned(), |worth| format!("{worth}, can be burned now"))
            />
            <Figure
                label="Held" value=format::credits(credits.held) exact=exact(credits.held)
                note="reserved by runs in progress; what they do not use returns"
            />
            <Figure
                label="Pending" value=format::credits(credits.pending) exact=exact(credits.pending)
                note="yours once their payment is confirmed"
            />
            {credits.owed.is_positive().then(|| view! {
                <Figure
                    label="Owed" value=format::credits(credits.owed) exact=exact(credits.owed)
                    note="used beyond your credits; the next credits settle it"
                />
            })}
        </Figures>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::credits::{empty, example};
    use crate::gallery::data::credits;

    #[test]
    fn one_sentence_says_how_it_stands() {
        let mut view = example();
        assert_eq!(
            sentence(&view),
            "6,412.35 credits ($64.12) left in 3 grants; 412.35 credits expire in 9 days (2 Dec)."
        );
        view.left = credits("0");
        view.owed = credits("120.5");
        view.pending = credits("1000");
        assert_eq!(
            sentence(&view),
            "No credits are left, and 120.5 credits of usage are owed; 1,000 credits come once they are paid."
        );
        assert_eq!(sentence(&empty()), "There are no credits yet.");
    }
}
