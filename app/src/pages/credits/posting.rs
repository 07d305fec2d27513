//! `/credits/postings/{number}`: one line of the ledger with the usage events behind it and its place in the chain.

use drawdown_domain::format;
use drawdown_service::grants::GrantView;
use drawdown_service::posting_events::PostingDetail;
use drawdown_service::postings::PostingView;
use futures_util::future::try_join;
use leptos::prelude::*;
use serde::Deserialize;

use super::postings::{GrantLink, source_of};
use crate::address::changed;
use crate::components::amount::credits_words;
use crate::components::event_table::EventTable;
use crate::components::moment::Time;
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::posting_words::account_word;
use crate::components::table::Pager;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// Where postings are.
const PATH: &str = "/credits/postings/";
/// Events of one page.
const EVENTS_A_PAGE: u32 = 50;

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    after: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { after } = visit.query();
    let sequence = visit.path().rsplit('/').next();
    let sequence = sequence.and_then(|text| text.parse::<i64>().ok());
    let sequence = sequence.ok_or(PageError::NotFound("posting"))?;
    let (actor, organization) = (visit.actor()?, visit.customer()?);
    let after = Some(after.as_str()).filter(|after| !after.is_empty());
    let (detail, grants) = try_join(
        visit
            .service()
            .posting(&actor, organization, sequence, after, EVENTS_A_PAGE),
        visit.service().grants(&actor, organization),
    )
    .await?;
    let later = after.is_some();
    Ok(Page::new(
        format!("Posting {sequence}"),
        move || view! { <PostingPage detail=detail grants=grants later=later/> },
    ))
}

#[component]
pub(crate) fn PostingPage(detail: PostingDetail, grants: Vec<GrantView>, later: bool) -> impl IntoView {
    let PostingDetail { posting, events } = detail;
    let place = Place::current();
    let to = |after: &str| changed(&place.path, &place.query, "after", after) + "#events";
    let next = events.next.as_deref().map(to);
    let first = later.then(|| to(""));
    let source = source_of(&grants, posting.grant);
    let sentence = sentence(&posting);
    let count = posting.events;
    let all = place.link("/credits#postings");
    view! {
        <PageHeader
            title=format!("Posting {}", format::count(posting.sequence)) sentence=sentence
            actions=move || view! { <a class="button" href=all.clone()>"All postings"</a> }
        />
        <Facts posting=posting source=source/>
        <Panel id="events" title="Usage events behind it">
            {if count == 0 {
                view! { <p class="note">"None: this line does not come from usage."</p> }.into_any()
            } else {
                view! {
                    <EventTable caption="Usage events" events=events.items/>
                    <Pager nostrip:first=first nostrip:next=next what="events" ascending=true/>
                }
                .into_any()
            }}
        </Panel>
    }
}

/// `212.5 credits, used, for 12 usage events, 3 hours ago.`
fn sentence(posting: &PostingView) -> String {
    let events = match posting.events {
        0 => String::new(),
        1 => " for 1 usage event".to_owned(),
        count => format!(" for {} usage events", format::count(count)),
    };
    format!(
        "{}: {}{events}, {}.",
        posting.words,
        credits_words(posting.credits),
        posting.at.relative
    )
}

#[component]
fn Facts(posting: PostingView, source: Option<String>) -> impl IntoView {
    let before = posting.sequence - 1;
    let previous = Place::current().link(&format!("{PATH}{before}"));
    view! {
        <Panel id="posting" title="What was written">
            <dl class="facts">
                <div><dt>"When"</dt><dd><Time moment=posting.at both=true/></dd></div>
                <div>
                    <dt>"Transfer"</dt>
                    <dd>{format!("{} → {}", account_word(posting.from), account_word(posting.to))}</dd>
                </div>
                <div><dt>"Credits"</dt><dd>{format::credits_exact(posting.credits)}</dd></div>
                <div><dt>"Grant"</dt><dd><GrantLink grant=posting.grant nostrip:source=source/></dd></div>
                <div><dt>"Hash"</dt><dd><code class="hash">{posting.hash}</code></dd></div>
                <div>
                    <dt>"Hash before it"</dt>
                    <dd>
                        <code class="hash">{posting.previous_hash}</code>
                        {(before > 0).then(|| view! {
                            " "<a href=previous>{format!("Posting {}", format::count(before))}</a>
                        })}
                    </dd>
                </div>
            </dl>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::credits::posting;

    #[test]
    fn one_sentence_says_what_moved_and_why() {
        let mut view = posting(42);
        assert_eq!(sentence(&view), "Used: 18.4 credits for 12 usage events, 3 hours ago.");
        view.events = 1;
        assert_eq!(sentence(&view), "Used: 18.4 credits for 1 usage event, 3 hours ago.");
        view.events = 0;
        assert_eq!(sentence(&view), "Used: 18.4 credits, 3 hours ago.");
    }
}
