//! The ledger as a table: each line a transfer, with the grant, the events behind it and the hash that chains it.

use drawdown_domain::id::GrantId;
use drawdown_domain::{Credits, format};
use drawdown_service::customers;
use drawdown_service::grants::GrantView;
use drawdown_service::postings::PostingView;
use leptos::prelude::*;

use crate::address::changed;
use crate::components::empty::Empty;
use crate::components::moment::DayAndTime;
use crate::components::panel::Panel;
use crate::components::posting_words::{account_word, short_grant, short_hash};
use crate::components::table::{Listing, Pager, figures, text};
use crate::visit::Place;

/// The panel; `older` where these are not the newest.
#[component]
pub(super) fn Postings(postings: customers::Page<PostingView>, grants: Vec<GrantView>, older: bool) -> impl IntoView {
    let place = Place::current();
    let to = |before: &str| changed(&place.path, &place.query, "before", before) + "#postings";
    let next = postings.next.as_deref().map(to);
    let first = older.then(|| to(""));
    let content = if postings.items.is_empty() && !older {
        view! {
            <Empty
                title="No postings yet"
                words="Every movement of credits is written here once and never changed: granted, held for a run, used, returned, \
                       expired."
            />
        }
        .into_any()
    } else {
        let rows = postings
            .items
            .into_iter()
            .map(|posting| {
                let source = source_of(&grants, posting.grant);
                view! { <PostingRow posting=posting source=source/> }
            })
            .collect_view();
        view! {
            <Listing
                caption="Postings, the newest first"
                heads=[
                    figures("No."), text("When"), text("What"), text("From, to"), text("Grant"),
                    figures("Credits"), figures("Events"), text("Hash"),
                ]
            >
                {rows}
            </Listing>
            <Pager nostrip:first=first nostrip:next=next what="postings"/>
        }
        .into_any()
    };
    view! {
        <Panel
            id="postings" title="Postings"
            words="The ledger. Each line's hash covers its content, its events and the line before, so that none can be changed \
                   afterwards."
        >
            <div class="stack" data-live="postings">{content}</div>
        </Panel>
    }
}

#[component]
fn PostingRow(posting: PostingView, source: Option<String>) -> impl IntoView {
    let href = Place::current().link(&format!("/credits/postings/{}", posting.sequence));
    let number = format::count(posting.sequence);
    let transfer = format!("{} → {}", account_word(posting.from), account_word(posting.to));
    let events = match posting.events {
        0 => view! { <span class="quiet">"–"</span> }.into_any(),
        count => {
            let label = format!("{} events of posting {number}", format::count(count));
            view! { <a href=href.clone() aria-label=label>{format::count(count)}</a> }.into_any()
        }
    };
    view! {
        <tr>
            <th scope="row" class="number"><a href=href>{number.clone()}</a></th>
            <td data-label="When"><DayAndTime moment=posting.at/></td>
            <td data-label="What">{posting.words}</td>
            <td data-label="From, to" class="quiet spare">{transfer}</td>
            <td data-label="Grant" class=posting.grant.is_none().then_some("none")><GrantLink grant=posting.grant nostrip:source=source/></td>
            <td class="number" data-label="Credits"><Change credits=posting.credits change=posting.change/></td>
            <td class=if posting.events == 0 { "number none" } else { "number" } data-label="Events">{events}</td>
            <td data-label="Hash" class="spare"><code class="quiet" title=posting.hash.clone()>{short_hash(&posting.hash)}</code></td>
        </tr>
    }
}

/// A grant by its source, as a link to it; a dash where a transfer is of the organization as a whole.
#[component]
pub(super) fn GrantLink(grant: Option<GrantId>, #[prop(optional)] source: Option<String>) -> impl IntoView {
    match grant {
        Some(id) => {
            let source = source.unwrap_or_else(|| "Grant".to_owned());
            view! { <a href=Place::current().link(&format!("/credits#{id}")) title=id.to_string()>{source}" "<code>{short_grant(id)}</code></a> }
                .into_any()
        }
        None => view! { <span class="quiet" title="Not of one grant">"–"</span> }.into_any(),
    }
}

/// What a posting moved, with the sign of what it did to the credits that can be burned.
#[component]
pub(super) fn Change(credits: Credits, change: Credits) -> impl IntoView {
    let exact = format!("{} credits", format::credits_exact(credits));
    let (class, words) = if change.is_positive() {
        ("plus", format!("+{}", format::credits(credits)))
    } else if change.is_negative() {
        ("", format!("−{}", format::credits(credits)))
    } else {
        ("quiet", format::credits(credits))
    };
    view! { <span class=class title=exact>{words}</span> }
}

/// What a posting's grant is called.
pub(super) fn source_of(grants: &[GrantView], grant: Option<GrantId>) -> Option<String> {
    let grant = grant?;
    grants.iter().find(|one| one.id == grant).map(|one| one.source.clone())
}
