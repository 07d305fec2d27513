//! A customer's grants, for staff: what is unspent of each, and the way to take it back.

use drawdown_domain::format;
use drawdown_service::account::AccountRights;
use drawdown_service::adjustments::{is_voidable, takes_finance};
use drawdown_service::grants::GrantView;
use leptos::prelude::*;

use crate::address::with_query;
use crate::components::amount::Amount;
use crate::components::empty::Empty;
use crate::components::moment::Time;
use crate::components::panel::Panel;
use crate::components::posting_words::short_grant;
use crate::components::table::{Listing, act, figures, text};
use crate::visit::Place;

/// The panel: what can still be burned; the rest is on the customer's page of credits.
#[component]
pub(super) fn Grants(grants: Vec<GrantView>, may: AccountRights) -> impl IntoView {
    let place = Place::current();
    let all = place.link("/credits");
    let ended = grants.iter().filter(|grant| !is_voidable(grant)).count();
    let mut open: Vec<GrantView> = grants.into_iter().filter(is_voidable).collect();
    open.sort_by_key(|grant| grant.burn_position.unwrap_or(u32::MAX));
    let shown = if open.is_empty() {
        view! {
            <Empty title="Nothing is left to burn" words="Credits come from the plan, from a top-up, or are given here for a reason."/>
        }
        .into_any()
    } else {
        let rows = open
            .into_iter()
            .map(|grant| view! { <Row grant=grant may=may/> })
            .collect_view();
        let mut heads = vec![
            text("Grant"),
            figures("Left"),
            figures("Of"),
            text("Ends"),
            figures("Paid"),
        ];
        heads.extend(may.grants.then(|| act("Take back")));
        view! {
            <Listing caption="Grants that can be burned, in burn order" heads=heads>{rows}</Listing>
        }
        .into_any()
    };
    let more = match ended {
        0 => "All of the ledger".to_owned(),
        ended => format!("{ended} that have ended, and the ledger"),
    };
    view! {
        <Panel id="grants" title="Grants" words="In burn order.">
            {shown}
            <p class="panel-more"><a href=all>{more}</a></p>
        </Panel>
    }
}

#[component]
fn Row(grant: GrantView, may: AccountRights) -> impl IntoView {
    let place = Place::current();
    let id = grant.id.to_string();
    let take_back = with_query(&place.link("/take-back"), &[("grant", &id)]);
    let paid = grant
        .paid
        .filter(|paid| paid.minor > 0)
        .map_or_else(|| "free".to_owned(), format::money);
    let needs_finance = takes_finance(&grant) && !may.above_limit;
    let name = format!("Take back what is left of {}", short_grant(grant.id));
    let (row_id, id) = (id.clone(), id);
    let act = if needs_finance {
        view! { <small class="quiet" title="What was paid for is taken back by finance or an administrator">"by finance"</small> }.into_any()
    } else {
        view! { <a class="button small" href=take_back aria-label=name>"Take back"</a> }.into_any()
    };
    view! {
        <tr id=row_id>
            <th scope="row">
                <span class="cell">
                    <span>{grant.source}" "<code class="quiet" title=id>{short_grant(grant.id)}</code></span>
                    {grant.note.map(|note| view! { <small class="quiet grant-note">{note}</small> })}
                </span>
            </th>
            <td class="number" data-label="Left"><Amount credits=grant.remaining/></td>
            <td class="number" data-label="Of"><Amount credits=grant.amount/></td>
            <td data-label="Ends">
                {grant.expires.map_or_else(|| "never".into_any(), |end| view! { <Time moment=end/> }.into_any())}
            </td>
            <td class="number" data-label="Paid">{paid}</td>
            {may.grants.then(|| view! { <td data-label="Take back">{act}</td> })}
        </tr>
    }
}
