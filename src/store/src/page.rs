//! Pages of lists: as many rows as asked for and the cursor at which the next page begins (keyset paging, no offsets).

/// The most rows of one page.
pub const PAGE_ROWS_MAX: u32 = 1_000;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Makes a page of up to `limit` of `rows`, which were asked for with one row more than that.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> C) -> Self {
        let limit = limit.min(PAGE_ROWS_MAX) as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next }
    }
}

/// The number of rows to ask the database for: one more than the page shows.
pub(crate) fn rows_to_fetch(limit: u32) -> i64 {
    i64::from(limit.min(PAGE_ROWS_MAX)) + 1
}
