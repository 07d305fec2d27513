//! Time as it is shown: relative, with the absolute one and its zone in the title, or both.

use drawdown_service::Moment;
use leptos::prelude::*;

/// `in 6 hours` with `Fri 22 Nov 2026, 00:00 Tokyo` in its title.
#[component]
pub fn Time(
    /// When.
    moment: Moment,
    /// True where the absolute time is shown, too: `in 6 hours, 00:00`.
    #[prop(optional)]
    both: bool,
) -> impl IntoView {
    let Moment {
        iso, full, relative, ..
    } = moment;
    let shown = if both { format!("{relative}, {full}") } else { relative };
    view! { <time datetime=iso title=full>{shown}</time> }
}

/// `14:02` or `22 Nov`, whichever tells more, with the whole in its title.
#[component]
pub fn ShortTime(
    /// When.
    moment: Moment,
    /// The present: of the same day the time is shown, of others the day.
    today: String,
) -> impl IntoView {
    let Moment {
        iso,
        full,
        date,
        day,
        time,
        ..
    } = moment;
    let shown = if date == today { time } else { day };
    view! { <time datetime=iso title=full>{shown}</time> }
}

/// `22 Nov, 14:02`, with the whole and how far away it is in its title: for lists in the order of time.
#[component]
pub fn DayAndTime(
    /// When.
    moment: Moment,
) -> impl IntoView {
    let shown = format!("{}, {}", moment.day, moment.time);
    let title = format!("{}, {}", moment.full, moment.relative);
    view! { <time datetime=moment.iso title=title>{shown}</time> }
}
