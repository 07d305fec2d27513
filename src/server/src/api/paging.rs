//! Keyset paging: `?cursor=&limit=` in, `next_cursor` out.
//!
//! A cursor names the last item of a page, so that items that come or go meanwhile neither repeat nor hide others.
//! Callers pass it back unchanged; its form is hexadecimal, to say that there is nothing to read in it.

use serde::Deserialize;
use utoipa::IntoParams;

use super::code::Code;
use super::fields::Fields;
use super::problem::Problem;
use crate::hex::hex;

/// Items of a page where no limit is given.
pub const LIMIT_DEFAULT: u32 = 50;
/// The most items of a page.
pub const LIMIT_MAX: u32 = 200;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before; the first page where absent.
    cursor: Option<String>,
    /// Items of the page: 1 to 200, 50 where absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A page that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// After this item.
    pub after: Option<String>,
    /// So many items.
    pub limit: u32,
}

impl PageQuery {
    /// The page that a query with filters of its own asks for.
    pub fn new(cursor: Option<String>, limit: Option<i64>) -> Self {
        Self { cursor, limit }
    }

    /// Checks it.
    ///
    /// # Errors
    /// `invalid_query` or `invalid_cursor`.
    pub fn check(self) -> Result<PageRequest, Problem> {
        let mut fields = Fields::new();
        let limit = fields.within(
            "limit",
            self.limit.unwrap_or(i64::from(LIMIT_DEFAULT)),
            1,
            i64::from(LIMIT_MAX),
        );
        let limit = fields.finish_with(limit).map_err(|problem| Problem {
            code: Code::InvalidQuery,
            ..problem
        })?;
        let after = self.cursor.as_deref().map(decode).transpose()?;
        Ok(PageRequest {
            after,
            limit: u32::try_from(limit).unwrap_or(LIMIT_DEFAULT),
        })
    }
}

/// The cursor that names an item.
pub fn encode(item: &str) -> String {
    hex(item.as_bytes())
}

fn decode(cursor: &str) -> Result<String, Problem> {
    let digits = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u8::from_str_radix(pair, 16).ok()
    };
    let bytes: Option<Vec<u8>> = cursor.as_bytes().chunks(2).map(digits).collect();
    bytes
        .filter(|bytes| !bytes.is_empty())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Problem::plain(Code::InvalidCursor))
}

/// Refuses a cursor that decodes to what the list does not know.
pub fn invalid_cursor() -> Problem {
    Problem::plain(Code::InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        assert_eq!(decode(&encode("acme-7")).unwrap(), "acme-7");
        for bad in ["", "x", "6", "zz", "6g", "ff", "+1"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
