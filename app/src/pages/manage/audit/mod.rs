//! `/manage/audit`: what was changed, by whom, for all customers that whoever is signed in may see; filtered by customer,
//! person, what and dates, and the same as a file. A customer's own log is made of the same pieces.

pub(crate) mod query;
pub(crate) mod table;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use drawdown_domain::format;
use drawdown_domain::id::OrganizationId;
use drawdown_service::ServiceError;
use drawdown_service::audit::{AUDIT_FILE_LINES_MAX, AuditEntry};
use drawdown_service::customers::Page as ListPage;
use leptos::prelude::*;

use crate::address::with_query;
use crate::components::empty::Empty;
use crate::components::icon::{Icon, Sign};
use crate::components::notice::{Notice, Tone};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::Pager;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::Visit;
use query::{FilterForm, Query};
use table::{AuditTable, Within};

/// Where the log of all customers is.
pub(crate) const HOME: &str = "/manage/audit";
/// Lines of one page.
const LINES: u32 = 50;

/// A filtered log, ready to show.
pub(crate) struct Shown {
    query: Query,
    lines: ListPage<AuditEntry>,
    /// What cannot be read of the filter.
    refused: Vec<String>,
}

/// The log that a visit asks for: of one customer, or of all.
pub(crate) async fn shown(visit: &Visit, organization: Option<OrganizationId>) -> Result<Shown, PageError> {
    let query: Query = visit.query();
    let before = Some(query.before.as_str()).filter(|before| before.parse::<drawdown_domain::id::AuditId>().is_ok());
    let (actor, asked) = (visit.actor()?, query.asked(organization));
    let found = visit.service().audit_log(&actor, &asked, before, LINES).await;
    let (lines, refused) = match found {
        Ok(lines) => (lines, Vec::new()),
        Err(ServiceError::Invalid(fields)) => {
            let nothing = ListPage {
                items: Vec::new(),
                next: None,
            };
            (nothing, fields.into_iter().map(|field| field.message).collect())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Shown { query, lines, refused })
}

/// The same as a file.
pub(crate) async fn file(
    visit: &Visit,
    organization: Option<OrganizationId>,
    name: &str,
) -> Result<Response, PageError> {
    let query: Query = visit.query();
    let text = visit
        .service()
        .audit_csv(&visit.actor()?, &query.asked(organization))
        .await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(PageError::internal)?,
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, text).into_response())
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let shown = shown(&visit, None).await?;
    Ok(Page::new("Audit log", move || view! { <AllPage shown=shown/> }).still())
}

/// The file.
pub async fn csv(visit: Visit) -> Result<Response, PageError> {
    visit.staff()?;
    file(&visit, None, "audit.csv").await
}

#[component]
fn AllPage(shown: Shown) -> impl IntoView {
    view! {
        <PageHeader
            title="Audit log"
            sentence="What was changed for the customers that you may see, by whom, and who of the staff looked. Times and days of UTC."
        />
        <Log shown=shown path=HOME.to_owned() all=true/>
    }
}

/// The filter, the lines and the way to the file.
#[component]
pub(crate) fn Log(
    shown: Shown,
    /// Where the log is; its file is there with `.csv` behind.
    path: String,
    /// True where it is of all customers.
    all: bool,
) -> impl IntoView {
    let Shown { query, lines, refused } = shown;
    let first = (!query.before.is_empty()).then(|| query.address(&path));
    let here = query.address(&path);
    let joint = if here.contains('?') { '&' } else { '?' };
    let next = lines.next.as_deref().map(|next| format!("{here}{joint}before={next}"));
    let csv = query.address(&format!("{path}.csv"));
    let words = format!(
        "The newest first. A file has at most {} lines: narrow the days for more.",
        format::count(most())
    );
    let nothing = lines.items.is_empty();
    let found = if nothing {
        let all_of_it = with_query(&path, &[]);
        view! {
            <Empty title="No line is like this" words="Names are those that the log shows, written out. Try fewer filters, or other days.">
                <p class="buttons"><a class="button" href=all_of_it>"Show everything"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let within = Within {
            query: query.clone(),
            path: path.clone(),
        };
        view! { <AuditTable entries=lines.items within=within all=all/> }.into_any()
    };
    let refused = refused
        .into_iter()
        .map(|words| view! { <Notice tone=Tone::Warn>{words}</Notice> })
        .collect_view();
    view! {
        <FilterForm query=query path=path all=all/>
        {refused}
        <Panel
            id="audit" title="Lines" words=words
            aside=move || (!nothing).then(|| {
                view! { <a class="button small" href=csv.clone() download rel="nofollow"><Icon sign=Sign::Download/>"Download CSV"</a> }
            })
        >
            {found}
            <Pager nostrip:first=first nostrip:next=next what="lines"/>
        </Panel>
    }
}

fn most() -> i64 {
    i64::try_from(AUDIT_FILE_LINES_MAX).unwrap_or(i64::MAX)
}
