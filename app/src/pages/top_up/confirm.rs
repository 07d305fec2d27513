//! The second step: the amount and what it buys, in words, before anything is started.

use drawdown_domain::id::PaymentId;
use drawdown_domain::plan::rate_for;
use drawdown_domain::{Credits, Money, format};
use drawdown_service::payments::Offers;
use leptos::prelude::*;

use super::{FORM, PATH};
use crate::components::amount::credits_words;
use crate::components::confirm::Confirm;
use crate::components::form::ErrorSummary;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;

/// The step.
#[component]
pub(crate) fn ConfirmPage(offers: Offers, money: Money, payment: PaymentId) -> impl IntoView {
    let rate = rate_for(offers.conversion_rate, &offers.conversion_tiers, money);
    let credits = money.buys(rate).unwrap_or(Credits::MAX);
    let back = crate::address::with_query(PATH, &[("amount", &money.minor.to_string())]);
    let fields = vec![("payment", payment.to_string()), ("amount", money.minor.to_string())];
    view! {
        <PageHeader title="Confirm the top-up" sentence="Nothing is charged before you pay on the next page."/>
        <Panel id="confirm" title="Is this right?">
            <ErrorSummary form=FORM/>
            <Confirm
                action="/actions/start-top-up" sentence=sentence(money, credits)
                consequence=consequence(&offers, credits) fields=fields
                button=format!("Go and pay {}", format::money(money)) back=back back_word="Back"
            />
        </Panel>
    }
}

/// `Buy 5,000 credits for $50.00.`
fn sentence(money: Money, credits: Credits) -> String {
    format!("Buy {} for {}.", credits_words(credits), format::money(money))
}

/// What it means for the balance.
fn consequence(offers: &Offers, credits: Credits) -> String {
    let settled = offers.owed.min(credits);
    let after = offers
        .left
        .checked_add(credits.saturating_sub(settled))
        .unwrap_or(Credits::MAX);
    let owed = if settled.is_positive() {
        format!(" {} of them settle what you owe.", credits_words(settled))
    } else {
        String::new()
    };
    let end = match &offers.expires {
        Some(end) => format!("They expire {} ({}).", end.relative, end.full),
        None => "They do not expire.".to_owned(),
    };
    format!(
        "You pay on the payment provider's page. Once it is paid you have {} to burn.{owed} {end}",
        credits_words(after)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::credits;
    use crate::gallery::top_up::offers;
    use drawdown_domain::Currency;

    #[test]
    fn the_words_say_what_is_paid_what_it_buys_and_what_is_left_then() {
        let (money, bought) = (Money::new(5_000, Currency::USD), credits("5000"));
        assert_eq!(sentence(money, bought), "Buy 5,000 credits for $50.00.");
        let mut offers = offers();
        offers.left = credits("12.5");
        assert_eq!(
            consequence(&offers, bought),
            "You pay on the payment provider's page. Once it is paid you have 5,012.5 credits to burn. They expire in 365 days \
             (Mon 22 Nov 2027, 14:02 Tokyo)."
        );
        (offers.owed, offers.left, offers.expires) = (credits("120"), Credits::ZERO, None);
        assert_eq!(
            consequence(&offers, bought),
            "You pay on the payment provider's page. Once it is paid you have 4,880 credits to burn. 120 credits of them settle \
             what you owe. They do not expire."
        );
    }
}
