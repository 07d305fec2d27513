//! The usage page without usage: before the first run, and in quiet days.

use drawdown_service::usage::span::UsageSpanView;
use leptos::prelude::*;

use super::filters::{Filters, Range};
use crate::components::empty::Empty;
use crate::components::panel::Panel;
use crate::pages::overview::first_steps::FirstRun;
use crate::shell::Frame;
use crate::visit::Place;

/// Before the first run: the next step as a command, with the customer's own key in it.
#[component]
pub(super) fn NothingYet(first_run: FirstRun) -> impl IntoView {
    let vendor = use_context::<Frame>().map_or_else(|| "your vendor".to_owned(), |frame| frame.organization.vendor);
    let command = first_run.command();
    view! {
        <Panel id="first-usage" title="See the first event here">
            <p class="reading">
                {format!(
                    "Every run that {vendor} reports for you appears here at once, with what it used and what it cost. To try it, ask                      {vendor} for a metering key and report one run:",
                )}
            </p>
            <pre class="code" tabindex="0" role="region" aria-label="Command that reports one run"><code>{command}</code></pre>
            <p class="buttons"><a class="button" href="/v1/docs">"Read the API's documentation"</a></p>
        </Panel>
    }
}

/// Quiet days.
#[component]
pub(super) fn NothingInRange(filters: Filters, span: UsageSpanView) -> impl IntoView {
    let days = if span.days == 1 {
        format!("on {}", span.first.day)
    } else {
        format!("from {} to {}", span.first.day, span.last.day)
    };
    let wider = filters
        .with_range(Range::Quarter)
        .address(&Place::current().link("/usage"));
    let widest = filters.range == Range::Quarter;
    view! {
        <Panel id="quiet" title="Nothing was used in these days">
            <Empty title=format!("No usage {days}") words="Other days may have some: the newest events are below.">
                {(!widest).then(|| view! { <p class="buttons"><a class="button" href=wider>"Show 90 days"</a></p> })}
            </Empty>
        </Panel>
    }
}
