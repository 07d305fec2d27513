//! Five price schemes as they are sold, each a catalogue file: they are read, checked and priced against figures worked
//! out by hand.

use std::collections::BTreeMap;

use drawdown_domain::hold::Run;
use drawdown_domain::limit::{CapLimit, Window};
use drawdown_domain::plan::{Interval, PlanTerms, Rollover, TopUps, Validity};
use drawdown_domain::{Credits, Currency, Key, Money};

use super::file::{CatalogueFile, read_first};

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn credits(text: &str) -> Credits {
    text.parse().unwrap()
}

fn run(use_case: &str, mode: &str, platform: &str) -> Run {
    Run {
        use_case: key(use_case),
        mode: key(mode),
        platform: key(platform),
        subject: None,
        api_key: None,
    }
}

/// The price by the rate card, and what the plan charges of it.
fn charged(file: &CatalogueFile, plan: &str, run: &Run, used: &[(&str, &str)]) -> (String, String) {
    let quantities = used
        .iter()
        .map(|(meter, quantity)| (key(meter), quantity.parse().unwrap()))
        .collect::<BTreeMap<_, _>>();
    let price = file.rates.price(run, &quantities).unwrap();
    let charge = file.plans[plan].charge(run, price);
    (charge.list.credits.to_string(), charge.credits.to_string())
}

fn both(list: &str, charge: &str) -> (String, String) {
    (list.to_owned(), charge.to_owned())
}

fn plan<'a>(file: &'a CatalogueFile, plan: &str) -> &'a PlanTerms {
    &file.plans[plan]
}

fn buys(terms: &PlanTerms, money: i64) -> String {
    terms.buys(Money::new(money, terms.currency)).unwrap().to_string()
}

#[test]
fn fast_credits_and_relaxed_use_without_limit() {
    let file = read_first(include_str!("schemes/fast_and_relaxed.toml")).unwrap();
    let mega = plan(&file, "mega");
    assert_eq!(mega.interval_price(0), Some(Money::new(9_499, Currency::USD)));
    assert_eq!((mega.interval, mega.top_ups), (Interval::Month, TopUps::WithPlan));
    assert_eq!(mega.top_up_valid, Some(Validity::Months(12)));
    assert_eq!(mega.allotments["fast"].credits, credits("10000"));
    assert_eq!(mega.allotments["fast"].rollover, Rollover::None);
    let fast = |platform, used: &[(&str, &str)]| charged(&file, "mega", &run("image-v6", "fast", platform), used);
    // 3 × 4 on the web; 3 × 4 × 1.3 on ios.
    assert_eq!(fast("web", &[("images-1k", "3")]), both("12", "12"));
    assert_eq!(fast("ios", &[("images-1k", "3")]), both("15.6", "15.6"));
    // 10 × 14 + 2 × 12 on the web; 12 × 20 on ios, where 4k has a price of its own.
    assert_eq!(fast("web", &[("images-4k", "12")]), both("164", "164"));
    assert_eq!(fast("ios", &[("images-4k", "12")]), both("240", "240"));
    // A tenth of an image is 0.4, and costs the minimum of 2.
    assert_eq!(fast("web", &[("images-1k", "0.1")]), both("2", "2"));
    // Relaxed: 12 × 0.5 = 6 by the card, which fair use counts; nothing is charged.
    let relaxed = run("image-v6", "relaxed", "web");
    assert_eq!(charged(&file, "mega", &relaxed, &[("images-1k", "3")]), both("6", "0"));
    let fair = mega.unlimited[0].fair_use.as_ref().unwrap();
    let rate = |used| fair.standing(credits(used)).rate.map(|rate| rate.requests);
    assert_eq!((rate("500"), rate("501"), rate("1501")), (None, Some(60), Some(12)));
}

#[test]
fn two_meters_of_which_one_rolls_over() {
    let file = read_first(include_str!("schemes/two_meters.toml")).unwrap();
    let pro = plan(&file, "pro");
    assert_eq!(pro.top_up_use_cases, Some(vec![key("agent")]));
    let carried = |name: &str, left| {
        let allotment = &pro.allotments[name];
        allotment.carried(credits(left), allotment.credits).to_string()
    };
    assert_eq!(carried("premium", "120"), "0");
    // At most 2 × 2 000, whatever is left.
    assert_eq!(
        (carried("agent", "1999.5"), carried("agent", "5000")),
        ("1999.5".into(), "4000".into())
    );
    // 3 500 tokens at 0.5 for 1 000.
    let agent = run("agent", "standard", "editor");
    assert_eq!(
        charged(&file, "pro", &agent, &[("tokens", "3500")]),
        both("1.75", "1.75")
    );
    // 20 euro at 50.
    assert_eq!(buys(pro, 2_000), "1000");
}

#[test]
fn actions_with_a_credit_price_by_volume() {
    let file = read_first(include_str!("schemes/actions_by_volume.toml")).unwrap();
    let terms = plan(&file, "actions");
    // 100 at 0.10; 1 000 at 0.08; 10 000 at 0.05.
    assert_eq!(
        [buys(terms, 10_000), buys(terms, 100_000), buys(terms, 1_000_000)],
        ["1000", "12500", "200000"]
    );
    // 30 × 0.1 + 4 × 1 + 1 × 5.
    let used = [("lookups", "30"), ("messages", "4"), ("reports", "1")];
    let actions = run("actions", "standard", "api");
    assert_eq!(charged(&file, "actions", &actions, &used), both("12", "12"));
    // Of 12 500, 2 500 are 20 percent.
    assert!(!terms.is_low(credits("2500"), credits("12500")));
    assert!(terms.is_low(credits("2499.9"), credits("12500")));
}

#[test]
fn an_annual_commitment() {
    let file = read_first(include_str!("schemes/annual_commitment.toml")).unwrap();
    let enterprise = plan(&file, "enterprise");
    assert_eq!((enterprise.interval, enterprise.seats), (Interval::Year, Some(250)));
    // Nothing a year but for members beyond the 250: 4 × 120.
    assert_eq!(enterprise.interval_price(0), None);
    assert_eq!(enterprise.interval_price(4), Some(Money::new(48_000, Currency::USD)));
    let agents = run("agents", "standard", "api");
    assert_eq!(
        charged(&file, "enterprise", &agents, &[("runs", "7")]),
        both("17.5", "17.5")
    );
}

#[test]
fn a_trial_of_fourteen_days() {
    let file = read_first(include_str!("schemes/trial.toml")).unwrap();
    let trial = plan(&file, "trial");
    assert_eq!(trial.lasts, Some(Validity::Days(14)));
    assert_eq!(trial.allotted(), Some(credits("100")));
    assert_eq!(trial.use_cases, Some(vec![key("code"), key("search")]));
    let daily = &trial.caps["daily"];
    assert_eq!(
        (daily.window, daily.limit),
        (Window::Day, CapLimit::Credits(credits("20")))
    );
    // 4 × 2.
    let code = run("code", "standard", "web");
    assert_eq!(charged(&file, "trial", &code, &[("tasks", "4")]), both("8", "8"));
}

#[test]
fn what_is_wrong_in_the_newer_settings_is_told_with_line_and_place() {
    let bad = include_str!("schemes/fast_and_relaxed.toml")
        .replace("tiers = [{ above = 10,", "tiers = [{ beyond = 10,")
        .replace("images-4k = \"20\"", "images-8k = \"20\"")
        .replace("top_up_valid = \"12 months\"", "top_up_valid = \"1 year\"")
        .replace("interval = \"month\"", "interval = \"moon\"")
        .replace("above = \"1500\", requests = 12,", "above = \"1500\",")
        .replace("rollover = \"none\"", "rollover = \"some\"");
    let error = read_first(&bad).unwrap_err();
    let crate::error::ServiceError::Invalid(fields) = error else {
        panic!("{error}")
    };
    let fields: Vec<(&str, &str)> = fields.iter().map(|field| (field.field.as_str(), field.code)).collect();
    assert_eq!(
        fields,
        [
            ("use_cases.image-v6.meters.images-4k.tiers[1].beyond", "unknown_key"),
            ("use_cases.image-v6.meters.images-4k.tiers[1].above", "required"),
            ("use_cases.image-v6.exceptions[1].meters.images-8k", "unknown"),
            ("plans.mega.interval", "not_valid"),
            ("plans.mega.top_up_valid", "not_a_length"),
            ("plans.mega.allotments.fast.rollover", "not_valid"),
            ("plans.mega.unlimited[1].fair_use.steps[2].requests", "required"),
        ]
    );
}
