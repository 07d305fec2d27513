//! The installation's own row: whose it is, and whether it holds demo data, which never mixes with real data.

use drawdown_domain::Timestamp;

use crate::Store;
use crate::again::again;
use crate::database::on;
use crate::error::StoreError;

/// The installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The vendor's name.
    pub vendor_name: String,
    /// True for demo data.
    pub demo: bool,
    /// When it was set up.
    pub created_at: Timestamp,
}

impl Store {
    /// The installation, once it is set up.
    pub async fn installation(&self) -> Result<Option<Installation>, StoreError> {
        let row: Option<(String, bool, i64)> = on!(pool: &self.db().read, |c| sqlx::query_as(
            "SELECT vendor_name, demo, created_at FROM installation",
        )
        .fetch_optional(c)
        .await)?;
        Ok(row.map(|(vendor_name, demo, created_at)| Installation {
            vendor_name,
            demo,
            created_at: Timestamp::from_micros(created_at),
        }))
    }

    /// Sets the installation up, once.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] where it is set up already.
    pub async fn set_up(&self, installation: &Installation) -> Result<(), StoreError> {
        again(|| async move {
            let mut tx = self.db().write.begin().await?;
            on!(tx: &mut tx, |c| sqlx::query("INSERT INTO installation (singleton, vendor_name, demo, created_at) VALUES (TRUE, $1, $2, $3)")
                .bind(&installation.vendor_name)
                .bind(installation.demo)
                .bind(installation.created_at.micros())
                .execute(c)
                .await
                .map(|_| ()))
            .map_err(|error| StoreError::or_exists(error, "installation"))?;
            tx.commit().await
        })
        .await
    }
}
