//! The portfolio by month: what customers have committed to, burned and paid, what will go unburned, and revenue that is not
//! earned yet. Months are of UTC; an installation has one set of books, whatever the zones of its customers.
//!
//! A page reads sums that a job keeps ([`Service::refresh_portfolio_months`]): they follow the ledger within five minutes
//! for ten thousand busy customers, and later for more: what a round costs is bounded, so that metering does not wait for it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::PoisonError;

use drawdown_domain::id::OrganizationId;
use drawdown_domain::window::Zone;
use drawdown_domain::{Credits, Currency, Money, Timestamp};
use drawdown_store::{MonthFigures, Months};

use super::book::{Look, made, month_of};
use super::row::burn_of;
use super::{BURN_DAYS, LEFT_ALONE_SECONDS, MADE_IN_A_ROUND, WALK};
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::{Moments, instant};
use crate::service::{Service, zone_of};

/// Months up to now that are shown.
const MONTHS_SHOWN: usize = 12;
/// Months to come that are shown at most.
const MONTHS_TO_COME: usize = 6;
/// What is expected later than so many days from now is left out.
const HORIZON_DAYS: i64 = 3_653;

/// One month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioMonth {
    /// `2026-11`.
    pub key: String,
    /// `Nov 2026`.
    pub name: String,
    /// True where it is to come: only what is expected of it is known.
    pub is_to_come: bool,
    /// What contracts commit to for their present terms, at its end.
    pub committed: Money,
    /// Credits burned.
    pub burned: Credits,
    /// What was paid for them: revenue earned by burning.
    pub earned: Money,
    /// Cash received: for credits, and what agreements made due.
    pub received: Money,
    /// The part of it that agreements made due, which is taken as received on its day.
    pub fell_due: Money,
    /// Credits that expired or were voided unburned.
    pub broken: Credits,
    /// What was paid for them: revenue earned without burning.
    pub broken_worth: Money,
    /// Paid for and not burned yet, at its end.
    pub deferred: Money,
    /// Credits that are expected to expire unburned in it.
    pub expected: Credits,
    /// What was paid for them.
    pub expected_worth: Money,
}

/// The portfolio in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioMonths {
    /// The currency.
    pub currency: Currency,
    /// All currencies that there are figures in.
    pub currencies: Vec<Currency>,
    /// Months, the oldest first: up to this one, and those to come in which credits are expected to expire.
    pub months: Vec<PortfolioMonth>,
    /// Which of them is the present one.
    pub present: usize,
    /// Credits that are expected to expire unburned, ever.
    pub expected: Credits,
    /// What was paid for them.
    pub expected_worth: Money,
}

impl PortfolioMonths {
    /// This month.
    pub fn this(&self) -> Option<&PortfolioMonth> {
        self.months.get(self.present)
    }

    /// The months up to this one.
    pub fn past(&self) -> &[PortfolioMonth] {
        self.months.get(..=self.present).unwrap_or(&self.months)
    }
}

impl Service {
    /// The portfolio of the customers that the actor looks after, in a currency: the one asked for, or the first one.
    pub async fn portfolio_months(
        &self,
        actor: &Actor,
        currency: Option<Currency>,
    ) -> Result<PortfolioMonths, ServiceError> {
        let months = self.months_for(actor).await?;
        let mut currencies: Vec<Currency> = months.keys().map(|(_, currency)| *currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let wanted = currency.filter(|wanted| currencies.contains(wanted));
        let currency = wanted.or_else(|| currencies.first().copied()).unwrap_or(Currency::USD);
        let of_it = months.into_iter().filter(|((_, of), _)| *of == currency);
        let figures: Vec<(Timestamp, MonthFigures)> = of_it.map(|((month, _), figures)| (month, figures)).collect();
        let now = self.now();
        let mut all = series(&figures, currency, now);
        let present = all
            .iter()
            .take_while(|month| !month.is_to_come)
            .count()
            .saturating_sub(1);
        let coming = all.get(present..).unwrap_or_default();
        let expected = Credits::checked_sum(coming.iter().map(|month| month.expected)).unwrap_or(Credits::MAX);
        let worth = coming.iter().map(|month| month.expected_worth.minor).sum();
        let first = (present + 1).saturating_sub(MONTHS_SHOWN);
        let after = coming.iter().skip(1).take(MONTHS_TO_COME);
        let shown = after.clone().rposition(|month| month.expected.is_positive());
        all.truncate(present + 1 + shown.map_or(0, |last| last + 1));
        all.drain(..first);
        Ok(PortfolioMonths {
            currency,
            currencies,
            months: all,
            present: present - first,
            expected,
            expected_worth: Money::new(worth, currency),
        })
    }

    /// Every month in every currency as CSV (RFC 4180), money and credits exact.
    pub async fn portfolio_months_csv(&self, actor: &Actor) -> Result<String, ServiceError> {
        let months = self.months_for(actor).await?;
        let mut text = String::from(
            "month,currency,committed,burned_credits,burned,cash_received,cash_received_by_agreement,broken_credits,broken,\
             deferred_revenue,expected_breakage_credits,expected_breakage\r\n",
        );
        let mut currencies: Vec<Currency> = months.keys().map(|(_, currency)| *currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        for currency in currencies {
            let of_it = months.iter().filter(|((_, of), _)| *of == currency);
            let figures: Vec<(Timestamp, MonthFigures)> =
                of_it.map(|((month, _), figures)| (*month, *figures)).collect();
            for month in series(&figures, currency, self.now()) {
                put_line(&mut text, &month, currency);
            }
        }
        Ok(text)
    }

    async fn months_for(&self, actor: &Actor) -> Result<Months, ServiceError> {
        actor.authorise(Action::ReadPortfolio, None)?;
        let only = match actor {
            Actor::Staff(staff) => staff.only(),
            _ => None,
        };
        Ok(self.store().portfolio_months(only.as_deref()).await?)
    }

    /// Brings months up to date that are missing, due or behind for minutes: walks on through the organizations, some at a
    /// time. Says how many were made; again is the same.
    pub async fn refresh_portfolio_months(&self) -> Result<u64, ServiceError> {
        let place = || self.inner.months_walk.lock().unwrap_or_else(PoisonError::into_inner);
        let after = *place();
        let now = self.now();
        let before = now.plus_seconds(-LEFT_ALONE_SECONDS);
        let (mut behind, mut next) = self.store().portfolio_books_behind(after, now, before, WALK).await?;
        if behind.len() > MADE_IN_A_ROUND {
            behind.truncate(MADE_IN_A_ROUND);
            next = behind.last().copied();
        }
        if behind.is_empty() {
            *place() = next;
            return Ok(0);
        }
        let since = now.plus_seconds(-i64::from(BURN_DAYS + 2) * 86_400);
        let sources = self.store().portfolio_sources(&behind, since).await?;
        let mut looks: HashMap<OrganizationId, (Look, Zone)> = HashMap::new();
        for source in &sources {
            let state = &source.organization.state;
            let moments = Moments::new(&state.time_zone, now);
            let look = Look {
                burn: burn_of(source, &moments),
                now,
                due_at: moments.day_start_after(now, 1),
            };
            looks.insert(state.id, (look, zone_of(state)));
        }
        let books = self.store().portfolio_books(&behind).await?;
        let made = books.into_iter().filter_map(|book| {
            let (look, zone) = looks.get(&book.organization)?;
            Some(made(book, zone, *look))
        });
        let written = self.store().put_portfolio_books(&made.collect::<Vec<_>>()).await?;
        *place() = next;
        Ok(written)
    }
}

/// The months of a currency without gaps, up to this one and to the last to come; what stands at a month's end is summed up.
fn series(figures: &[(Timestamp, MonthFigures)], currency: Currency, now: Timestamp) -> Vec<PortfolioMonth> {
    let this = month_of(now);
    let first = figures.first().map_or(this, |(month, _)| (*month).min(this));
    let horizon = month_of(this.plus_seconds(HORIZON_DAYS * 86_400));
    let last = figures.last().map_or(this, |(month, _)| (*month).clamp(this, horizon));
    let money = |minor| Money::new(minor, currency);
    let (mut committed, mut deferred) = (0, 0);
    let mut months = Vec::new();
    let mut month = first;
    while month <= last {
        let found = figures.iter().find(|(known, _)| *known == month);
        let of = found.map(|(_, figures)| *figures).unwrap_or_default();
        committed += of.committed;
        deferred += of.deferred;
        let zoned = instant(month).to_zoned(jiff::tz::TimeZone::UTC);
        months.push(PortfolioMonth {
            key: zoned.strftime("%Y-%m").to_string(),
            name: zoned.strftime("%b %Y").to_string(),
            is_to_come: month > this,
            committed: money(committed),
            burned: Credits::from_micros(of.burned),
            earned: money(of.earned_minor),
            received: money(of.paid.saturating_add(of.fell_due)),
            fell_due: money(of.fell_due),
            broken: Credits::from_micros(of.broken),
            broken_worth: money(of.broken_minor),
            deferred: money(deferred),
            expected: Credits::from_micros(of.expected),
            expected_worth: money(of.expected_minor),
        });
        let next = Zone::utc().midnight_after(month, 1, 0);
        if next <= month {
            break;
        }
        month = next;
    }
    months
}

/// A line of the file. Of months to come only what is expected is known.
fn put_line(text: &mut String, month: &PortfolioMonth, currency: Currency) {
    let PortfolioMonth { key, expected, .. } = month;
    let expected_worth = month.expected_worth.to_decimal();
    // Writing to a String never fails.
    let _ = if month.is_to_come {
        write!(text, "{key},{currency},,,,,,,,,{expected},{expected_worth}\r\n")
    } else {
        let money = |money: Money| money.to_decimal();
        let (committed, earned, received) = (money(month.committed), money(month.earned), money(month.received));
        let (due, worth, deferred) = (money(month.fell_due), money(month.broken_worth), money(month.deferred));
        let (burned, broken) = (month.burned, month.broken);
        write!(
            text,
            "{key},{currency},{committed},{burned},{earned},{received},{due},{broken},{worth},{deferred},{expected},{expected_worth}\r\n"
        )
    };
}
