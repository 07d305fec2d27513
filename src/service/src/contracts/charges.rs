//! The money of a customer's agreements: what fell due and when, and what is to come. Nothing here collects it.

use drawdown_domain::id::OrganizationId;
use drawdown_domain::{Money, Timestamp};

use super::preview::steps;
use crate::actor::{Action, Actor};
use crate::error::ServiceError;
use crate::moment::Moment;
use crate::schedule::Book;
use crate::service::Service;

/// Steps among which what fell due is looked for.
const STEPS_LOOKED_AT: u32 = 400;
/// What fell due, the most that is told.
const DONE_MAX: usize = 24;
/// How far ahead is told, in months.
const MONTHS_TOLD: u32 = 13;
/// What is to come, the most that is told.
const COMING_MAX: usize = 12;

/// Money that an agreement makes due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeView {
    /// When it is due.
    pub due: Moment,
    /// What for, in words.
    pub words: String,
    /// How much.
    pub amount: Money,
    /// When it was noted; `None` where it is to come.
    pub noted: Option<Moment>,
}

impl Service {
    /// What the agreements of a customer make due: what is to come first, the latest of it at the top, then what fell due.
    pub async fn charges(&self, actor: &Actor, organization: OrganizationId) -> Result<Vec<ChargeView>, ServiceError> {
        actor.authorise(Action::ReadPayments, Some(organization))?;
        let book = Book::open(self, organization).await?;
        let now = self.now();
        let moments = self.moments(&book.organization.state);
        let until = book.zone.midnight_after(now, MONTHS_TOLD, 0);
        let coming = steps(&book, &book.agreements.progress, now, until, &moments);
        let coming = coming.into_iter().filter(|step| step.at.at > now);
        let mut charges: Vec<ChargeView> = coming
            .filter_map(|step| {
                Some(ChargeView {
                    amount: step.money?,
                    due: step.at,
                    words: step.words,
                    noted: None,
                })
            })
            .take(COMING_MAX)
            .collect();
        charges.reverse();
        let done = self
            .store()
            .done_steps(organization, Timestamp::MAX, STEPS_LOOKED_AT)
            .await?;
        let fell_due = done.into_iter().filter_map(|step| {
            let words = match step.kind {
                "charge" => "The price of an interval",
                "payment" => "A payment of a contract",
                _ => "Due by agreement",
            };
            Some(ChargeView {
                amount: step.money?,
                due: moments.at(step.at),
                words: words.to_owned(),
                noted: Some(moments.at(step.done_at)),
            })
        });
        charges.extend(fell_due.take(DONE_MAX));
        Ok(charges)
    }
}
