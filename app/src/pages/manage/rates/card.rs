//! A rate card written out: modes, platforms, and each use case with its rates and exceptions; of a draft with links to the
//! forms that change them.

use std::collections::BTreeMap;

use drawdown_domain::Key;
use drawdown_domain::catalogue::{Exception, Rates, UseCase};
use drawdown_service::rate_card::Lever;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::DRAFT;
use super::price_words::{number, rate_words, tier_words, use_case_words};
use crate::address::with_query;
use crate::components::empty::Empty;
use crate::components::panel::Panel;
use crate::components::table::{Listing, act, figures, text};

/// The card.
#[component]
pub(super) fn Card(
    /// What it says.
    rates: Rates,
    /// Whether it can be changed here.
    #[prop(optional)]
    edit: bool,
) -> impl IntoView {
    let use_cases = rates.use_cases.clone();
    let none = use_cases.is_empty();
    view! {
        <div class="columns">
            <Levers lever=Lever::Mode multipliers=rates.modes edit=edit/>
            <Levers lever=Lever::Platform multipliers=rates.platforms edit=edit/>
        </div>
        {use_cases
            .into_iter()
            .map(|(key, use_case)| view! { <UseCasePanel key=key use_case=use_case edit=edit/> })
            .collect_view()}
        {none.then(|| {
            view! {
                <Panel id="use-cases" title="Use cases">
                    <Empty title="No use case yet" words="A use case is what you meter and sell: a coding assistant, an image renderer.">
                        {edit.then(|| view! { <p class="buttons"><a class="button" href=format!("{DRAFT}/use-case")>"Add a use case"</a></p> })}
                    </Empty>
                </Panel>
            }
        })}
    }
}

#[component]
fn Levers(lever: Lever, multipliers: BTreeMap<Key, Decimal>, edit: bool) -> impl IntoView {
    let word = lever.word();
    let (title, words) = match lever {
        Lever::Mode => ("Modes", "How fast or well a run is. Each multiplies every rate."),
        Lever::Platform => ("Platforms", "Where a run comes from. Each multiplies every rate."),
    };
    let form = format!("{DRAFT}/{word}");
    let add = form.clone();
    let none = multipliers.is_empty();
    let row = move |(key, multiplier): (Key, Decimal)| {
        let href = with_query(&form, &[("key", key.as_str())]);
        view! {
            <tr>
                <th scope="row">{key.to_string()}</th>
                <td class="number" data-label="Multiplier">{format!("× {}", number(multiplier))}</td>
                {edit.then(|| view! { <td class="actions"><a class="button small" href=href aria-label=format!("Change {word} {key}")>"Change"</a></td> })}
            </tr>
        }
    };
    let aside = move || {
        let add = add.clone();
        edit.then(|| view! { <a class="button small" href=add>{format!("Add a {word}")}</a> })
    };
    let rows = multipliers.into_iter().map(row).collect_view();
    let mut heads = vec![text("Key"), figures("Multiplier")];
    heads.extend(edit.then(|| act("Change")));
    view! {
        <Panel id=format!("{word}s") title=title words=words class="half" aside=aside>
            {if none {
                view! { <p class="note">{format!("At least one {word} is needed.")}</p> }.into_any()
            } else {
                view! {
                    <Listing caption=title heads=heads>{rows}</Listing>
                }
                .into_any()
            }}
        </Panel>
    }
}

#[component]
fn UseCasePanel(key: Key, use_case: UseCase, edit: bool) -> impl IntoView {
    let words = use_case_words(&key, &use_case);
    let below = |form: &str| with_query(&format!("{DRAFT}/{form}"), &[("use_case", key.as_str())]);
    let (meter, exception) = (below("meter"), below("exception"));
    let change = with_query(&format!("{DRAFT}/use-case"), &[("key", key.as_str())]);
    let name = use_case.name.clone();
    let aside = move || {
        let (change, name) = (change.clone(), name.clone());
        edit.then(|| view! { <a class="button small" href=change aria-label=format!("Change {name}")>"Change"</a> })
    };
    let exceptions = use_case.exceptions.clone();
    view! {
        <Panel id=format!("use-case-{key}") title=use_case.name.clone() words=words aside=aside>
            <Meters key=key.clone() use_case=use_case.clone() edit=edit/>
            {(!exceptions.is_empty()).then(|| view! { <Exceptions key=key use_case=use_case exceptions=exceptions edit=edit/> })}
            {edit.then(|| {
                view! {
                    <p class="buttons panel-foot">
                        <a class="button small" href=meter>"Add a metered quantity"</a>
                        <a class="button small" href=exception>"Add an exception"</a>
                    </p>
                }
            })}
        </Panel>
    }
}

#[component]
fn Meters(key: Key, use_case: UseCase, edit: bool) -> impl IntoView {
    if use_case.meters.is_empty() {
        return view! { <p class="note">"It counts nothing yet: add a metered quantity."</p> }.into_any();
    }
    let rows = use_case
        .meters
        .into_iter()
        .map(|(meter, rate)| {
            let href = with_query(&format!("{DRAFT}/meter"), &[("use_case", key.as_str()), ("key", meter.as_str())]);
            let tiers = if rate.tiers.is_empty() { "none".to_owned() } else { tier_words(&rate.tiers) };
            view! {
                <tr>
                    <th scope="row">{meter.to_string()}</th>
                    <td data-label="Rate">{rate_words(&rate, rate.credits)}</td>
                    <td data-label="Volume tiers"><span class:quiet=rate.tiers.is_empty()>{tiers}</span></td>
                    {edit.then(|| view! { <td class="actions"><a class="button small" href=href aria-label=format!("Change {meter}")>"Change"</a></td> })}
                </tr>
            }
        })
        .collect_view();
    let mut heads = vec![text("Metered quantity"), text("Rate"), text("Volume tiers of one run")];
    heads.extend(edit.then(|| act("Change")));
    let caption = format!("Metered quantities of {}", use_case.name);
    view! { <Listing caption=caption heads=heads>{rows}</Listing> }.into_any()
}

#[component]
fn Exceptions(key: Key, use_case: UseCase, exceptions: Vec<Exception>, edit: bool) -> impl IntoView {
    let rows = exceptions
        .into_iter()
        .map(|exception| {
            let (mode, platform) = (exception.mode.clone(), exception.platform.clone());
            let href = with_query(
                &format!("{DRAFT}/exception"),
                &[("use_case", key.as_str()), ("mode", mode.as_str()), ("platform", platform.as_str())],
            );
            let prices = exception.meters.iter().filter_map(|(meter, own)| {
                let rate = use_case.meters.get(meter)?;
                let tiers = if own.tiers.is_empty() { String::new() } else { format!("; {}", tier_words(&own.tiers)) };
                Some(view! { <span class="change-side">{format!("{meter}: {}{tiers}", rate_words(rate, own.credits))}</span> })
            });
            let prices = prices.collect_view();
            let combination = format!("{mode} on {platform}");
            view! {
                <tr>
                    <th scope="row">{combination.clone()}</th>
                    <td data-label="Price of its own"><span class="cell">{prices}</span></td>
                    {edit.then(|| view! { <td class="actions"><a class="button small" href=href aria-label=format!("Change {combination}")>"Change"</a></td> })}
                </tr>
            }
        })
        .collect_view();
    let mut heads = vec![text("Exception"), text("Price of its own, multipliers not applied")];
    heads.extend(edit.then(|| act("Change")));
    let caption = format!("Exceptions of {}", use_case.name);
    view! { <Listing caption=caption heads=heads>{rows}</Listing> }
}
