//! `/manage/rates/quote`: what one run costs by the version in force and by the draft, side by side and line by line. A form
//! by GET: every quote has its address, and nothing is reserved.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::{Factor, PriceLine, Pricing, Rates, UseCase};
use drawdown_domain::{Key, Quantity};
use drawdown_service::rate_card::{Comparison, ComparisonInput, Side};
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::head::RatePages;
use super::price_words::{credits_of, number, units_of};
use crate::components::form::{ErrorSummary, Field, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::table::Table;
use crate::error::PageError;
use crate::flash::{Flash, FormError};
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
const FORM: &str = "quote";

/// What the form chooses from: the draft's and the published version's, the draft's words first.
struct Choices {
    modes: Vec<Key>,
    platforms: Vec<Key>,
    use_cases: BTreeMap<Key, UseCase>,
}

impl Choices {
    fn of(rates: &[Rates]) -> Self {
        let mut choices = Self {
            modes: Vec::new(),
            platforms: Vec::new(),
            use_cases: BTreeMap::new(),
        };
        let add = |list: &mut Vec<Key>, key: &Key| {
            if !list.contains(key) {
                list.push(key.clone());
            }
        };
        for rates in rates {
            rates.modes.keys().for_each(|key| add(&mut choices.modes, key));
            rates.platforms.keys().for_each(|key| add(&mut choices.platforms, key));
            for (key, use_case) in &rates.use_cases {
                let known = choices.use_cases.entry(key.clone()).or_insert_with(|| use_case.clone());
                for (meter, rate) in &use_case.meters {
                    known.meters.entry(meter.clone()).or_insert_with(|| rate.clone());
                }
            }
        }
        choices
    }
}

fn field_of(meter: &Key) -> String {
    format!("q-{meter}")
}

/// What the form asks for; `None` before anything is typed.
fn read(asked: &Filled, use_case: (&Key, &UseCase)) -> (Option<ComparisonInput>, Vec<FormError>) {
    let typed = use_case
        .1
        .meters
        .keys()
        .any(|meter| !asked.get(&field_of(meter)).is_empty());
    if !typed {
        return (None, Vec::new());
    }
    let mut reader = asked.reader();
    let (mode, platform) = (reader.key("mode"), reader.key("platform"));
    let mut quantities = BTreeMap::new();
    for meter in use_case.1.meters.keys() {
        let name = field_of(meter);
        let amount = reader.optional_decimal(&name);
        let quantity = amount.map(|amount| amount.to_string().parse::<Quantity>());
        match quantity {
            Some(Ok(quantity)) => {
                quantities.insert(meter.clone(), quantity);
            }
            Some(Err(error)) => reader.refuse(&name, error.to_string()),
            None => {}
        }
    }
    let input = mode.zip(platform).map(|(mode, platform)| ComparisonInput {
        use_case: use_case.0.clone(),
        mode,
        platform,
        quantities,
    });
    match reader.finish(input) {
        Ok(input) => (Some(input), Vec::new()),
        Err(error) => (None, crate::answer::errors_of(&error.into())),
    }
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let (service, actor) = (visit.service(), visit.actor()?);
    let rates = service.rates_to_compare(&actor).await?;
    let choices = Choices::of(&rates);
    let asked: Filled = visit.query();
    let chosen = choices.use_cases.get_key_value(asked.get("use_case"));
    let chosen = chosen.or_else(|| choices.use_cases.iter().next());
    let (input, errors) = chosen.map_or((None, Vec::new()), |chosen| read(&asked, chosen));
    let comparison = match &input {
        Some(input) => Some(service.compare_prices(&actor, input).await?),
        None => None,
    };
    let chosen = chosen.map(|(key, use_case)| (key.clone(), use_case.clone()));
    Ok(Page::new("Quote", move || {
        let flash = Flash {
            form: FORM.to_owned(),
            errors,
            ..Flash::default()
        };
        let place = Place {
            flash,
            ..(*Place::current()).clone()
        };
        provide_context(std::sync::Arc::new(place));
        view! { <QuotePage choices=choices chosen=chosen asked=asked comparison=comparison/> }
    })
    .still())
}

#[component]
fn QuotePage(
    choices: Choices,
    chosen: Option<(Key, UseCase)>,
    asked: Filled,
    comparison: Option<Comparison>,
) -> impl IntoView {
    let sentence = if Place::current().writes_catalogue() {
        "What one run costs by the version in force and by the draft. Nothing is reserved or counted."
    } else {
        "What one run costs by the version in force. Nothing is reserved or counted."
    };
    let Some((key, use_case)) = chosen else {
        return view! {
            <RatePages/>
            <PageHeader title="Quote" sentence="There is no use case yet, so nothing has a price."/>
        }
        .into_any();
    };
    let options = |keys: &[Key]| {
        keys.iter()
            .map(|key| (key.to_string(), key.to_string()))
            .collect::<Vec<_>>()
    };
    let use_cases = choices
        .use_cases
        .iter()
        .map(|(key, use_case)| (key.to_string(), use_case.name.clone()))
        .collect();
    let first_mode = use_case.ladder.first().or(choices.modes.first());
    let mode = Some(asked.get("mode"))
        .filter(|mode| !mode.is_empty())
        .map(str::to_owned);
    let mode = mode.unwrap_or_else(|| first_mode.map(ToString::to_string).unwrap_or_default());
    let meters = use_case.meters.iter().map(|(meter, rate)| {
        let name = field_of(meter);
        let value = asked.get(&name).to_owned();
        let unit = rate.unit.clone().unwrap_or_else(|| "units".to_owned());
        view! { <Field form=FORM name=name label=meter.to_string() value=value inputmode="decimal" unit=unit required=false/> }
    });
    let meters = meters.collect_view();
    let result = comparison.map(|comparison| view! { <Prices comparison=comparison use_case=use_case.clone()/> });
    let platform = asked.get("platform").to_owned();
    view! {
        <RatePages/>
        <PageHeader title="Quote" sentence=sentence/>
        <Panel id="quote" title="A run">
            <ErrorSummary form=FORM/>
            <form class="stack" method="get" action="/manage/rates/quote">
                <div class="form-row">
                    <Select form=FORM name="use_case" label="Use case" options=use_cases value=key.to_string()/>
                    <Select form=FORM name="mode" label="Mode" options=options(&choices.modes) value=mode/>
                    <Select form=FORM name="platform" label="Platform" options=options(&choices.platforms) value=platform/>
                </div>
                <div class="form-row">{meters}</div>
                <p class="help">"After choosing another use case, press the button for its quantities."</p>
                <div class="buttons"><button class="button primary" type="submit">"Price it"</button></div>
            </form>
        </Panel>
        {result}
    }
    .into_any()
}

#[component]
fn Prices(comparison: Comparison, use_case: UseCase) -> impl IntoView {
    let difference = difference(&comparison);
    let sides = [comparison.published, comparison.draft].into_iter().flatten();
    let sides = sides
        .map(|side| view! { <SidePanel side=side use_case=use_case.clone()/> })
        .collect_view();
    view! {
        {difference.map(|words| view! { <p class="reading">{words}</p> })}
        <div class="columns">{sides}</div>
    }
}

/// `By the draft it costs 0.5 credits more (+12.5 %).`
fn difference(comparison: &Comparison) -> Option<String> {
    let price = |side: &Option<Side>| {
        let pricing = side.as_ref()?.pricing.as_ref().ok()?;
        Some(pricing.price.credits.to_decimal())
    };
    let (before, after) = (price(&comparison.published)?, price(&comparison.draft)?);
    let change = after - before;
    if change.is_zero() {
        return Some("By both it costs the same.".to_owned());
    }
    let word = if change.is_sign_positive() { "more" } else { "less" };
    let share = (change.abs() * Decimal::ONE_HUNDRED).checked_div(before);
    let share = share.map_or_else(String::new, |share| format!(" ({} %)", number(share.round_dp(1))));
    Some(format!(
        "By the draft it costs {} {word}{share}.",
        credits_of(change.abs())
    ))
}

#[component]
fn SidePanel(side: Side, use_case: UseCase) -> impl IntoView {
    let (id, title) = match side.version {
        Some(version) => ("published", format!("Version {version}, in force")),
        None => ("draft", "Draft".to_owned()),
    };
    match side.pricing {
        Ok(pricing) => view! {
            <Panel id=id title=title class="half">
                <p class="quote-total"><strong>{number(pricing.price.credits.to_decimal())}</strong>" credits"</p>
                <Lines pricing=pricing use_case=use_case/>
            </Panel>
        }
        .into_any(),
        Err(error) => view! {
            <Panel id=id title=title class="half">
                <p class="note">{format!("It has no price: {error}.")}</p>
            </Panel>
        }
        .into_any(),
    }
}

#[component]
fn Lines(pricing: Pricing, use_case: UseCase) -> impl IntoView {
    let total = number(pricing.price.exact);
    let rows = pricing.lines.into_iter().map(move |line| {
        let rate = use_case.meters.get(&line.meter);
        let units = rate.map_or_else(|| "unit".to_owned(), units_of);
        view! {
            <tr>
                <th scope="row"><span class="cell">{line.meter.to_string()}{(!line.above.is_zero()).then(|| view! { <small class="quiet">{format!("above {}", number(line.above))}</small> })}</span></th>
                <td class="number" data-label="Units">{number(line.quantity)}</td>
                <td data-label="Rate"><span class="cell">{format!("{} per {units}", number(line.credits))}<small class="quiet">{factor(&line)}</small></span></td>
                <td class="number" data-label="Credits">{number(line.exact)}</td>
            </tr>
        }
    });
    let minimum = pricing.minimum.map(|minimum| {
        view! {
            <tr>
                <th scope="row">"Least that a run costs"</th>
                <td class="number"></td>
                <td data-label="Rate">"lifts the price to"</td>
                <td class="number" data-label="Credits">{number(minimum)}</td>
            </tr>
        }
    });
    view! {
        <Table caption="How the price comes about">
            <thead>
                <tr>
                    <th scope="col">"Quantity"</th><th scope="col" class="number">"Units"</th><th scope="col">"Rate"</th>
                    <th scope="col" class="number">"Credits"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}{minimum}</tbody>
            <tfoot>
                <tr><th scope="row" colspan="3">"Before rounding to the millionth"</th><td class="number" data-label="Credits">{total}</td></tr>
            </tfoot>
        </Table>
    }
}

/// `× 0.25 mode × 1.3 platform`, or that neither applies.
fn factor(line: &PriceLine) -> String {
    match line.factor {
        Factor::Multipliers { mode, platform } => format!("× {} mode × {} platform", number(mode), number(platform)),
        Factor::Exception => "a price of its own, no multipliers".to_owned(),
    }
}
