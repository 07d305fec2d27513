//! Invented organizations and moments.

use drawdown_domain::id::{MemberId, OrganizationId};
use drawdown_domain::organization::Role;
use drawdown_domain::plan::PlanKind;
use drawdown_domain::{Credits, Currency, Timestamp};
use drawdown_service::customers::{PlanView, Standing};
use drawdown_service::overview::OrganizationView;
use drawdown_service::{Member, Moment};

/// The present of the gallery: Sunday 22 November 2026, 14:02:11 in Tokyo.
pub(crate) const NOW: &str = "2026-11-22T05:02:11Z";
const ZONE: &str = "Asia/Tokyo";

/// An amount.
pub(crate) fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

/// The moment `minutes` from the present.
pub(crate) fn in_minutes(minutes: i64) -> Moment {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let at = now.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
    let zoned = at.in_tz(ZONE).unwrap();
    let relative = match (minutes.abs(), minutes > 0) {
        (0, _) => "now".to_owned(),
        (some @ 1..60, true) => format!("in {some} minutes"),
        (some @ 1..60, false) => format!("{some} minutes ago"),
        (some @ 60..2_880, true) => format!("in {} hours", some / 60),
        (some @ 60..2_880, false) => format!("{} hours ago", some / 60),
        (some, true) => format!("in {} days", some / 1_440),
        (some, false) => format!("{} days ago", some / 1_440),
    };
    Moment {
        at: Timestamp::from_micros(at.as_microsecond()),
        iso: at.to_string(),
        date: zoned.strftime("%Y-%m-%d").to_string(),
        day: zoned.strftime("%-d %b").to_string(),
        time: zoned.strftime("%H:%M").to_string(),
        full: zoned.strftime("%a %-d %b %Y, %H:%M Tokyo").to_string(),
        relative,
    }
}

/// The start of the local day `days` from today.
pub(crate) fn in_days(days: i64) -> Moment {
    let mut moment = in_minutes(days * 1_440 - (14 * 60 + 2));
    moment.time = "00:00".to_owned();
    moment
}

/// An organization in Tokyo.
pub(crate) fn organization(name: &str, left: &str, granted: &str) -> OrganizationView {
    OrganizationView {
        id: OrganizationId::from_uuid(uuid::Uuid::from_u128(1)),
        key: "acme".parse().unwrap(),
        name: name.to_owned(),
        time_zone: ZONE.to_owned(),
        plan: Some(PlanView {
            key: "team".parse().unwrap(),
            version: 1,
            name: "Team monthly".to_owned(),
            kind: PlanKind::Tier,
            currency: Currency::USD,
            conversion_rate: "100".parse().unwrap(),
            allotment: Some(credits("10000")),
            seats: Some(10),
        }),
        standing: Standing::Active,
        left: credits(left),
        granted: credits(granted),
        version: 7,
        vendor: "Northwind Agents".to_owned(),
    }
}

/// Somebody of that organization.
pub(crate) fn member(organization: &OrganizationView, role: Role) -> Member {
    Member {
        id: MemberId::from_uuid(uuid::Uuid::from_u128(2)),
        email: "mika@acme.example".to_owned(),
        name: "Mika Tanaka".to_owned(),
        role,
        organization: organization.id,
        organization_key: organization.key.clone(),
        organization_name: organization.name.clone(),
        time_zone: organization.time_zone.clone(),
    }
}
