//! Tables: figures to the right, a head that stays, sorting and paging by links, rows of label and value on phones.
//! [`Listing`] is the plain one; [`Table`] is the frame of those with a head or a foot of their own.
//!
//! Cells carry their column's word as `data-label`, which phones show beside the value. Figures' cells have the class
//! `number`.

use std::borrow::Cow;

use leptos::prelude::*;

use crate::address::changed;
use crate::components::icon::{Icon, Sign};
use crate::visit::Place;

/// The frame of a table, which scrolls by itself where it must (and then takes the keyboard's focus).
#[component]
pub fn Table(
    /// What it shows, for screen readers.
    #[prop(into)]
    caption: String,
    /// True where it keeps its columns on phones and scrolls; otherwise rows become label and value.
    #[prop(optional)]
    wide: bool,
    /// `thead`, `tbody`, `tfoot`.
    children: Children,
) -> impl IntoView {
    // A region only where it scrolls: elsewhere the panel around it is one already.
    let name = wide.then(|| caption.clone());
    view! {
        <div class="table-frame" role=wide.then_some("region") aria-label=name tabindex=wide.then_some("0")>
            <table class=if wide { "table" } else { "table rows" }>
                <caption class="aside">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}

/// The head of a column that is not sorted by links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    word: Cow<'static, str>,
    holds: Holds,
}

/// What stands below a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Figures,
    Acts,
}

/// A column of words.
pub fn text(word: impl Into<Cow<'static, str>>) -> Head {
    let (word, holds) = (word.into(), Holds::Text);
    Head { word, holds }
}

/// A column of figures, at the right.
pub fn figures(word: impl Into<Cow<'static, str>>) -> Head {
    let (word, holds) = (word.into(), Holds::Figures);
    Head { word, holds }
}

/// A column of links that say themselves what they do: its word is for screen readers.
pub fn act(word: impl Into<Cow<'static, str>>) -> Head {
    let (word, holds) = (word.into(), Holds::Acts);
    Head { word, holds }
}

/// A table with a row of plain heads.
#[component]
pub fn Listing(
    /// What it shows, for screen readers.
    #[prop(into)]
    caption: String,
    /// The heads of its columns.
    #[prop(into)]
    heads: Vec<Head>,
    /// Its rows.
    children: Children,
) -> impl IntoView {
    let head = |Head { word, holds }| match holds {
        Holds::Text => view! { <th scope="col">{word}</th> }.into_any(),
        Holds::Figures => view! { <th scope="col" class="number">{word}</th> }.into_any(),
        Holds::Acts => view! { <th scope="col"><span class="aside">{word}</span></th> }.into_any(),
    };
    view! {
        <Table caption=caption>
            <thead><tr>{heads.into_iter().map(head).collect_view()}</tr></thead>
            <tbody>{children()}</tbody>
        </Table>
    }
}

/// How a column is sorted: `sort=credits` ascending, `sort=-credits` descending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorting {
    /// The column.
    pub column: String,
    /// Whether the largest come first.
    pub descending: bool,
}

impl Sorting {
    /// From the query's value.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix('-') {
            Some(column) => Self {
                column: column.to_owned(),
                descending: true,
            },
            None => Self {
                column: text.to_owned(),
                descending: false,
            },
        }
    }

    /// The query's value that a click on `column` leads to: the other way round, or first of all descending.
    fn after_click(&self, column: &str) -> String {
        if self.column == column && self.descending {
            column.to_owned()
        } else {
            format!("-{column}")
        }
    }
}

/// The head of a column that can be sorted by it.
#[component]
pub fn SortHead(
    /// The column, as the query names it.
    column: &'static str,
    /// Its word.
    #[prop(into)]
    word: String,
    /// How the table is sorted.
    sorting: Sorting,
    /// True for columns of figures.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    let place = Place::current();
    let current = sorting.column == column;
    let href = changed(&place.path, &place.query, "sort", &sorting.after_click(column));
    let (order, sign) = if sorting.descending {
        ("descending", Sign::Down)
    } else {
        ("ascending", Sign::Up)
    };
    view! {
        <th scope="col" class=number.then_some("number") aria-sort=current.then_some(order)>
            <a class="sort" href=href rel="nofollow">{word}{current.then(|| view! { <Icon sign=sign/> })}</a>
        </th>
    }
}

/// Links to the newer and the older page of a list.
#[component]
pub fn Pager(
    /// Where the first page is; none where this is it.
    #[prop(optional, into)]
    first: Option<String>,
    /// Where the next page is; none on the last.
    #[prop(optional, into)]
    next: Option<String>,
    /// What is listed: `postings`.
    #[prop(into)]
    what: String,
    /// Where the list runs from old to new.
    #[prop(optional)]
    ascending: bool,
) -> impl IntoView {
    let (first_word, next_word) = if ascending {
        ("First", "Later")
    } else {
        ("Newest", "Older")
    };
    let shown = first.is_some() || next.is_some();
    shown.then(|| {
        view! {
            <nav class="pager" aria-label=format!("Pages of {what}")>
                {first.map_or_else(
                    || view! { <span></span> }.into_any(),
                    |href| view! { <a class="button small" href=href>{format!("{first_word} {what}")}</a> }.into_any(),
                )}
                {next.map(|href| view! { <a class="button small" href=href>{format!("{next_word} {what}")}</a> })}
            </nav>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_sorts_descending_first_and_then_turns_round() {
        let unsorted = Sorting::default();
        assert_eq!(unsorted.after_click("credits"), "-credits");
        let descending = Sorting::parse("-credits");
        assert_eq!(
            descending,
            Sorting {
                column: "credits".to_owned(),
                descending: true
            }
        );
        assert_eq!(descending.after_click("credits"), "credits");
        assert_eq!(descending.after_click("events"), "-events");
    }
}
