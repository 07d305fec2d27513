//! The credits that a customer had within a span, in the order in which they burn.

use drawdown_domain::grant::{Grant, GrantKind, GrantState};
use drawdown_domain::simulation::Stock;
use drawdown_domain::{Credits, Timestamp};
use drawdown_store::PortfolioSource;

use crate::moment::Moments;

/// A stock, and what is told of it.
pub(super) struct Held {
    pub(super) stock: Stock,
    /// Credits that were given.
    pub(super) amount: Credits,
    /// When they began.
    pub(super) from: Timestamp,
    /// True where their end is told: what the plan or a contract brought, and of which it is known how much was left.
    pub(super) is_told: bool,
}

const fn is_brought(kind: GrantKind) -> bool {
    match kind {
        GrantKind::Allotment | GrantKind::Trial | GrantKind::Rollover | GrantKind::Commitment => true,
        GrantKind::Purchase | GrantKind::Promotional | GrantKind::Adjustment => false,
    }
}

/// What a customer had since the day that begins at `first`.
///
/// How much of a grant was burned before the span is not kept: what was burned within it and is not burned of newer grants was
/// burned of those that were there before, in their order, as long as each lasted. That is so of a grant of which something was
/// left at its end; of one that was used up it says how much was left at most, so that its end is not told.
pub(super) fn held_since(source: &PortfolioSource, first: Timestamp, moments: &Moments) -> Vec<Held> {
    let known = |grant: &&Grant| {
        matches!(grant.state, GrantState::Active | GrantState::Expired) && grant.effective_at <= moments.now()
    };
    let is_new = |grant: &Grant| grant.effective_at >= first;
    let sum = |parts: &mut dyn Iterator<Item = Credits>| parts.fold(Credits::ZERO, added);
    let burned_until = |end: Option<Timestamp>| {
        let days = source.days.iter();
        let days = days.filter(|(day, _)| *day >= first && end.is_none_or(|end| *day < end));
        sum(&mut days.map(|(_, credits)| *credits))
    };
    let of_new = source
        .grants
        .iter()
        .filter(|grant| is_new(grant))
        .map(|grant| grant.burned);
    let mut of_old = burned_until(None)
        .saturating_sub(sum(&mut { of_new }))
        .max(Credits::ZERO);
    let mut held: Vec<Held> = Vec::new();
    for grant in source.grants.iter().filter(known) {
        let left = [grant.held, grant.expired].into_iter().fold(grant.remaining, added);
        let credits = if is_new(grant) {
            grant.amount.saturating_sub(grant.voided)
        } else {
            let burned = grant.burned.min(of_old).min(burned_until(grant.expires_at));
            of_old = of_old.saturating_sub(burned);
            added(left, burned)
        };
        let one = Held {
            stock: Stock {
                from: moments.day_start(grant.effective_at),
                until: grant.expires_at,
                scope: grant.scope.clone(),
                credits,
            },
            amount: grant.amount,
            from: grant.effective_at,
            is_told: is_brought(grant.kind) && (is_new(grant) || left.is_positive()),
        };
        // What was carried over burns together with what was given at the same time for the same use.
        match held.iter_mut().find(|other| burn_together(other, &one)) {
            Some(other) => {
                other.amount = added(other.amount, one.amount);
                other.stock.credits = added(other.stock.credits, one.stock.credits);
            }
            None => held.push(one),
        }
    }
    held
}

fn burn_together(one: &Held, other: &Held) -> bool {
    let terms = |held: &Held| (held.from, held.stock.until, held.is_told);
    terms(one) == terms(other) && one.stock.scope == other.stock.scope
}

/// The sum, or the first where it does not fit.
fn added(one: Credits, other: Credits) -> Credits {
    one.checked_add(other).unwrap_or(one)
}
