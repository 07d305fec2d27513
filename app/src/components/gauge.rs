//! How much of a limit is used and held: a bar, always beside its figures.

use leptos::prelude::*;

use crate::components::notice::Tone;

/// A bar of two parts. Figures stand beside it, so it is not read aloud.
#[component]
pub fn Gauge(
    /// Used, in percent of the whole.
    used: u32,
    /// Held, in percent of the whole.
    #[prop(optional)]
    held: u32,
    /// True where little is what needs care: credits left, not a limit used.
    #[prop(optional)]
    low_is_bad: bool,
    /// True where neither much nor little needs care: a share of a whole.
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    let used = used.min(100);
    let held = held.min(100 - used);
    let class = match (low_is_bad, used + held) {
        _ if plain => "bar",
        (false, 100..) | (true, 0..5) => "bar full",
        (false, 80..) | (true, 0..20) => "bar near",
        _ => "bar",
    };
    view! {
        <svg class=class aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
            <rect class="used" width=used height="1"></rect>
            <rect class="held" x=used width=held height="1"></rect>
        </svg>
    }
}

/// What a fill of so many percent means.
pub const fn tone_of(percent: u32) -> Tone {
    match percent {
        100.. => Tone::Danger,
        80.. => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// `part` in whole percent of `whole`, rounded down, at most 100; zero where there is no whole.
pub fn percent(part: drawdown_domain::Credits, whole: drawdown_domain::Credits) -> u32 {
    if !whole.is_positive() {
        return 0;
    }
    let share = i128::from(part.micros().max(0)) * 100 / i128::from(whole.micros());
    u32::try_from(share.min(100)).unwrap_or(100)
}

/// `41 %`, rounded, so that shares add up to about a hundred; something that is less than one percent is not
/// nothing.
pub fn share_words(part: drawdown_domain::Credits, whole: drawdown_domain::Credits) -> String {
    if !whole.is_positive() {
        return "–".to_owned();
    }
    let (part, whole) = (i128::from(part.micros()), i128::from(whole.micros()));
    match (part * 200 + whole) / (whole * 2) {
        0 if part > 0 => "< 1 %".to_owned(),
        share => format!("{share} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drawdown_domain::Credits;

    #[test]
    fn percent_stays_between_nothing_and_all() {
        let of = |text: &str| text.parse::<Credits>().unwrap();
        assert_eq!(percent(of("412"), of("500")), 82);
        assert_eq!(percent(of("600"), of("500")), 100);
        assert_eq!(percent(of("-1"), of("500")), 0);
        assert_eq!(percent(of("1"), Credits::ZERO), 0);
        assert_eq!(percent(Credits::MAX, Credits::MAX), 100);
    }

    #[test]
    fn shares_are_honest_at_the_edges() {
        let of = |text: &str| text.parse::<Credits>().unwrap();
        assert_eq!(share_words(of("41"), of("100")), "41 %");
        assert_eq!(share_words(of("2"), of("3")), "67 %");
        assert_eq!(share_words(of("0.001"), of("100")), "< 1 %");
        assert_eq!(share_words(of("0"), of("100")), "0 %");
        assert_eq!(share_words(of("0"), of("0")), "–");
    }
}
