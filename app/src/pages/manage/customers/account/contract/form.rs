//! The form of a contract: what is typed, and the terms that it means.

use drawdown_domain::contract::{ContractTerms, Overrides, Part, Renewal, Spread};
use drawdown_domain::id::{ContractId, OrganizationId};
use drawdown_domain::plan::Interval;
use drawdown_domain::{Currency, Timestamp};
use drawdown_service::ServiceError;
use drawdown_service::contracts::{ContractPreview, ContractView};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::contract_to_change;
use crate::error::PageError;
use crate::typed;
use crate::unread::Unread;
use crate::visit::Visit;

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ContractForm {
    pub(crate) customer: String,
    /// The new contract's identifier: the same form sent twice signs once.
    pub(crate) once: String,
    /// The contract that is amended; empty for a new one.
    pub(crate) amends: String,
    /// From which day on an amendment holds.
    pub(crate) effective: String,
    pub(crate) plan: String,
    pub(crate) committed: String,
    pub(crate) conversion_rate: String,
    pub(crate) starts: String,
    pub(crate) months: String,
    pub(crate) release: String,
    pub(crate) release_table: String,
    pub(crate) payments: String,
    pub(crate) payments_table: String,
    pub(crate) renewal: String,
    pub(crate) renewal_months: String,
    pub(crate) price: String,
    pub(crate) seats: String,
    pub(crate) extra_seat_price: String,
    pub(crate) note: String,
}

/// How a sum is spread: the values of the selects.
pub(super) const SPREADS: [(&str, &str); 6] = [
    ("at_once", "All at once, on the first day"),
    ("month", "Every month, in equal parts"),
    ("quarter", "Every quarter, in equal parts"),
    ("half_year", "Every half-year, in equal parts"),
    ("year", "Every year, in equal parts"),
    ("table", "By a table"),
];

fn spread_words(spread: &Spread) -> (&'static str, String) {
    match spread {
        Spread::AtOnce => ("at_once", String::new()),
        Spread::Every(interval) => (interval.name(), String::new()),
        Spread::Table(parts) => {
            let line = |part: &Part| format!("{} {}", part.month, part.percent.normalize());
            ("table", parts.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// `0 10` a line: months after the first day, percent.
fn read_table(text: &str) -> Result<Spread, String> {
    let how = || "a line for each part: months after the first day and percent, such as 3 20".to_owned();
    let mut parts = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (month, percent) = line.split_once([' ', '\t', ':', ',']).ok_or_else(how)?;
        let percent = percent.trim().trim_end_matches('%').trim();
        parts.push(Part {
            month: month.trim().parse().map_err(|_| how())?,
            percent: percent.parse().map_err(|_| how())?,
        });
    }
    if parts.is_empty() {
        return Err(how());
    }
    Ok(Spread::Table(parts))
}

fn read_spread(chosen: &str, table: &str) -> Result<Spread, String> {
    Ok(match chosen {
        "month" => Spread::Every(Interval::Month),
        "quarter" => Spread::Every(Interval::Quarter),
        "half_year" => Spread::Every(Interval::HalfYear),
        "year" => Spread::Every(Interval::Year),
        "table" => read_table(table)?,
        _ => Spread::AtOnce,
    })
}

/// Reads what may stay empty.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    read(text).map(Some)
}

impl ContractForm {
    /// A new contract that begins on that day.
    pub(super) fn new(once: String, today: String) -> Self {
        Self {
            once,
            starts: today,
            months: "12".to_owned(),
            release: "at_once".to_owned(),
            payments: "at_once".to_owned(),
            renewal: "none".to_owned(),
            ..Self::default()
        }
    }

    /// An amendment of a contract from today on, or from the day of its last version where that is yet to take effect.
    pub(super) fn amending(view: &ContractView, today: String) -> Self {
        let terms = &view.terms;
        let effective = today.max(view.effective.date.clone());
        let amount = |money: drawdown_domain::Money| money.to_decimal().normalize().to_string();
        let (release, release_table) = spread_words(&terms.release);
        let (payments, payments_table) = spread_words(&terms.payments);
        let (renewal, renewal_months) = match terms.renewal {
            Renewal::None => ("none", String::new()),
            Renewal::SameTerms => ("same", String::new()),
            Renewal::Months(months) => ("months", months.to_string()),
        };
        let own = &terms.overrides;
        Self {
            amends: view.id.to_string(),
            effective,
            plan: terms.plan.to_string(),
            committed: amount(terms.committed),
            conversion_rate: terms.conversion_rate.normalize().to_string(),
            starts: view.begins.date.clone(),
            months: terms.months.to_string(),
            release: release.to_owned(),
            release_table,
            payments: payments.to_owned(),
            payments_table,
            renewal: renewal.to_owned(),
            renewal_months,
            price: own.price.map(amount).unwrap_or_default(),
            seats: own.seats.map(|seats| seats.to_string()).unwrap_or_default(),
            extra_seat_price: own.extra_seat_price.map(amount).unwrap_or_default(),
            note: terms.note.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Names and values.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("once", &self.once),
            ("amends", &self.amends),
            ("effective", &self.effective),
            ("plan", &self.plan),
            ("committed", &self.committed),
            ("conversion_rate", &self.conversion_rate),
            ("starts", &self.starts),
            ("months", &self.months),
            ("release", &self.release),
            ("release_table", &self.release_table),
            ("payments", &self.payments),
            ("payments_table", &self.payments_table),
            ("renewal", &self.renewal),
            ("renewal_months", &self.renewal_months),
            ("price", &self.price),
            ("seats", &self.seats),
            ("extra_seat_price", &self.extra_seat_price),
            ("note", &self.note),
        ]
    }

    /// The form's address: of an amendment with the contract that it is of.
    pub(crate) fn address(&self, path: &str) -> String {
        if self.amends.is_empty() {
            return path.to_owned();
        }
        crate::address::with_query(path, &[("amends", &self.amends)])
    }

    /// The terms; everything that cannot be read, at once.
    fn read(&self, currency: Currency, starts_at: Timestamp) -> Result<ContractTerms, ServiceError> {
        let mut unread = Unread::default();
        let plan = self.plan.parse().map_err(|_| "choose a plan".to_owned());
        let plan = unread.take("plan", plan);
        let committed = unread.take("committed", typed::money(&self.committed, currency));
        let rate = unread.take("conversion_rate", typed::decimal(&self.conversion_rate));
        let months = unread.take("months", typed::count(&self.months));
        let release = unread.take("release_table", read_spread(&self.release, &self.release_table));
        let payments = unread.take("payments_table", read_spread(&self.payments, &self.payments_table));
        let renewal = match self.renewal.as_str() {
            "same" => Some(Renewal::SameTerms),
            "months" => unread
                .take("renewal_months", typed::count(&self.renewal_months))
                .map(Renewal::Months),
            _ => Some(Renewal::None),
        };
        let money = |text: &str| typed::money(text, currency);
        let price = unread.take("price", optional(&self.price, money));
        let seats = unread.take("seats", optional(&self.seats, typed::count));
        let extra = unread.take("extra_seat_price", optional(&self.extra_seat_price, money));
        let note = self.note.trim();
        let read = (|| {
            Some(ContractTerms {
                plan: plan?,
                overrides: Overrides {
                    price: price?,
                    seats: seats?,
                    extra_seat_price: extra?,
                    ..Overrides::default()
                },
                committed: committed?,
                conversion_rate: rate.map(|rate: Decimal| rate.normalize())?,
                starts_at,
                months: months?,
                release: release?,
                payments: payments?,
                renewal: renewal?,
                note: (!note.is_empty()).then(|| note.to_owned()),
            })
        })();
        unread.finish(read)
    }

    /// The terms, and which contract they amend from when.
    async fn terms(
        &self,
        visit: &Visit,
        customer: OrganizationId,
    ) -> Result<(ContractTerms, Option<(ContractId, Timestamp)>), PageError> {
        let (service, actor) = (visit.service(), visit.actor()?);
        let choices = service.contract_choices(&actor, customer).await?;
        let starts = service.day_of(&actor, customer, "starts", &self.starts).await?;
        let mut terms = self.read(choices.currency, starts)?;
        if self.amends.is_empty() {
            return Ok((terms, None));
        }
        let known = contract_to_change(visit, customer, &self.amends).await?;
        // What the form does not show stays as it is agreed.
        terms.starts_at = known.terms.starts_at;
        terms.overrides = Overrides {
            price: terms.overrides.price,
            seats: terms.overrides.seats,
            extra_seat_price: terms.overrides.extra_seat_price,
            ..known.terms.overrides
        };
        let (now, last) = (service.instant(), &known.effective);
        let effective = if last.at > now && self.effective == last.date {
            // From the day of the last version on is with it, whatever its hour.
            last.at
        } else if self.effective == choices.today {
            now
        } else {
            service.day_of(&actor, customer, "effective", &self.effective).await?
        };
        Ok((terms, Some((known.id, effective))))
    }

    /// What would happen.
    pub(crate) async fn preview(&self, visit: &Visit, customer: OrganizationId) -> Result<ContractPreview, PageError> {
        let (terms, amends) = self.terms(visit, customer).await?;
        let actor = visit.actor()?;
        Ok(visit
            .service()
            .preview_contract(&actor, customer, terms, amends)
            .await?)
    }

    /// Signs it; what happened, in words.
    pub(crate) async fn sign(&self, visit: &Visit, customer: OrganizationId) -> Result<&'static str, PageError> {
        let (terms, amends) = self.terms(visit, customer).await?;
        let (service, actor) = (visit.service(), visit.actor()?);
        if let Some((id, effective_at)) = amends {
            service
                .amend_contract(&actor, customer, id, terms, effective_at)
                .await?;
            return Ok("The amendment is signed.");
        }
        let id: ContractId = self.once.parse().map_err(|_| PageError::NotFound("contract"))?;
        service.sign_contract(&actor, customer, id, terms).await?;
        Ok("The contract is signed.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flash::{Flash, Seal};

    fn form() -> ContractForm {
        ContractForm {
            plan: "plan_00000000000000000000000000000007".to_owned(),
            committed: "1,200,000".to_owned(),
            conversion_rate: "100".to_owned(),
            release: "table".to_owned(),
            release_table: "0 10\n3: 20 %\n\n6,30\n9 40".to_owned(),
            payments: "half_year".to_owned(),
            renewal: "months".to_owned(),
            renewal_months: "6".to_owned(),
            seats: "250".to_owned(),
            ..ContractForm::new(
                "contract_00000000000000000000000000000001".to_owned(),
                "2026-11-22".to_owned(),
            )
        }
    }

    #[test]
    fn what_is_typed_is_read_or_told_back_all_at_once() {
        let starts = Timestamp::from_seconds(1_000);
        let terms = form().read(Currency::USD, starts).unwrap();
        assert_eq!(
            (terms.committed.minor, terms.months, terms.starts_at),
            (120_000_000, 12, starts)
        );
        assert_eq!(terms.payments, Spread::Every(Interval::HalfYear));
        assert_eq!(
            (terms.renewal, terms.overrides.seats, terms.overrides.price),
            (Renewal::Months(6), Some(250), None)
        );
        let Spread::Table(parts) = &terms.release else {
            panic!("a table");
        };
        let parts: Vec<_> = parts
            .iter()
            .map(|part| (part.month, part.percent.to_string()))
            .collect();
        let expected = [(0, "10"), (3, "20"), (6, "30"), (9, "40")].map(|(month, percent)| (month, percent.to_owned()));
        assert_eq!(parts, expected);
        let wrong = ContractForm {
            plan: String::new(),
            months: "a year".to_owned(),
            release_table: "first ten".to_owned(),
            ..form()
        };
        let Err(ServiceError::Invalid(errors)) = wrong.read(Currency::USD, starts) else {
            panic!("refused")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["plan", "months", "release_table"]);
    }

    #[test]
    fn the_longest_form_comes_back_whole_when_it_is_refused() {
        let table = "0 10\r\n".repeat(400);
        let long = ContractForm {
            release_table: table.clone(),
            payments_table: table,
            note: "備".repeat(2_000),
            ..form()
        };
        let mut flash = Flash::refusal(super::super::FORM, "The term is too long.");
        for (field, typed) in long.pairs() {
            flash = flash.value(field, typed);
        }
        let seal = Seal::new(b"secret");
        assert_eq!(seal.open(&seal.seal(&flash)), Some(flash));
    }
}
