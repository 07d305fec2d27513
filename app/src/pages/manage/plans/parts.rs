//! The groups of a plan's terms but ceilings and fair use: their fields, and how what is filled in becomes a change.

use std::collections::BTreeMap;

use drawdown_domain::plan::{Allotment, ConversionTier, OveragePolicy, PlanTerms, Rollover, TopUps};
use drawdown_domain::{Credits, Key, Money};
use drawdown_service::ServiceError;
use drawdown_service::plans::PlanEdit;
use leptos::prelude::*;

use super::KINDS;
use super::choices::{Choices, Length, Ticks, is_ticked, read_ticks, with_chosen};
use super::part::FORM;
use super::words::{EVERY, INTERVALS, options, read_length, value_of, values};
use crate::components::form::{Field, Radios, Select};
use crate::pages::manage::filled::{Filled, Reader};

/// Rows for better rates beyond those that are there.
const EMPTY_TIERS: usize = 2;
/// What the names of the fields about failed runs begin with; the use case follows.
const REFUND: &str = "refund-";
const TOP_UPS: [(&str, TopUps, &str); 3] = [
    ("allowed", TopUps::Allowed, "Allowed, and burn while they are valid"),
    (
        "with_plan",
        TopUps::WithPlan,
        "Allowed, but rest while there is no active plan",
    ),
    ("never", TopUps::Never, "Not allowed"),
];

fn amount(money: Option<Money>) -> String {
    money.map_or_else(String::new, |money| money.to_decimal().to_string())
}

fn figure<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

pub(super) fn read_basics(form: &Filled, terms: &PlanTerms) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let name = reader.text("title");
    if name.is_empty() {
        reader.refuse("title", "a name, as customers read it");
    }
    let kind = reader.one_of("kind", &KINDS.map(|(value, kind, _)| (value, kind)));
    let interval = reader.one_of("interval", &values(&INTERVALS));
    let price = reader.optional_money("price", terms.currency);
    let lasts = read_length(form, &mut reader, "lasts");
    let seats = reader.optional_count("seats");
    let extra_seat_price = reader.optional_money("extra_seat_price", terms.currency);
    let edit = kind.zip(interval).map(|(kind, interval)| PlanEdit::Basics {
        name,
        kind,
        price,
        interval,
        lasts,
        seats,
        extra_seat_price,
    });
    reader.finish(edit)
}

pub(super) fn basics(terms: &PlanTerms) -> AnyView {
    let currency = terms.currency.to_string();
    let kinds = KINDS
        .map(|(value, _, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let lasts = terms.lasts;
    view! {
        <Field form=FORM name="title" label="Name" value=terms.name.clone() length_max=80 help="As customers read it."/>
        <Radios form=FORM name="kind" label="Kind" options=kinds value=terms.kind.name()/>
        <div class="form-row">
            <Field form=FORM name="price" label="Price of an interval" value=amount(terms.price) inputmode="decimal" unit=currency.clone() required=false help="Left empty, nothing is charged."/>
            <Select form=FORM name="interval" label="Interval" options=options(&INTERVALS) value=value_of(&INTERVALS, &terms.interval) help="How often it is charged and renews."/>
        </div>
        <div class="form-row">
            <Field form=FORM name="seats" label="Members included" value=figure(terms.seats) inputmode="numeric" required=false help="Left empty, as many as they like."/>
            <Field form=FORM name="extra_seat_price" label="Price of one more member" value=amount(terms.extra_seat_price) inputmode="decimal" unit=currency required=false help="An interval. Left empty, there are no more than the included ones."/>
        </div>
        <Length name="lasts" label="Ends by itself after" length=lasts help="For a trial: 14 days. Left empty, it goes on."/>
    }
    .into_any()
}

pub(super) fn read_conversion(form: &Filled, terms: &PlanTerms) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let rate = reader.positive("rate");
    let mut tiers = Vec::new();
    for row in form.rows(&["from_", "rate_"]) {
        let (from_name, rate_name) = (format!("from_{row}"), format!("rate_{row}"));
        if form.get(&from_name).is_empty() && form.get(&rate_name).is_empty() {
            continue;
        }
        let from = reader.optional_money(&from_name, terms.currency);
        if from.is_none() && form.get(&from_name).is_empty() {
            reader.refuse(&from_name, "say from which amount this rate holds");
        }
        if let (Some(from), Some(rate)) = (from, reader.positive(&rate_name)) {
            tiers.push(ConversionTier { from, rate });
        }
    }
    let low_balance_percent = read_low_balance(&mut reader);
    let edit = rate.map(|rate| PlanEdit::Conversion {
        rate,
        tiers,
        low_balance_percent,
    });
    reader.finish(edit)
}

pub(super) fn conversion(terms: &PlanTerms) -> AnyView {
    let currency = terms.currency.to_string();
    let rows = (0..terms.conversion_tiers.len() + EMPTY_TIERS).map(|row| {
        let tier = terms.conversion_tiers.get(row);
        let from = amount(tier.map(|tier| tier.from));
        let rate = figure(tier.map(|tier| tier.rate.normalize()));
        view! {
            <div class="form-row">
                <Field form=FORM name=format!("from_{row}") label=format!("{}. From", row + 1) value=from inputmode="decimal" unit=currency.clone() required=false/>
                <Field form=FORM name=format!("rate_{row}") label="one unit buys" value=rate inputmode="decimal" unit="credits" required=false/>
            </div>
        }
    });
    view! {
        <Field
            form=FORM name="rate" label=format!("One {currency} buys") value=terms.conversion_rate.normalize().to_string() inputmode="decimal" unit="credits"
            help="The only place of a discount: the rate card is the same for every plan."
        />
        <fieldset class="tiers">
            <legend>"Better rates for larger purchases"</legend>
            <p class="help">"A purchase has one rate, the best that its amount reaches, for all of it. Leave empty what is not needed."</p>
            {rows.collect_view()}
        </fieldset>
        {low_balance(terms.low_balance_percent, "Left empty, nobody is told.")}
    }
    .into_any()
}

/// The percentage below which somebody is told, or nothing.
pub(crate) fn read_low_balance(reader: &mut Reader<'_>) -> Option<u8> {
    let percent = reader.optional_count("low_balance_percent")?;
    let read = u8::try_from(percent).ok().filter(|percent| *percent <= 99);
    if read.is_none() {
        reader.refuse("low_balance_percent", "a percentage from 1 to 99");
    }
    read
}

pub(crate) fn low_balance(percent: Option<u8>, none: &str) -> impl IntoView + use<> {
    let help = format!("Of the credits that are valid now. {none}");
    view! {
        <Field
            form=FORM name="low_balance_percent" label="Tell when fewer are left than" value=figure(percent) inputmode="numeric" unit="%" required=false
            help=help
        />
    }
}

pub(super) fn read_top_ups(form: &Filled) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let top_ups = reader.one_of("top_ups", &values(&TOP_UPS));
    let valid = read_length(form, &mut reader, "valid");
    let use_cases = read_ticks(&reader, "pays-");
    let edit = top_ups.map(|top_ups| PlanEdit::TopUps {
        top_ups,
        valid,
        use_cases,
    });
    reader.finish(edit)
}

pub(super) fn top_ups(terms: &PlanTerms, choices: Choices) -> AnyView {
    view! {
        <Radios form=FORM name="top_ups" label="Buying credits beside the plan" options=options(&TOP_UPS) value=value_of(&TOP_UPS, &terms.top_ups)/>
        <Length name="valid" label="Bought credits are valid for" length=terms.top_up_valid help="Left empty, they never end."/>
        <Ticks prefix="pays-" label="They pay for" options=choices.use_cases chosen=terms.top_up_use_cases.clone() help="None ticked: everything."/>
    }
    .into_any()
}

pub(super) fn read_included(form: &Filled) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let overage = read_overage(form, &mut reader);
    let edit = overage.map(|overage| PlanEdit::Included {
        use_cases: read_ticks(&reader, "use_case-"),
        modes: read_ticks(&reader, "mode-"),
        platforms: read_ticks(&reader, "platform-"),
        overage,
        degrade_without_credits: reader.ticked("degrade"),
    });
    reader.finish(edit)
}

/// What is beyond the credits.
pub(crate) fn read_overage(form: &Filled, reader: &mut Reader<'_>) -> Option<OveragePolicy> {
    match form.get("overage") {
        "block" => Some(OveragePolicy::Block),
        "owe" => Some(OveragePolicy::Owe),
        "forgive" => reader.credits("forgive").map(OveragePolicy::Forgive),
        _ => {
            reader.refuse("overage", "choose one");
            None
        }
    }
}

pub(crate) fn overage(overage: OveragePolicy) -> impl IntoView {
    let overages = [
        (
            "owe",
            "Owe: what credits cannot cover is owed, and settled by the next credits",
        ),
        ("block", "Block: owed, and no run starts until it is settled"),
        ("forgive", "Forgive: up to so many credits a run are forgiven"),
    ];
    let overages = overages
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let (overage, forgiven) = match overage {
        OveragePolicy::Owe => ("owe", String::new()),
        OveragePolicy::Block => ("block", String::new()),
        OveragePolicy::Forgive(most) => ("forgive", most.to_string()),
    };
    view! {
        <Radios form=FORM name="overage" label="Beyond the credits" options=overages value=overage/>
        <Field form=FORM name="forgive" label="Forgiven a run, at most" value=forgiven inputmode="decimal" unit="credits" required=false help="Where you forgive. The rest is owed."/>
    }
}

pub(super) fn included(terms: &PlanTerms, choices: Choices) -> AnyView {
    let degrade = is_ticked("degrade", terms.degrade_without_credits);
    view! {
        <Ticks prefix="use_case-" label="Use cases" options=choices.use_cases chosen=terms.use_cases.clone() help="None ticked: all, also those to come."/>
        <Ticks prefix="mode-" label="Modes" options=choices.modes chosen=terms.modes.clone() help="None ticked: all."/>
        <Ticks prefix="platform-" label="Platforms" options=choices.platforms chosen=terms.platforms.clone() help="None ticked: all."/>
        {overage(terms.overage)}
        <label class="choice"><input type="checkbox" name="degrade" value="1" checked=degrade/><span>"A run that lacks credits may degrade to the next mode of its use case"</span></label>
    }
    .into_any()
}

/// What is told about failed runs, by use case: what is filled in, and of use cases that the form has no field for what is
/// `known`.
pub(crate) fn read_refunds(form: &Filled, known: &BTreeMap<Key, String>) -> BTreeMap<Key, String> {
    let mut told = known.clone();
    for (name, words) in form.pairs() {
        let use_case = name.strip_prefix(REFUND).and_then(|key| key.parse::<Key>().ok());
        match (use_case, words.trim()) {
            (Some(use_case), "") => told.remove(&use_case),
            (Some(use_case), words) => told.insert(use_case, words.to_owned()),
            (None, _) => None,
        };
    }
    told
}

pub(crate) fn refunds(terms: &PlanTerms, choices: Choices) -> AnyView {
    let use_cases = with_chosen(choices.use_cases, terms.refunds.keys());
    let fields = use_cases.into_iter().map(|(key, word)| {
        let words = terms.refunds.get(&key).cloned().unwrap_or_default();
        view! { <Field form=FORM name=format!("{REFUND}{key}") label=word value=words required=false/> }
    });
    let fields = fields.collect_view();
    view! {
        <p class="help">"What customers are told about failed runs, such as: a failed render costs nothing. Left empty, nothing is said."</p>
        {fields}
    }
    .into_any()
}

pub(super) fn read_allotment(form: &Filled) -> Result<PlanEdit, ServiceError> {
    let mut reader = form.reader();
    let (name, credits) = (reader.key("name"), reader.credits("credits"));
    let per_extra_seat = reader.optional_credits("per_extra_seat").unwrap_or(Credits::ZERO);
    let every = reader.one_of("every", &values(&EVERY));
    let lasts = reader.optional_count("lasts").unwrap_or(1);
    let rollover = match form.get("rollover") {
        "all" => Some(Rollover::All),
        "up_to" => reader.positive("up_to").map(Rollover::UpTo),
        _ => Some(Rollover::None),
    };
    let use_cases = read_ticks(&reader, "pays-");
    let is_new = !reader.ticked("known");
    let edit = name.zip(credits).zip(every.zip(rollover));
    let edit = edit.map(|((name, credits), (every, rollover))| PlanEdit::PutAllotment {
        name,
        allotment: Allotment {
            per_extra_seat,
            every,
            lasts,
            rollover,
            use_cases,
            ..Allotment::plain(credits)
        },
        is_new,
    });
    reader.finish(edit)
}

pub(super) fn allotment(known: Option<&Allotment>, choices: Choices) -> AnyView {
    let plain = Allotment::plain(Credits::ZERO);
    let credits = known.map_or_else(String::new, |known| known.credits.to_string());
    let known = known.unwrap_or(&plain);
    let more = if known.per_extra_seat.is_positive() {
        known.per_extra_seat.to_string()
    } else {
        String::new()
    };
    let rollovers = [
        ("none", "Nothing: what is left ends"),
        ("all", "All that is left"),
        ("up_to", "What is left, at most so many times the allotment"),
    ];
    let rollovers = rollovers
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let (rollover, multiple) = match known.rollover {
        Rollover::None => ("none", String::new()),
        Rollover::All => ("all", String::new()),
        Rollover::UpTo(multiple) => ("up_to", multiple.normalize().to_string()),
    };
    view! {
        <div class="form-row">
            <Field form=FORM name="credits" label="Credits each time" value=credits inputmode="decimal" unit="credits"/>
            <Field form=FORM name="per_extra_seat" label="More for each extra member" value=more inputmode="decimal" unit="credits" required=false/>
        </div>
        <div class="form-row">
            <Select form=FORM name="every" label="Given" options=options(&EVERY) value=value_of(&EVERY, &known.every)/>
            <Field form=FORM name="lasts" label="They live for so many intervals" value=known.lasts.to_string() inputmode="numeric" help="1: until the next are given."/>
        </div>
        <Radios form=FORM name="rollover" label="Carried over at the end" options=rollovers value=rollover/>
        <Field form=FORM name="up_to" label="At most so many times the allotment" value=multiple inputmode="decimal" required=false help="Where you carry over up to a multiple: 2 for twice."/>
        <Ticks prefix="pays-" label="They pay for" options=choices.use_cases chosen=known.use_cases.clone() help="None ticked: everything."/>
    }
    .into_any()
}
