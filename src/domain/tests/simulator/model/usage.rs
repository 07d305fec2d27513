//! Reported usage: never refused for a limit, never counted twice.

use drawdown_domain::outcome::EventStatus;

use super::prices::price;
use super::{Answer, Model, Use};
use crate::market::SECOND;
use crate::operation::Report;

/// Events may lie so many seconds ahead.
const AHEAD_S: i64 = 300;

impl Model {
    pub(super) fn record(&mut self, now: i64, sent_at: i64, reports: &[Report]) -> Answer {
        Answer::Recorded(
            reports
                .iter()
                .map(|report| self.record_one(now, sent_at, report))
                .collect(),
        )
    }

    fn record_one(&mut self, now: i64, sent_at: i64, report: &Report) -> (EventStatus, Option<i64>, Option<i64>) {
        let at = sent_at - report.ago;
        if let Some(known) = self.uses.iter().find(|fact| fact.event == Some(report.event)) {
            // Who reports, by which key, is no part of what happened.
            let mut kind = report.kind;
            kind.key = known.kind.key;
            if (known.kind, known.amount, known.at) == (kind, report.amount, at) {
                return (EventStatus::Duplicate, Some(known.micros), None);
            }
            return (EventStatus::Rejected, None, None);
        }
        if at > now + AHEAD_S * SECOND {
            return (EventStatus::Rejected, None, None);
        }
        let kind = report.kind;
        let micros = price(kind, report.amount, at);
        let mut missing = micros;
        missing -= self.burn_late(kind.use_case, missing, at, now);
        missing -= self.burn_now(kind.use_case, missing, now);
        let (owed, _) = self.overage(missing);
        self.uses.push(Use {
            event: Some(report.event),
            kind,
            amount: report.amount,
            at,
            micros,
            sequence: self.sequence,
            day: self.days.day(at),
        });
        self.settle(now);
        (EventStatus::Recorded, Some(micros), Some(owed))
    }
}
