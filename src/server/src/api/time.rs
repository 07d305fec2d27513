//! Instants on the wire: RFC 3339 with an offset in, RFC 3339 in UTC out, to the microsecond.

use drawdown_domain::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not in the form of RFC 3339, or not a day or time that exists.
    #[error("not a time of the form 2026-11-22T09:30:00Z or 2026-11-22T10:30:00+01:00")]
    Form,
    /// Finer than a microsecond.
    #[error("finer than a microsecond")]
    TooFine,
    /// Before 1970 or after 9999.
    #[error("not between 1970 and 9999")]
    OutOfRange,
}

/// Reads an instant.
///
/// # Errors
/// See [`TimeError`].
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimeError::Form)?;
    let nanos = instant.unix_timestamp_nanos();
    if nanos % 1_000 != 0 {
        return Err(TimeError::TooFine);
    }
    let micros = i64::try_from(nanos / 1_000).map_err(|_| TimeError::OutOfRange)?;
    if micros < 0 {
        return Err(TimeError::OutOfRange);
    }
    Ok(Timestamp::from_micros(micros))
}

/// Writes an instant: `2026-11-22T09:30:00Z`, with a fraction only where there is one. An instant past the year 9999
/// stands for "never" and is written as the last one that the form allows.
pub fn format(instant: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(instant.micros()) * 1_000)
        .ok()
        .and_then(|instant| instant.format(&Rfc3339).ok())
        .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_as_it_was_written() {
        for micros in [0, 1, 1_732_267_800_000_000, 1_732_267_800_123_456] {
            let instant = Timestamp::from_micros(micros);
            assert_eq!(parse(&format(instant)), Ok(instant));
        }
        assert_eq!(parse("2026-11-22T10:30:00+01:00"), parse("2026-11-22T09:30:00Z"));
    }

    #[test]
    fn refuses_what_is_no_instant_or_has_no_offset() {
        for text in [
            "2026-11-22",
            "2026-11-22T10:30:00",
            "2026-02-30T10:30:00Z",
            "1732267800",
            "now",
            "",
            "24:00",
        ] {
            assert_eq!(parse(text), Err(TimeError::Form), "{text}");
        }
        assert_eq!(parse("2026-11-22T10:30:00.1234567Z"), Err(TimeError::TooFine));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Err(TimeError::OutOfRange));
    }
}
