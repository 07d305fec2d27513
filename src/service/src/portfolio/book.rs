//! An organization's months of the portfolio, worked out of its postings, payments and agreements. Pure.
//!
//! Credits and revenue follow the postings since the months were last made, grant by grant: what is earned in a month is the
//! difference of two exact divisions of what was paid, so that over a grant's life the months sum to it. Received and
//! committed money and what is expected are worked out as a whole each time.

use std::collections::{BTreeMap, BTreeSet};

use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::id::GrantId;
use drawdown_domain::limit::Window;
use drawdown_domain::portfolio::{Burn, Lot, Revenue, breakage_by_lot, cost_basis, revenue_after_moving};
use drawdown_domain::posting::LedgerAccount;
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use drawdown_store::{BookMark, DayPosting, GrantBook, MonthFigures, Months, PortfolioBook, PortfolioBookSource};

/// The first instant of the month of UTC that holds `at`.
pub(super) fn month_of(at: Timestamp) -> Timestamp {
    Zone::utc().window(Window::Month, at, at).start
}

/// What a customer's months are, beside what its books say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// What it burned of late.
    pub(super) burn: Burn,
    /// Now.
    pub(super) now: Timestamp,
    /// When to look again.
    pub(super) due_at: Timestamp,
}

/// The months, made anew.
pub(super) fn made(source: PortfolioBookSource, zone: &Zone, look: Look) -> PortfolioBook {
    let mut book = Book {
        months: source.months.clone(),
        currency: source.currency,
    };
    book.forget_what_is_worked_out_as_a_whole();
    let grants = book.follow(&source);
    let issued = |id: &GrantId| {
        let known = grants.get(id).or_else(|| source.grant_books.get(id));
        known.and_then(|known| known.issued_at)
    };
    book.receive(&source, issued);
    for contract in &source.contracts {
        book.commit(contract.commitments(zone, look.now));
    }
    book.expect(&source.grants, look);
    book.months.retain(|_, figures| *figures != MonthFigures::default());
    PortfolioBook {
        organization: source.organization,
        before: source.mark,
        after: BookMark {
            sequence: source.sequence,
            version: source.version,
            made_at: look.now.micros(),
            due_at: look.due_at.micros(),
        },
        months_before: source.months,
        months: book.months,
        grants,
    }
}

struct Book {
    months: Months,
    currency: Currency,
}

impl Book {
    fn month(&mut self, at: Timestamp, currency: Currency) -> &mut MonthFigures {
        self.months.entry((month_of(at), currency)).or_default()
    }

    fn forget_what_is_worked_out_as_a_whole(&mut self) {
        for figures in self.months.values_mut() {
            *figures = MonthFigures {
                committed: 0,
                paid: 0,
                fell_due: 0,
                expected: 0,
                expected_minor: 0,
                ..*figures
            };
        }
    }

    /// Follows the postings. Gives the grants that were paid for and have moved on.
    fn follow(&mut self, source: &PortfolioBookSource) -> BTreeMap<GrantId, GrantBook> {
        let mut by_grant: BTreeMap<GrantId, Vec<&Followed>> = BTreeMap::new();
        let postings = apart(&source.postings, &source.transfers);
        for posting in &postings {
            let (currency, effect) = (self.currency, posting.effect);
            let month = self.month(posting.day, currency);
            month.burned += posting.burned;
            month.broken += effect.broken;
            if let Some(grant) = posting.grant {
                by_grant.entry(grant).or_default().push(posting);
            }
        }
        let mut grants = BTreeMap::new();
        for (id, postings) in by_grant {
            let paid = |grant: &&Grant| grant.id == id && grant.paid.is_some_and(|paid| paid.minor > 0);
            if let Some(grant) = source.grants.iter().find(paid) {
                let before = source.grant_books.get(&id).copied().unwrap_or_default();
                grants.insert(id, self.earn(grant, before, &postings));
            }
        }
        grants
    }

    /// Follows what became of a grant's credits, day by day.
    fn earn(&mut self, grant: &Grant, before: GrantBook, postings: &[&Followed]) -> GrantBook {
        let mut book = before;
        for of_day in postings.chunk_by(|one, next| one.day == next.day) {
            let earlier = divided(grant, &book);
            for posting in of_day {
                posting.effect.add_to(&mut book, posting.day);
            }
            let (Some(day), Some(later)) = (of_day.first().map(|posting| posting.day), divided(grant, &book)) else {
                continue;
            };
            let nothing = Money::new(0, later.deferred.currency);
            let earlier = earlier.unwrap_or(Revenue {
                burned: nothing,
                broken: nothing,
                deferred: nothing,
            });
            let month = self.month(day, nothing.currency);
            month.earned_minor += later.burned.minor - earlier.burned.minor;
            month.broken_minor += later.broken.minor - earlier.broken.minor;
            month.deferred += later.deferred.minor - earlier.deferred.minor;
        }
        book
    }

    /// Money that came: by payments; for grants that somebody else says were paid for; and what agreements made due.
    fn receive(&mut self, source: &PortfolioBookSource, issued: impl Fn(&GrantId) -> Option<Timestamp>) {
        let mut explained: BTreeSet<GrantId> = source.received.clone();
        for payment in &source.payments {
            explained.insert(payment.grant);
            self.month(payment.at, payment.money.currency).paid += payment.money.minor;
            if let Some(back) = payment.back_at {
                self.month(back, payment.money.currency).paid -= payment.money.minor;
            }
        }
        for (at, grant, money) in &source.steps {
            explained.extend(grant);
            if let Some(money) = money {
                self.month(*at, money.currency).fell_due += money.minor;
            }
        }
        let others = source.grants.iter().filter(|grant| !explained.contains(&grant.id));
        for (paid, at) in others.filter_map(|grant| grant.paid.zip(issued(&grant.id))) {
            self.month(at, paid.currency).paid += paid.minor;
        }
    }

    fn commit(&mut self, commitments: Vec<(Timestamp, Money)>) {
        let mut before = 0;
        for (at, money) in commitments {
            self.month(at, money.currency).committed += money.minor - before;
            before = money.minor;
        }
    }

    /// What will expire unburned, by the month in which it does, if the burn stays as it is.
    fn expect(&mut self, grants: &[Grant], look: Look) {
        let is_open = |grant: &&Grant| grant.state == GrantState::Active && grant.remaining.is_positive();
        let mut open: Vec<&Grant> = grants.iter().filter(is_open).collect();
        open.sort_by_key(|grant| grant.burn_order());
        let lot = |grant: &&Grant| Lot {
            credits: grant.remaining,
            ends_in_seconds: grant.expires_at.map(|end| end.micros_since(look.now) / 1_000_000),
        };
        let lots: Vec<Lot> = open.iter().map(lot).collect();
        for (grant, broken) in open.iter().zip(breakage_by_lot(&lots, look.burn)) {
            let Some(end) = grant.expires_at.filter(|_| broken.is_positive()) else {
                continue;
            };
            let worth = grant.paid.map(|paid| cost_basis(paid, broken, grant.amount));
            let currency = worth.map_or(self.currency, |worth| worth.currency);
            let month = self.month(end, currency);
            month.expected += broken.micros();
            month.expected_minor += worth.map_or(0, |worth| worth.minor);
        }
    }
}

/// A posting as the months follow it.
struct Followed {
    day: Timestamp,
    grant: Option<GrantId>,
    /// What it adds to what was burned, in micro-credits.
    burned: i64,
    effect: Effect,
}

/// Postings with the transfers told apart: what went to another organization is voided, too, and is not lost.
fn apart(postings: &[DayPosting], transfers: &[(Timestamp, GrantId, Credits)]) -> Vec<Followed> {
    let follow = |posting: &DayPosting| Followed {
        day: posting.day,
        grant: posting.grant,
        burned: match (posting.from, posting.to) {
            (LedgerAccount::Burned, _) => -posting.credits.micros(),
            (_, LedgerAccount::Burned) => posting.credits.micros(),
            _ => 0,
        },
        effect: Effect::of(posting),
    };
    let went = |(day, grant, credits): &(Timestamp, GrantId, Credits)| Followed {
        day: *day,
        grant: Some(*grant),
        burned: 0,
        effect: Effect {
            issued: false,
            burned: 0,
            broken: -credits.micros(),
            moved: credits.micros(),
        },
    };
    let mut all: Vec<Followed> = postings.iter().map(follow).chain(transfers.iter().map(went)).collect();
    all.sort_by_key(|posting| posting.day);
    all
}

/// What a posting means for revenue, in micro-credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Effect {
    issued: bool,
    burned: i64,
    broken: i64,
    moved: i64,
}

impl Effect {
    fn of(posting: &DayPosting) -> Self {
        use LedgerAccount::{Available, Burned, Expired, Held, Issued, Voided};
        let credits = posting.credits.micros();
        match (posting.grant, posting.from, posting.to) {
            (Some(_), Issued, Available) => Self {
                issued: true,
                ..Self::default()
            },
            (Some(_), Expired, Burned) => Self {
                burned: credits,
                broken: -credits,
                ..Self::default()
            },
            (Some(_), _, Burned) => Self {
                burned: credits,
                ..Self::default()
            },
            (Some(_), Available | Held, Expired | Voided) => Self {
                broken: credits,
                ..Self::default()
            },
            // Carried over to another grant.
            (Some(_), Expired, Voided) => Self {
                broken: -credits,
                moved: credits,
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    fn add_to(self, book: &mut GrantBook, day: Timestamp) {
        book.issued_at = book.issued_at.or_else(|| self.issued.then_some(day));
        book.burned += self.burned;
        book.broken += self.broken;
        book.moved += self.moved;
    }
}

/// What was paid for a grant, divided; `None` where nothing was, or its credits do not exist yet.
fn divided(grant: &Grant, book: &GrantBook) -> Option<Revenue> {
    let paid = grant.paid.filter(|_| book.issued_at.is_some())?;
    let [moved, burned, broken] = [book.moved, book.burned, book.broken].map(Credits::from_micros);
    Some(revenue_after_moving(paid, grant.amount, moved, burned, broken))
}
