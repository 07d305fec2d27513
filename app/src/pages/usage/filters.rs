//! What the usage page is asked for, read from its address and written back into links: days and grouping.
//!
//! Anything that an address says wrongly means the default; dates are checked by the service, which knows the zone.

use drawdown_service::usage::span::UsageSpan;
use drawdown_service::usage::{Bucket, GroupBy};
use serde::Deserialize;

use crate::address::with_query;

/// Up to so many days are shown by the hour.
const HOURLY_DAYS_MAX: i64 = 3;

/// The page's query, as it came.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    range: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    group: String,
    /// Where the page of events goes on.
    #[serde(default)]
    pub(crate) before: String,
}

/// Which days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Range {
    /// Today.
    Today,
    /// The last seven days.
    Week,
    /// The last thirty days.
    #[default]
    Month,
    /// The last ninety days.
    Quarter,
    /// The plan's period.
    Period,
    /// Days as they were typed.
    Dates {
        /// The first.
        from: String,
        /// The last.
        to: String,
    },
}

impl Range {
    /// The presets with their words.
    pub(crate) const PRESETS: [(Self, &'static str); 5] = [
        (Self::Today, "Today"),
        (Self::Week, "7 days"),
        (Self::Month, "30 days"),
        (Self::Quarter, "90 days"),
        (Self::Period, "This period"),
    ];

    /// As the address says it; the default and dates are not said by this name.
    const fn word(&self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7",
            Self::Quarter => "90",
            Self::Period => "period",
            Self::Month | Self::Dates { .. } => "",
        }
    }
}

/// Everything that decides what the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// Which days.
    pub(crate) range: Range,
    /// By what.
    pub(crate) group: GroupBy,
}

/// The groupings: as the service takes them, as the address says them, and their words.
pub(crate) const GROUPS: [(GroupBy, &str, &str); 4] = [
    (GroupBy::UseCase, "", "Use case"),
    (GroupBy::Mode, "mode", "Mode"),
    (GroupBy::Platform, "platform", "Platform"),
    (GroupBy::Subject, "subject", "Subject"),
];

impl Filters {
    /// From the address. Dates count before a preset.
    pub(crate) fn of(query: &Query) -> Self {
        let (from, to) = (query.from.trim(), query.to.trim());
        let range = if from.is_empty() && to.is_empty() {
            Range::PRESETS
                .into_iter()
                .map(|(range, _)| range)
                .find(|range| range.word() == query.range)
                .unwrap_or_default()
        } else {
            Range::Dates {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        };
        let group = GROUPS.iter().find(|(_, word, _)| *word == query.group);
        Self {
            range,
            group: group.map_or(GroupBy::UseCase, |(group, ..)| *group),
        }
    }

    /// What the service is asked for.
    pub(crate) fn span(&self) -> UsageSpan {
        match &self.range {
            Range::Today => UsageSpan::LastDays(1),
            Range::Week => UsageSpan::LastDays(7),
            Range::Month => UsageSpan::LastDays(30),
            Range::Quarter => UsageSpan::LastDays(90),
            Range::Period => UsageSpan::Period,
            Range::Dates { from, to } => UsageSpan::Dates {
                from: from.clone(),
                to: to.clone(),
            },
        }
    }

    /// Hours for few days, days for many. Subjects are counted by the day only.
    pub(crate) fn bucket(&self, days: i64) -> Bucket {
        if days <= HOURLY_DAYS_MAX && self.group != GroupBy::Subject {
            Bucket::Hour
        } else {
            Bucket::Day
        }
    }

    /// The word of the grouping.
    pub(crate) fn group_word(&self) -> &'static str {
        GROUPS
            .iter()
            .find(|(group, ..)| *group == self.group)
            .map_or("Use case", |(.., word)| *word)
    }

    /// As the address says the grouping.
    pub(crate) fn group_value(&self) -> &'static str {
        GROUPS
            .iter()
            .find(|(group, ..)| *group == self.group)
            .map_or("", |(_, value, _)| *value)
    }

    /// The address of `path` with these filters.
    pub(crate) fn address(&self, path: &str) -> String {
        let (from, to) = match &self.range {
            Range::Dates { from, to } => (from.as_str(), to.as_str()),
            _ => ("", ""),
        };
        with_query(
            path,
            &[
                ("range", self.range.word()),
                ("from", from),
                ("to", to),
                ("group", self.group_value()),
            ],
        )
    }

    /// The same with other days.
    pub(crate) fn with_range(&self, range: Range) -> Self {
        Self {
            range,
            group: self.group,
        }
    }

    /// The same by something else.
    pub(crate) fn with_group(&self, group: GroupBy) -> Self {
        Self {
            range: self.range.clone(),
            group,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Filters {
        Filters::of(&serde_urlencoded::from_str(query).unwrap())
    }

    #[test]
    fn what_an_address_does_not_say_or_says_wrongly_is_the_default() {
        for query in [
            "",
            "range=30",
            "range=&group=",
            "range=forever&group=colour",
            "flash=a.b",
        ] {
            assert_eq!(read(query), Filters::default(), "{query}");
        }
    }

    #[test]
    fn every_view_has_an_address_that_leads_back_to_it() {
        let dates = Range::Dates {
            from: "2026-11-01".to_owned(),
            to: "2026-11-22".to_owned(),
        };
        let ranges = Range::PRESETS.map(|(range, _)| range).into_iter().chain([dates]);
        for range in ranges {
            for (group, ..) in GROUPS {
                let filters = Filters {
                    range: range.clone(),
                    group,
                };
                let address = filters.address("/usage");
                let query = address.split_once('?').map_or("", |(_, query)| query);
                assert_eq!(read(query), filters, "{address}");
            }
        }
        assert_eq!(Filters::default().address("/usage"), "/usage");
    }

    #[test]
    fn typed_dates_count_before_a_preset_even_when_one_is_missing() {
        let filters = read("range=7&from=2026-11-01&to=");
        assert_eq!(
            filters.span(),
            UsageSpan::Dates {
                from: "2026-11-01".to_owned(),
                to: String::new()
            }
        );
    }

    #[test]
    fn few_days_are_shown_by_the_hour_but_subjects_never() {
        let by = |group| Filters::default().with_group(group);
        assert_eq!(by(GroupBy::Mode).bucket(1), Bucket::Hour);
        assert_eq!(by(GroupBy::Mode).bucket(3), Bucket::Hour);
        assert_eq!(by(GroupBy::Mode).bucket(4), Bucket::Day);
        assert_eq!(by(GroupBy::Subject).bucket(1), Bucket::Day);
    }
}
