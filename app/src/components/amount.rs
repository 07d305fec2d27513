//! Credits and money as they are shown: short, with the exact value in the title.

use drawdown_domain::{Credits, Money, format};
use leptos::prelude::*;

/// `6,412.5` with the exact value in its title. The unit stands beside it: in a label, a column's head, a `small`.
#[component]
pub fn Amount(
    /// The credits.
    credits: Credits,
) -> impl IntoView {
    let (shown, exact) = (format::credits(credits), format::credits_exact(credits));
    let title = (shown != exact).then(|| format!("{exact} credits"));
    view! { <span class="number" title=title>{shown}</span> }
}

/// `6,412 credits`, as a text.
pub fn credits_words(credits: Credits) -> String {
    let shown = format::credits(credits);
    let unit = if shown == "1" { "credit" } else { "credits" };
    format!("{shown} {unit}")
}

/// `6,412 credits ($64.12)`, as a text; money only where it is known.
pub fn credits_and_money(credits: Credits, worth: Option<Money>) -> String {
    match worth {
        Some(money) => format!("{} ({})", credits_words(credits), format::money(money)),
        None => credits_words(credits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drawdown_domain::Currency;

    #[test]
    fn credits_come_first_and_money_after() {
        let credits: Credits = "6412".parse().unwrap();
        let worth = Money::new(6_412, Currency::USD);
        assert_eq!(credits_and_money(credits, Some(worth)), "6,412 credits ($64.12)");
        assert_eq!(credits_and_money("1".parse().unwrap(), None), "1 credit");
        assert_eq!(credits_words(Credits::ZERO), "0 credits");
    }
}
