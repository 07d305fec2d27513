//! The portfolio: the customers that a person of the staff looks after.

use drawdown_domain::Key;

use crate::actor::{Action, Actor};
use crate::customers::{CustomerView, Page};
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// Customers by key, ascending, at most `limit` of them after the key `after`: of an account manager with customers
    /// of its own, those.
    pub async fn portfolio(
        &self,
        actor: &Actor,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Page<CustomerView>, ServiceError> {
        actor.authorise(Action::ReadPortfolio, None)?;
        let only = match actor {
            Actor::Staff(staff) => staff.only(),
            _ => None,
        };
        let Some(only) = only else {
            let page = self.store().organizations(after, limit).await?;
            let mut items = Vec::with_capacity(page.rows.len());
            for row in page.rows {
                items.push(self.customer_view(row.organization).await?);
            }
            return Ok(Page {
                items,
                next: page.next.map(|key| key.to_string()),
            });
        };
        let mut items = Vec::with_capacity(only.len());
        for id in only.iter() {
            items.push(self.customer_view(self.load(*id).await?).await?);
        }
        items.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Page { items, next: None })
    }
}
