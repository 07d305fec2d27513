//! The audit log by filter, for the pages of the staff and as a file: of one customer, or of all whom a person may see.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use drawdown_domain::Timestamp;
use drawdown_domain::id::{AuditId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::window::Zone;
use drawdown_store::{AuditLine, AuditQuery, AuditScope};
use serde_json::json;

use super::AuditView;
use crate::actor::{Action, Actor};
use crate::customers::Page;
use crate::error::{FieldErrors, ServiceError};
use crate::moment::{Moments, instant};
use crate::service::{Service, zone_of};
use crate::usage::{csv_field, date_start};

/// The most lines of one file; more are asked for by dates.
pub const AUDIT_FILE_LINES_MAX: usize = 20_000;
/// Lines that are read at once for a file.
const FILE_PAGE: u32 = 1_000;
/// The longest name that is looked for, in characters.
const NAME_CHARACTERS_MAX: usize = 200;

/// Which lines are asked for, as it was typed. Nothing is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditInput {
    /// The only customer, where a page is one customer's.
    pub organization: Option<OrganizationId>,
    /// The vendor's key of a customer.
    pub customer: String,
    /// The name of who did it, as the log shows it.
    pub person: String,
    /// What was done to what: `add grant`.
    pub what: String,
    /// The first day, `2026-11-22`: of the customer's zone, or of UTC.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// A customer whom a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCustomer {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's key.
    pub key: Key,
    /// Its name.
    pub name: String,
}

/// A line with the customer that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The line.
    pub line: AuditView,
    /// The customer; none for the installation as a whole.
    pub customer: Option<AuditCustomer>,
}

/// Customers that lines are about, each with its calendar.
type Customers = HashMap<OrganizationId, (AuditCustomer, Moments)>;

/// What is asked for, read.
struct Asked {
    query: AuditQuery,
    moments: Moments,
}

impl Service {
    /// A page of the log, newest first; `before` is the last page's `next`. What cannot be read is told by field
    /// (`customer`, `from`, `to`).
    pub async fn audit_log(
        &self,
        actor: &Actor,
        input: &AuditInput,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, ServiceError> {
        let mut asked = self.audit_asked(actor, input).await?;
        let before = before.map(str::parse::<AuditId>).transpose();
        asked.query.before =
            before.map_err(|_| ServiceError::field("before", "not_a_cursor", "take it from the last page's next"))?;
        let page = self.store().audit_page(&asked.query, limit.clamp(1, 200)).await?;
        let mut known = Customers::new();
        self.meet_customers(&mut known, &page.rows).await?;
        let grants = self.grants_of_lines(&page.rows).await?;
        let entry = |line: AuditLine| {
            let about = line.organization.and_then(|id| known.get(&id));
            let own = about.map_or(&asked.moments, |(_, own)| own);
            AuditEntry {
                line: AuditView::of(line, &asked.moments, own, &grants),
                customer: about.map(|(customer, _)| customer.clone()),
            }
        };
        let mut items: Vec<AuditEntry> = page.rows.into_iter().map(entry).collect();
        self.name_plans(items.iter_mut().flat_map(|entry| &mut entry.line.told))
            .await?;
        Ok(Page {
            items,
            next: page.next.map(|id| id.to_string()),
        })
    }

    /// The same lines as CSV, the newest [`AUDIT_FILE_LINES_MAX`] of them. That they were taken is a line of the log.
    pub async fn audit_csv(&self, actor: &Actor, input: &AuditInput) -> Result<String, ServiceError> {
        let mut asked = self.audit_asked(actor, input).await?;
        let told = json!({
            "page": "audit.csv", "customer": input.customer, "person": input.person, "what": input.what,
            "from": input.from, "to": input.to,
        });
        let line = self.audit_line(actor, input.organization, "look", "audit", Some(told));
        self.store().write_audit(&[line]).await?;
        let mut text = String::from("at,customer,customer_name,actor_kind,actor,action,noun,before,after\r\n");
        let (mut known, mut lines) = (Customers::new(), 0);
        loop {
            let page = self.store().audit_page(&asked.query, FILE_PAGE).await?;
            self.meet_customers(&mut known, &page.rows).await?;
            for line in page.rows.into_iter().take(AUDIT_FILE_LINES_MAX - lines) {
                let customer = line.organization.and_then(|id| known.get(&id));
                row(&mut text, &line, customer.map(|(customer, _)| customer));
                lines += 1;
            }
            match page.next {
                Some(next) if lines < AUDIT_FILE_LINES_MAX => asked.query.before = Some(next),
                _ => return Ok(text),
            }
        }
    }

    /// Reads what is asked for, within what the actor may see.
    async fn audit_asked(&self, actor: &Actor, input: &AuditInput) -> Result<Asked, ServiceError> {
        let mut errors = FieldErrors::default();
        let typed = input.customer.trim();
        let organization = match (input.organization, typed.parse::<Key>()) {
            (Some(id), _) => Some(id),
            (None, _) if typed.is_empty() => None,
            (None, Ok(key)) => match self.organization_of(actor, &key).await {
                Ok(id) => Some(id),
                Err(ServiceError::NotFound(_)) => {
                    errors.add("customer", "unknown", format!("you see no customer of the key {key}"));
                    None
                }
                Err(error) => return Err(error),
            },
            (None, Err(_)) => {
                errors.add(
                    "customer",
                    "not_a_key",
                    "a customer is named by its key, such as hanami",
                );
                None
            }
        };
        actor.authorise(Action::ReadAudit, organization)?;
        let (zone, moments) = match organization {
            Some(id) => {
                let state = self.load(id).await?.state;
                (zone_of(&state), self.moments(&state))
            }
            None => (Zone::utc(), Moments::new("UTC", self.now())),
        };
        let mut day = |field: &str, text: &str| {
            let start = date_start(&zone, text);
            if start.is_none() && !text.trim().is_empty() {
                errors.add(field, "not_a_date", "a date such as 2026-11-22 is expected");
            }
            start
        };
        let (from, to) = (day("from", &input.from), day("to", &input.to));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            errors.add("to", "before_from", "the last day lies before the first");
        }
        errors.finish()?;
        let what = input.what.trim().split_once(' ');
        let person: String = input.person.trim().chars().take(NAME_CHARACTERS_MAX).collect();
        let query = AuditQuery {
            scope: organization.map_or_else(|| actor.audit_scope(), |id| AuditScope::Only(vec![id])),
            actor_name: Some(person).filter(|name| !name.is_empty()),
            what: what.map(|(action, noun)| (word(action), word(noun))),
            from,
            to: to.map(|day: Timestamp| zone.next_day_start(day)),
            before: None,
        };
        Ok(Asked { query, moments })
    }

    /// Reads the customers of lines that are not known yet, by one query.
    async fn meet_customers(&self, known: &mut Customers, lines: &[AuditLine]) -> Result<(), ServiceError> {
        let unknown = |id: &OrganizationId| !known.contains_key(id);
        let new: BTreeSet<OrganizationId> = lines
            .iter()
            .filter_map(|line| line.organization)
            .filter(unknown)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<OrganizationId> = new.into_iter().collect();
        for found in self.store().organizations_of(&new).await? {
            let calendar = self.moments(&found.state);
            let customer = AuditCustomer {
                id: found.state.id,
                key: found.key,
                name: found.state.name,
            };
            known.insert(customer.id, (customer, calendar));
        }
        Ok(())
    }
}

/// `rate card` as it is stored: `rate_card`.
fn word(text: &str) -> String {
    text.trim().replace(' ', "_")
}

fn row(text: &mut String, line: &AuditLine, customer: Option<&AuditCustomer>) {
    let json = |value: Option<&serde_json::Value>| csv_field(&value.map(ToString::to_string).unwrap_or_default());
    let (key, name) = customer.map_or(("", ""), |customer| (customer.key.as_str(), customer.name.as_str()));
    // Writing to a String never fails.
    let _ = write!(
        text,
        "{},{},{},{},{},{},{},{},{}\r\n",
        instant(line.at),
        csv_field(key),
        csv_field(name),
        line.actor_kind.word(),
        csv_field(&line.actor_name),
        csv_field(&line.action),
        csv_field(&line.noun),
        json(line.before.as_ref()),
        json(line.after.as_ref()),
    );
}
