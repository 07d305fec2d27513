//! The audit log by filter: whose customers, which customer, who, what, from when to when; newest first, by keyset.
//!
//! Each kind of filter has an index that ends in the line's identifier, which orders the log by time: a page is a piece of
//! one index, however long the log is. Instants are turned into the identifiers that begin with them.

use drawdown_domain::Timestamp;
use drawdown_domain::id::{AuditId, OrganizationId};
use uuid::Uuid;

use crate::Store;
use crate::audit::{AuditLine, AuditRow};
use crate::columns::select;
use crate::database::on;
use crate::error::StoreError;
use crate::page::{Page, rows_to_fetch};

/// Of whom lines may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AuditScope {
    /// Of all customers, and of the installation as a whole.
    #[default]
    Everything,
    /// Of all customers.
    Customers,
    /// Of these customers.
    Only(Vec<OrganizationId>),
}

/// Which lines are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of whom.
    pub scope: AuditScope,
    /// Of whoever had this name then.
    pub actor_name: Option<String>,
    /// What was done to what: `("add", "grant")`.
    pub what: Option<(String, String)>,
    /// From this instant on, to the millisecond.
    pub from: Option<Timestamp>,
    /// Before this instant, to the millisecond.
    pub to: Option<Timestamp>,
    /// Before this line: where the last page ended.
    pub before: Option<AuditId>,
}

/// The smallest identifier of a line that was written at `at` or later.
fn first_at(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.micros().max(0) / 1_000).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// A statement's text and what is bound to it besides the limit, in order.
struct Statement {
    text: String,
    organization: Option<Uuid>,
    words: Vec<String>,
    from: Uuid,
    before: Uuid,
}

impl AuditQuery {
    /// The statement for one customer, or for all (`None`).
    fn statement(&self, organization: Option<OrganizationId>) -> Statement {
        let mut conditions = Vec::new();
        let mut number = 0;
        let mut next = || {
            number += 1;
            format!("${number}")
        };
        if organization.is_some() {
            conditions.push(format!("organization_id = {}", next()));
        } else if self.scope == AuditScope::Customers {
            conditions.push("organization_id IS NOT NULL".to_owned());
        }
        let mut words = Vec::new();
        if let Some(name) = &self.actor_name {
            conditions.push(format!("actor_name = {}", next()));
            words.push(name.clone());
        }
        if let Some((action, noun)) = &self.what {
            conditions.push(format!("action = {} AND noun = {}", next(), next()));
            words.extend([action.clone(), noun.clone()]);
        }
        conditions.push(format!("id >= {} AND id < {}", next(), next()));
        let before = self.before.map_or(Uuid::max(), AuditId::uuid);
        Statement {
            text: format!(
                "{} WHERE {} ORDER BY id DESC LIMIT {}",
                select!(audit, "").trim_end(),
                conditions.join(" AND "),
                next()
            ),
            organization: organization.map(OrganizationId::uuid),
            words,
            from: self.from.map_or(Uuid::nil(), first_at),
            before: self.to.map_or(before, |to| before.min(first_at(to))),
        }
    }
}

impl Store {
    /// A page of the log, newest first.
    pub async fn audit_page(&self, query: &AuditQuery, limit: u32) -> Result<Page<AuditLine, AuditId>, StoreError> {
        let mut lines = match &query.scope {
            AuditScope::Everything | AuditScope::Customers => self.audit_lines(query.statement(None), limit).await?,
            // A piece of the index for each: a person's own customers are some dozens.
            AuditScope::Only(customers) => {
                let mut lines = Vec::new();
                for customer in customers {
                    lines.extend(self.audit_lines(query.statement(Some(*customer)), limit).await?);
                }
                lines.sort_unstable_by_key(|line| std::cmp::Reverse(line.id));
                lines
            }
        };
        lines.truncate(usize::try_from(rows_to_fetch(limit)).unwrap_or(usize::MAX));
        Ok(Page::cut(lines, limit, |line| line.id))
    }

    async fn audit_lines(&self, asked: Statement, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
        let rows: Vec<AuditRow> = on!(pool: &self.db().charts, |c| {
            let mut statement = sqlx::query_as(&asked.text);
            if let Some(organization) = asked.organization {
                statement = statement.bind(organization);
            }
            for word in &asked.words {
                statement = statement.bind(word);
            }
            statement
                .bind(asked.from)
                .bind(asked.before)
                .bind(rows_to_fetch(limit))
                .fetch_all(c)
                .await
        })?;
        rows.into_iter().map(AuditLine::try_from).collect()
    }
}
