//! How a customer does, in the words and numbers of the list: the rule itself is the domain's.

use drawdown_domain::portfolio::{Health, Risk};

/// A choice of the filter: one or two of the ranks under which rows are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HealthFilter {
    /// It cannot run anything.
    Blocked,
    /// Its credits run out too early, or most will go unused.
    AtRisk,
    /// It burns faster than its credits are meant to last.
    Ahead,
    /// It burns more slowly.
    Behind,
    /// It burns as planned, or nothing sets a pace.
    OnPace,
}

impl HealthFilter {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Blocked, Self::AtRisk, Self::Ahead, Self::Behind, Self::OnPace];

    /// In a word or two, as it is shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::AtRisk => "at risk",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::OnPace => "on pace",
        }
    }

    /// As addresses name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::AtRisk => "at_risk",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::OnPace => "on_pace",
        }
    }

    /// The choice that finds a health.
    pub const fn of(health: Health) -> Self {
        match health {
            Health::Blocked => Self::Blocked,
            Health::AtRisk(_) => Self::AtRisk,
            Health::Ahead => Self::Ahead,
            Health::Behind => Self::Behind,
            Health::OnPace => Self::OnPace,
        }
    }

    /// The ranks that it finds, the first and the last.
    pub(super) const fn ranks(self) -> (i64, i64) {
        match self {
            Self::Blocked => (0, 0),
            Self::AtRisk => (1, 2),
            Self::Ahead => (3, 3),
            Self::Behind => (4, 4),
            Self::OnPace => (5, 5),
        }
    }
}

/// Why a health is what it is, in a sentence.
pub const fn reason(health: Health) -> &'static str {
    match health {
        Health::Blocked => "It cannot run anything: suspended, without a plan or credits, or stopped by what it owes",
        Health::AtRisk(Risk::RunsOut) => "At this burn the credits run out within a week, before new ones come",
        Health::AtRisk(Risk::Unused) => "At this burn three quarters of the credits and more go unused",
        Health::Ahead => "It burns faster than its credits are meant to last",
        Health::Behind => "It burns more slowly than its credits are meant to last",
        Health::OnPace => "It burns about as fast as its credits are meant to last, or nothing sets a pace",
    }
}

/// The health at each rank, the worst first. Rows are stored with ranks: new ones are added at the end only.
const RANKS: [Health; 6] = [
    Health::Blocked,
    Health::AtRisk(Risk::RunsOut),
    Health::AtRisk(Risk::Unused),
    Health::Ahead,
    Health::Behind,
    Health::OnPace,
];

pub(super) fn rank(health: Health) -> i64 {
    (0..)
        .zip(RANKS)
        .find(|(_, known)| *known == health)
        .map_or(i64::MAX, |(rank, _)| rank)
}

/// The health of a stored rank; one that a later version wrote counts as on pace until the row is made anew.
pub(super) fn of_rank(rank: i64) -> Health {
    let place = usize::try_from(rank).ok();
    place
        .and_then(|place| RANKS.get(place))
        .copied()
        .unwrap_or(Health::OnPace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_health_has_a_rank_and_one_filter_that_finds_it() {
        for health in RANKS {
            assert_eq!(of_rank(rank(health)), health);
            let finding: Vec<_> = HealthFilter::ALL
                .into_iter()
                .filter(|filter| (filter.ranks().0..=filter.ranks().1).contains(&rank(health)))
                .collect();
            assert_eq!(finding, [HealthFilter::of(health)]);
        }
    }
}
