//! The first step: how much. Each amount with the credits that it buys and how long they last.

use drawdown_domain::{Money, format};
use drawdown_service::payments::{Offer, Offers};
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::FORM;
use crate::components::amount::credits_words;
use crate::components::form::{ErrorSummary, Field};
use crate::components::moment::Time;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::visit::Place;

/// The step; `chosen` is what an earlier step had chosen.
#[component]
pub(crate) fn ChoosePage(offers: Offers, #[prop(optional)] chosen: Option<Money>) -> impl IntoView {
    let sentence = format!(
        "{} left. {} buys {}.",
        credits_words(offers.left),
        format::money(Money::new(10_i64.pow(offers.currency.places()), offers.currency)),
        rate_words(offers.conversion_rate),
    );
    let steps = offers.clone();
    view! {
        <PageHeader
            title="Top up" sentence=sentence
            actions=|| view! { <a class="button quiet" href="/credits">"Back to credits"</a> }
        />
        <div class="columns">
            <Panel id="amount" title="How much?" class="wide">
                <form class="form top-up" method="post" action="/actions/check-top-up">
                    <ErrorSummary form=FORM/>
                    <OfferChoice offers=offers.clone() nostrip:chosen=chosen/>
                    <OtherAmount offers=offers.clone() nostrip:chosen=chosen/>
                    <div class="buttons">
                        <button class="button primary" type="submit">"Continue"</button>
                        <span class="quiet">"Nothing is charged yet."</span>
                    </div>
                </form>
            </Panel>
            <Panel id="next" title="What happens next" class="narrow"><Steps offers=steps/></Panel>
        </div>
    }
}

#[component]
fn OfferChoice(offers: Offers, #[prop(optional)] chosen: Option<Money>) -> impl IntoView {
    let place = Place::current();
    let first = offers
        .offers
        .get(usize::from(offers.offers.len() > 1))
        .map(|offer| offer.money);
    let shown = chosen
        .or(first)
        .map_or_else(String::new, |money| money.minor.to_string());
    let typed = place.flash.typed(FORM, "offer", &shown).to_owned();
    let lasts = offers.lasts_days.unwrap_or_default();
    let choices = offers
        .offers
        .into_iter()
        .enumerate()
        .map(|(at, Offer { money, credits })| {
            let value = money.minor.to_string();
            let checked = value == typed;
            let lasts = lasts.get(at).copied().map(lasts_words);
            view! {
                <label class="choice offer">
                    <input type="radio" name="offer" value=value checked=checked/>
                    <strong class="number">{format::money(money)}</strong>
                    <span class="number">{credits_words(credits)}</span>
                    {lasts.map(|words| view! { <small class="quiet">{words}</small> })}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices offers">
            <legend class="aside">"Amounts"</legend>
            {choices}
        </fieldset>
    }
}

#[component]
fn OtherAmount(offers: Offers, #[prop(optional)] chosen: Option<Money>) -> impl IntoView {
    let offered = chosen.is_none_or(|money| offers.offers.iter().any(|offer| offer.money == money));
    let value = chosen
        .filter(|_| !offered)
        .map_or_else(String::new, |money| money.to_decimal().to_string());
    let help = format!(
        "From {} to {}. It counts instead of the choice above.",
        format::money(offers.least),
        format::money(offers.most)
    );
    view! {
        <Field
            form=FORM name="amount" label="Another amount" required=false value=value inputmode="decimal"
            unit=offers.currency.to_string() help=help length_max=24
        />
    }
}

/// What happens after the button, in the order in which it happens.
#[component]
fn Steps(offers: Offers) -> impl IntoView {
    let owed = offers.owed;
    view! {
        <ol class="steps">
            <li>"You see the amount and what it buys once more, and confirm it."</li>
            <li>"You pay on the payment provider's page. No card is stored here."</li>
            <li>"The credits are yours as soon as the provider says that they are paid, usually at once. Until then they are pending."</li>
            {owed.is_positive().then(|| view! {
                <li>{format!("{} that you owe are settled first.", credits_words(owed))}</li>
            })}
            <li>
                {match offers.expires {
                    Some(end) => view! { "They expire " <Time moment=end both=true/> "." }.into_any(),
                    None => view! { "They do not expire." }.into_any(),
                }}
            </li>
        </ol>
    }
}

/// `100 credits`, of one major unit.
fn rate_words(rate: Decimal) -> String {
    match drawdown_domain::Credits::round(rate) {
        Ok(credits) => credits_words(credits),
        Err(_) => format!("{} credits", rate.normalize()),
    }
}

/// How long an amount lasts at the usual burn.
pub(super) fn lasts_words(days: i64) -> String {
    match days {
        0 => "less than a usual day".to_owned(),
        1 => "about 1 usual day".to_owned(),
        days => format!("about {} usual days", format::count(days)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_long_an_amount_lasts_and_what_a_unit_buys() {
        assert_eq!(lasts_words(0), "less than a usual day");
        assert_eq!(lasts_words(1), "about 1 usual day");
        assert_eq!(lasts_words(1_204), "about 1,204 usual days");
        assert_eq!(rate_words(Decimal::new(1_111, 1)), "111.1 credits");
        assert_eq!(rate_words(Decimal::ONE), "1 credit");
    }
}
