//! The usage report as CSV (RFC 4180), credits exact.

use std::fmt::Write as _;

use drawdown_domain::id::OrganizationId;

use super::{UsageQuery, UsageReport};
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// The report as CSV: one row a bucket and group in which something was used.
    pub async fn usage_csv(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        query: UsageQuery,
    ) -> Result<String, ServiceError> {
        Ok(csv(&self.usage(actor, organization, query).await?))
    }
}

fn csv(report: &UsageReport) -> String {
    let mut text = String::from("start,date,group,name,credits\r\n");
    for (place, bucket) in report.buckets.iter().enumerate() {
        for series in &report.series {
            let Some(credits) = series.credits.get(place).filter(|credits| !credits.is_zero()) else {
                continue;
            };
            let (start, date) = (&bucket.iso, &bucket.date);
            let (key, name) = (field(&series.key), field(&series.name));
            // Writing to a String never fails.
            let _ = write!(text, "{start},{date},{key},{name},{credits}\r\n");
        }
    }
    text
}

/// A field, quoted where it must be. What a spreadsheet would run as a formula is made plain text.
pub(crate) fn field(text: &str) -> String {
    let plain = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if plain.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
    }
}
