//! `/credits/top-up`: choose an amount, see in words what it buys, pay at the provider, come back and see how it stands.
//!
//! One address, three steps: without parameters the choice; with `amount` (minor units) and `pay` the confirmation;
//! with `payment` the outcome. The identifier in `pay` is the payment that will be started: sending the form twice, or
//! going back and sending it again, starts that one payment.

mod choose;
mod confirm;
mod outcome;
mod server_fns;

use drawdown_domain::{Currency, Money};
use drawdown_service::payments::{Offers, PaymentView};
use drawdown_service::{Action, Service};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::Visit;
pub(crate) use choose::ChoosePage;
pub(crate) use confirm::ConfirmPage;
pub(crate) use outcome::OutcomePage;

/// The page's address.
const PATH: &str = "/credits/top-up";
/// The form's name in messages.
const FORM: &str = "top-up";

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    pay: String,
    #[serde(default)]
    payment: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let query: Query = visit.query();
    let (actor, organization) = (visit.actor()?, visit.member()?.organization);
    let service = visit.service();
    if !query.payment.is_empty() {
        let payment = query.payment.parse().map_err(|_| PageError::NotFound("payment"))?;
        return Ok(outcome_page(service, service.payment(&actor, payment).await?));
    }
    if !visit.may(Action::TopUp) {
        return Ok(Page::new("Top up", || view! { <MayNotPage/> }));
    }
    let offers = service.offers(&actor, organization).await?;
    let amount = minor_amount(&query.amount, &offers);
    if let (Some(money), Ok(pay)) = (amount, query.pay.parse()) {
        return Ok(Page::new(
            "Confirm the top-up",
            move || view! { <ConfirmPage offers=offers money=money payment=pay/> },
        ));
    }
    Ok(Page::new(
        "Top up",
        move || view! { <ChoosePage offers=offers nostrip:chosen=amount/> },
    ))
}

fn outcome_page(service: &Service, payment: PaymentView) -> Page {
    let checkout = payment.checkout.as_deref().map(|address| own_address(service, address));
    Page::new(
        "Top up",
        move || view! { <OutcomePage payment=payment nostrip:checkout=checkout/> },
    )
}

/// An amount in minor units, as the address says it, where it can be paid.
fn minor_amount(text: &str, offers: &Offers) -> Option<Money> {
    let money = Money::new(text.parse().ok()?, offers.currency);
    within(money, offers).ok()
}

/// The amount, where it lies between the least and the most.
fn within(money: Money, offers: &Offers) -> Result<Money, String> {
    let words = drawdown_domain::format::money;
    if money.minor < offers.least.minor {
        Err(format!("at least {}", words(offers.least)))
    } else if money.minor > offers.most.minor {
        Err(format!("at most {}", words(offers.most)))
    } else {
        Ok(money)
    }
}

/// What was chosen: the typed amount where one was typed, otherwise the offer.
fn chosen(offer: &str, typed: &str, offers: &Offers) -> Result<Money, String> {
    let currency: Currency = offers.currency;
    let money = if typed.trim().is_empty() {
        let minor = offer.parse().map_err(|_| "choose an amount or type one".to_owned())?;
        Money::new(minor, currency)
    } else {
        crate::typed::money(typed, currency)?
    };
    within(money, offers)
}

/// An address of ours without the scheme and host by which the installation is known, so that it leads on within the
/// browser's own; another's as it is.
pub(crate) fn own_address(service: &Service, address: &str) -> String {
    relative(&service.settings().public_url, address).to_owned()
}

fn relative<'a>(public_url: &str, address: &'a str) -> &'a str {
    match address.strip_prefix(public_url) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => address,
    }
}

#[component]
pub(crate) fn MayNotPage() -> impl IntoView {
    let role = crate::visit::Place::current()
        .member
        .as_ref()
        .map_or("viewer", |member| crate::components::rail::role_word(member.role));
    view! {
        <PageHeader title="Top up" sentence="Buy credits for your organization."/>
        <Notice tone=Tone::Warn action=|| view! { <a class="button" href="/credits">"Back to credits"</a> }>
            {format!(
                "You are signed in as {role}. Topping up needs the role owner or billing: ask an owner of your organization to top \
                 up or to change your role.",
            )}
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::top_up::offers;

    #[test]
    fn what_is_typed_counts_before_what_is_chosen() {
        let offers = offers();
        let usd = |minor| Ok(Money::new(minor, Currency::USD));
        assert_eq!(chosen("5000", "", &offers), usd(5_000));
        assert_eq!(chosen("5000", " 70 ", &offers), usd(7_000));
        assert_eq!(chosen("", "1,250.50", &offers), usd(125_050));
    }

    #[test]
    fn what_cannot_be_paid_is_refused_with_what_can() {
        let offers = offers();
        for (offer, typed, told) in [
            ("", "", "choose an amount or type one"),
            ("x", "", "choose an amount or type one"),
            ("", "1", "at least $5.00"),
            ("", "10000.01", "at most $10,000.00"),
            ("-5", "", "at least $5.00"),
            ("", "ten", "write it like 1250 or 1250.50"),
            ("", "5.001", "at most 2 decimals"),
        ] {
            assert_eq!(
                chosen(offer, typed, &offers),
                Err(told.to_owned()),
                "{offer:?} {typed:?}"
            );
        }
    }

    #[test]
    fn an_address_can_only_confirm_what_can_be_paid() {
        let offers = offers();
        assert_eq!(minor_amount("5000", &offers), Some(Money::new(5_000, Currency::USD)));
        for text in ["", "4", "1000001", "-5000", "5e3", "99999999999999999999"] {
            assert_eq!(minor_amount(text, &offers), None, "{text}");
        }
    }

    #[test]
    fn addresses_of_ours_stay_in_the_browsers_own_host() {
        let url = "https://credits.example";
        assert_eq!(relative(url, "https://credits.example/sandbox/pay/x"), "/sandbox/pay/x");
        assert_eq!(relative(url, "/sandbox/pay/x"), "/sandbox/pay/x");
        assert_eq!(relative(url, "https://pay.example/x"), "https://pay.example/x");
        assert_eq!(
            relative(url, "https://credits.example.evil/x"),
            "https://credits.example.evil/x"
        );
    }
}
