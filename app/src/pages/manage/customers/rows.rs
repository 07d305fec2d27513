//! The table of customers.

use drawdown_domain::organization::OrganizationStatus;
use drawdown_domain::{Credits, format};
use drawdown_service::portfolio::{Health, HealthFilter, PortfolioCustomer, reason};
use leptos::prelude::*;

use crate::address::customer_path;
use crate::components::amount::Amount;
use crate::components::badge::Badge;
use crate::components::moment::Time;
use crate::components::notice::Tone;
use crate::components::table::{SortHead, Sorting, Table};

/// The table.
#[component]
pub(super) fn Rows(customers: Vec<PortfolioCustomer>, sorting: Sorting) -> impl IntoView {
    let sorted = move || sorting.clone();
    view! {
        <Table caption="Customers with their plans, credits, burn of 30 days against pace, depletion, health, renewal, last seen">
            <thead>
                <tr>
                    <SortHead column="name" word="Customer" sorting=sorted()/>
                    <SortHead column="left" word="Credits left" sorting=sorted() number=true/>
                    <SortHead column="burn" word="Burn, 30 days" sorting=sorted() number=true/>
                    <SortHead column="ends" word="Runs out" sorting=sorted()/>
                    <SortHead column="health" word="Health" sorting=sorted()/>
                    <SortHead column="renewal" word="Renewal" sorting=sorted()/>
                    <SortHead column="seen" word="Last seen" sorting=sorted()/>
                </tr>
            </thead>
            <tbody>{customers.into_iter().map(|customer| view! { <Row customer=customer/> }).collect_view()}</tbody>
        </Table>
    }
}

#[component]
fn Row(customer: PortfolioCustomer) -> impl IntoView {
    let tone = match customer.health {
        Health::Blocked => Tone::Danger,
        Health::AtRisk(_) | Health::Ahead => Tone::Warn,
        Health::Behind => Tone::default(),
        Health::OnPace => Tone::Ok,
    };
    let word = match customer.status {
        OrganizationStatus::Suspended => "suspended",
        OrganizationStatus::Active => HealthFilter::of(customer.health).word(),
    };
    let pace = customer.pace.map_or_else(
        || view! { <small class="quiet" title="No grant with an end sets a pace">"no pace"</small> }.into_any(),
        |pace| {
            let exact = format!(
                "What is left lasts just until it ends at {} credits in 30 days",
                format::credits_exact(pace)
            );
            view! { <small class="quiet" title=exact>{format!("pace {}", format::credits(whole(pace)))}</small> }
                .into_any()
        },
    );
    let unknown = |why: &'static str| view! { <span class="quiet" title=why>"–"</span> }.into_any();
    view! {
        <tr>
            <th scope="row" class="customer">
                <a class="customer-name" href=customer_path(customer.id, "")>{customer.name}</a>
                <small class="quiet">{customer.key.to_string()}</small>
                <small class="quiet">{customer.plan.map_or_else(|| "No plan".to_owned(), |(_, name)| name)}</small>
                {customer.seen.clone().map(|moment| view! {
                    <small class="quiet customer-seen">{format!("Seen {}", moment.relative)}</small>
                })}
            </th>
            <td data-label="Credits left" class="number"><Amount credits=customer.left/></td>
            <td data-label="Burn, 30 days" class="number customer-burn"><Amount credits=customer.burned/>{pace}</td>
            <td data-label="Runs out">
                {customer.depletes.map_or_else(
                    || unknown("Not in sight at the usual burn, or nothing is left"),
                    |moment| view! { <Time moment=moment/> }.into_any(),
                )}
            </td>
            <td data-label="Health"><span title=reason(customer.health)><Badge tone=tone word=word/></span></td>
            <td data-label="Renewal">
                {customer.renews.map_or_else(
                    || unknown("No plan gives credits by period, and no credits end"),
                    |moment| view! { <Time moment=moment/> }.into_any(),
                )}
            </td>
            <td data-label="Last seen">
                {customer.seen.map_or_else(
                    || unknown("Neither a run nor a member was seen yet"),
                    |moment| view! { <Time moment=moment/> }.into_any(),
                )}
            </td>
        </tr>
    }
}

/// To the whole credit, from a hundred on: a pace is a measure, and its fractions say nothing.
fn whole(credits: Credits) -> Credits {
    const CREDIT: i64 = 1_000_000;
    let micros = credits.micros();
    if micros < 100 * CREDIT {
        credits
    } else {
        Credits::from_micros(micros - micros % CREDIT)
    }
}
