//! The words of a decision: what stopped a run, how far each limit is used, and what would let the run start.

use super::calendar::Calendar;
use crate::credits::Credits;
use crate::format;
use crate::key::Key;
use crate::limit::{Cap, LimitOwner, Throttle, ThrottleLimit, ThrottlePeriod, Window};
use crate::outcome::{LimitStatus, Reason, ReasonCode};
use crate::plan::FairStanding;
use crate::timestamp::Timestamp;

/// A reason that only somebody's act can clear.
fn standing(code: ReasonCode, message: String, unblock: &str) -> Reason {
    Reason {
        code,
        message,
        limit: None,
        unblock: unblock.to_owned(),
        unblocks_at: None,
    }
}

/// The organization is suspended.
pub(super) fn suspended() -> Reason {
    standing(
        ReasonCode::OrganizationSuspended,
        "The organization is suspended.".to_owned(),
        "Ask the vendor to resume it.",
    )
}

/// The organization has no plan. What it bought under one that asks for it rests meanwhile.
pub(super) fn no_plan(resting: Credits) -> Reason {
    let rests = match resting {
        Credits::ZERO => String::new(),
        resting => format!(
            " {} bought credits rest until it is on one again; their validity runs on.",
            format::credits(resting)
        ),
    };
    standing(
        ReasonCode::NoPlan,
        format!("The organization is not on a plan.{rests}"),
        "Choose a plan, or ask the vendor for one.",
    )
}

/// Something that the plan leaves out.
pub(super) fn not_in_plan(code: ReasonCode, what: &str, name: &Key) -> Reason {
    standing(
        code,
        format!("The plan does not include the {what} {name}."),
        &format!("Move to a plan that includes {name}, or run it another way."),
    )
}

/// A cap that the run does not fit under.
pub(super) fn cap(cap: &Cap, status: &LimitStatus, unblocks_at: Option<Timestamp>, calendar: &Calendar) -> Reason {
    let reserved = if status.held.is_zero() {
        String::new()
    } else {
        format!(" and {} reserved", format::credits(status.held))
    };
    let reset = status.resets_at.map_or_else(
        || "it is never reset".to_owned(),
        |at| match cap.window {
            Window::RollingHours(_) => format!("the oldest use leaves at {}", moment(calendar, at)),
            _ => format!("resets {}", moment(calendar, at)),
        },
    );
    let message = format!(
        "Cap {}{}: {} of {} credits used{reserved} {}, {} more asked; {reset}.",
        cap.name,
        of_each(status),
        format::credits(status.used),
        format::credits(status.limit),
        span(cap.window),
        format::credits(status.requested),
    );
    let raise = raise("cap", &cap.name, cap.owner);
    let unblock = match unblocks_at {
        Some(at) => format!("{raise}, or wait until {}.", moment(calendar, at)),
        None if status.requested > status.limit => {
            format!("{raise}: this run alone asks for more than it allows.")
        }
        None => format!("{raise}."),
    };
    Reason {
        code: ReasonCode::CapExceeded,
        message,
        limit: Some(cap.name.clone()),
        unblock,
        unblocks_at,
    }
}

/// A throttle that does not admit the run now.
pub(super) fn throttle(
    throttle: &Throttle,
    status: &LimitStatus,
    unblocks_at: Option<Timestamp>,
    now: Timestamp,
) -> Reason {
    let (rate, unit) = match throttle.limit {
        ThrottleLimit::Requests(runs) => (format::count(i64::from(runs)), "runs"),
        ThrottleLimit::Credits(credits) => (format::credits(credits), "credits"),
    };
    let asked = match throttle.limit {
        ThrottleLimit::Requests(_) => String::new(),
        ThrottleLimit::Credits(_) => format!(", {} more asked", format::credits(status.requested)),
    };
    let next = unblocks_at.map_or_else(String::new, |at| format!("; there is room {}", soon(at, now)));
    let message = format!(
        "Throttle {}{}: {} of {} {unit} used{asked}; it refills at {rate} {}{next}.",
        throttle.name,
        of_each(status),
        format::credits(status.used),
        format::credits(status.limit),
        period(throttle.per),
    );
    let raise = raise("throttle", &throttle.name, throttle.owner);
    let unblock = match unblocks_at {
        Some(at) => format!("Retry {}, or {}.", soon(at, now), lower_first(&raise)),
        None => format!("{raise}: this run alone is larger than it ever admits."),
    };
    Reason {
        code: ReasonCode::ThrottleExceeded,
        message,
        limit: Some(throttle.name.clone()),
        unblock,
        unblocks_at,
    }
}

/// Beyond the soft allowance of fair use, and faster than the rate that holds there.
pub(super) fn fair_use(standing: &FairStanding, unblocks_at: Option<Timestamp>, now: Timestamp) -> Reason {
    let rate = standing.rate.map_or_else(String::new, |rate| {
        format!(
            "; from here {} runs {}",
            format::count(i64::from(rate.requests)),
            period(rate.per)
        )
    });
    let next = unblocks_at.map_or_else(String::new, |at| format!(", the next {}", soon(at, now)));
    Reason {
        code: ReasonCode::FairUse,
        message: format!(
            "Fair use: {} credits used at list price{rate}{next}.",
            format::credits(standing.used)
        ),
        limit: Some("fair_use".parse().expect("fair_use is a key")),
        unblock: match unblocks_at {
            Some(at) => format!("Retry {}: runs go on, more slowly.", soon(at, now)),
            None => "Runs go on, more slowly.".to_owned(),
        },
        unblocks_at,
    }
}

/// Too few credits. `arrives` is when credits that are granted already suffice.
pub(super) fn credits(
    available: Credits,
    requested: Credits,
    use_case: &Key,
    arrives: Option<Timestamp>,
    calendar: &Calendar,
) -> Reason {
    let missing = requested.saturating_sub(available);
    let top_up = format!("Top up at least {} credits", format::credits_exact(missing));
    Reason {
        code: ReasonCode::InsufficientCredits,
        message: format!(
            "Credits: {} left for {use_case}, {} asked.",
            format::credits(available),
            format::credits(requested)
        ),
        limit: None,
        unblock: match arrives {
            Some(at) => format!(
                "{top_up}, or wait until {}, when more credits become valid.",
                moment(calendar, at)
            ),
            None => format!("{top_up}."),
        },
        unblocks_at: arrives,
    }
}

/// Usage beyond the credits that the plan wants settled first.
pub(super) fn owed(owed: Credits) -> Reason {
    standing(
        ReasonCode::OverageOwed,
        format!(
            "{} credits of earlier usage are owed, and the plan allows no run until they are settled.",
            format::credits(owed)
        ),
        &format!("Top up at least {} credits.", format::credits_exact(owed)),
    )
}

/// An instant in the organization's zone: `Fri 20 Nov 2026 00:00 Asia/Tokyo`.
pub(super) fn moment(calendar: &Calendar, at: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let parts = calendar.zone().parts(at);
    let name = |names: &[&'static str], number: i8| {
        usize::try_from(number - 1)
            .ok()
            .and_then(|index| names.get(index).copied())
            .unwrap_or_default()
    };
    format!(
        "{} {} {} {} {:02}:{:02} {}",
        name(&DAYS, parts.weekday),
        parts.day,
        name(&MONTHS, parts.month),
        parts.year,
        parts.hour,
        parts.minute,
        calendar.zone().name(),
    )
}

fn span(window: Window) -> String {
    match window {
        Window::Day => "today".to_owned(),
        Window::Week => "this week".to_owned(),
        Window::Month => "this month".to_owned(),
        Window::BillingPeriod => "this billing period".to_owned(),
        Window::RollingHours(1) => "in the last hour".to_owned(),
        Window::RollingHours(hours) => format!("in the last {hours} hours"),
        Window::Lifetime => "in all".to_owned(),
    }
}

fn period(per: ThrottlePeriod) -> &'static str {
    match per {
        ThrottlePeriod::Second => "a second",
        ThrottlePeriod::Minute => "a minute",
        ThrottlePeriod::Hour => "an hour",
        ThrottlePeriod::Day => "a day",
    }
}

fn of_each(status: &LimitStatus) -> String {
    status
        .each
        .as_ref()
        .map_or_else(String::new, |each| format!(" for {each}"))
}

fn raise(what: &str, name: &Key, owner: LimitOwner) -> String {
    match owner {
        LimitOwner::Customer => format!("Raise the {what} {name}"),
        LimitOwner::Vendor => format!("Ask for a higher {what} {name} (the vendor sets it)"),
    }
}

fn soon(at: Timestamp, now: Timestamp) -> String {
    // In whole units, rounded up: who comes back then is let in.
    let seconds = seconds_until(at, now);
    let unit = match seconds {
        0..120 => 1,
        120..7_200 => 60,
        _ => 3_600,
    };
    format!(
        "in {}",
        format::duration(seconds.div_euclid(unit) * unit + if seconds % unit > 0 { unit } else { 0 })
    )
}

/// Whole seconds from `now` to `at`, rounded up.
pub(super) fn seconds_until(at: Timestamp, now: Timestamp) -> i64 {
    let micros = at.micros_since(now).max(0);
    micros / 1_000_000 + i64::from(micros % 1_000_000 > 0)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
