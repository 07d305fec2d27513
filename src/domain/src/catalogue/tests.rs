//! Prices by hand, and prices that make no sense.

use super::*;
use crate::hold::Run;

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn rates() -> Rates {
    serde_json::from_str(
        r#"{
            "modes": {"fast": "1", "relaxed": "0.25", "turbo": "3"},
            "platforms": {"web": "1", "ios": "1.3"},
            "use_cases": {
                "code": {"name": "Code", "ladder": ["fast", "relaxed"], "meters": {
                    "context_tokens": {"per": "1000", "credits": "2"},
                    "generated_tokens": {"per": "1000", "credits": "8"}}},
                "thirds": {"name": "Thirds", "meters": {"units": {"per": "3", "credits": "0.000001"}}},
                "render": {"name": "Render", "meters": {"images": {"credits": "1"}}}
            }
        }"#,
    )
    .unwrap()
}

fn price(use_case: &str, mode: &str, platform: &str, quantities: &[(&str, &str)]) -> Result<Price, PriceError> {
    let run = Run {
        use_case: key(use_case),
        mode: key(mode),
        platform: key(platform),
        subject: None,
        api_key: None,
    };
    let quantities = quantities
        .iter()
        .map(|(meter, number)| (key(meter), number.parse().unwrap()));
    rates().price(&run, &quantities.collect())
}

#[test]
fn a_run_costs_the_sum_of_its_meters_times_mode_and_platform() {
    let tokens = [("context_tokens", "1234"), ("generated_tokens", "77")];
    let credits = |mode, platform| price("code", mode, platform, &tokens).unwrap().credits.to_string();
    assert_eq!(credits("fast", "web"), "3.084");
    assert_eq!(credits("relaxed", "ios"), "1.0023");
}

#[test]
fn it_is_rounded_once_half_even_after_an_exact_division() {
    let micros = |units: &str| {
        price("thirds", "turbo", "web", &[("units", units)])
            .unwrap()
            .credits
            .micros()
    };
    // Three times a third is whole again; a half goes to the even neighbour.
    assert_eq!(micros("0.5"), 0);
    assert_eq!(micros("1.5"), 2);
    assert_eq!(micros("2.5"), 2);
}

#[test]
fn the_version_in_force_prices_and_the_first_prices_what_was_before() {
    let version = |number: i64, seconds| RateCard {
        id: RateCardVersionId::from_uuid(uuid::Uuid::from_u128(number.unsigned_abs().into())),
        number,
        effective_at: Timestamp::from_seconds(seconds),
        rates: rates(),
    };
    let catalogue = Catalogue {
        versions: vec![version(1, 100), version(2, 200)],
    };
    let number = |seconds| catalogue.at(Timestamp::from_seconds(seconds)).unwrap().number;
    assert_eq!([number(0), number(100), number(199), number(200)], [1, 1, 1, 2]);
    assert_eq!(Catalogue::default().at(Timestamp::EPOCH), None);
}

#[test]
fn what_is_not_offered_has_no_price() {
    let images = [("images", "1")];
    assert_eq!(
        price("render", "turbo", "web", &images).unwrap().credits.to_string(),
        "3"
    );
    let unknown = price("code", "turbo", "web", &[("context_tokens", "1")]);
    assert_eq!(unknown, Err(PriceError::UnknownMode(key("turbo"))));
    assert_eq!(
        price("render", "fast", "fax", &images),
        Err(PriceError::UnknownPlatform(key("fax")))
    );
    assert_eq!(
        price("code", "fast", "web", &images),
        Err(PriceError::UnknownMeter(key("images")))
    );
}

#[test]
fn a_quantity_alone_is_of_the_only_meter() {
    let one = Quantity::from(1);
    assert_eq!(
        rates().single_quantity(&key("render"), one),
        Ok(BTreeMap::from([(key("images"), one)]))
    );
    let ambiguous = rates().single_quantity(&key("code"), one);
    assert_eq!(ambiguous, Err(PriceError::AmbiguousQuantity));
}

fn render(rates: &mut Rates) -> &mut UseCase {
    rates.use_cases.get_mut("render").unwrap()
}

#[test]
fn prices_that_make_no_sense_are_told() {
    let refuse = |change: fn(&mut Rates)| {
        let mut rates = rates();
        change(&mut rates);
        rates.validate().unwrap_err()
    };
    assert_eq!(rates().validate(), Ok(()));
    assert_eq!(refuse(|r| r.modes.clear()), RatesError::Nothing("mode"));
    let negative = refuse(|r| *r.platforms.get_mut("ios").unwrap() = Decimal::NEGATIVE_ONE);
    assert_eq!(negative.to_string(), "the multiplier of platform ios is below zero");
    assert_eq!(refuse(|r| render(r).meters.clear()), RatesError::NoMeter(key("render")));
    let per = refuse(|r| render(r).meters.get_mut("images").unwrap().per = Decimal::ZERO);
    assert_eq!(per, RatesError::Per("render.images".to_owned()));
    assert!(matches!(
        refuse(|r| render(r).ladder = vec![key("warp")]),
        RatesError::Ladder { .. }
    ));
    let twice = refuse(|r| render(r).ladder = vec![key("fast"), key("fast")]);
    assert!(matches!(twice, RatesError::Ladder { .. }));
}

/// `render` with tiers, a minimum and an exception for fast on ios.
fn detailed() -> Rates {
    let mut rates = rates();
    let tier = |above: i64, credits: &str| Tier {
        above: above.into(),
        credits: credits.parse().unwrap(),
    };
    let use_case = render(&mut rates);
    use_case.minimum = Some("0.9".parse().unwrap());
    let images = use_case.meters.get_mut("images").unwrap();
    images.tiers = vec![tier(10, "0.8"), tier(100, "0.5")];
    images.unit = Some("image".to_owned());
    let own = OwnRate {
        credits: "2".parse().unwrap(),
        tiers: vec![tier(5, "1.5")],
    };
    use_case.exceptions = vec![Exception {
        mode: key("fast"),
        platform: key("ios"),
        meters: BTreeMap::from([(key("images"), own)]),
    }];
    rates
}

fn pricing(rates: &Rates, mode: &str, platform: &str, images: &str) -> Pricing {
    let run = Run {
        use_case: key("render"),
        mode: key(mode),
        platform: key(platform),
        subject: None,
        api_key: None,
    };
    let quantities = BTreeMap::from([(key("images"), images.parse().unwrap())]);
    let pricing = rates.explain(&run, &quantities).unwrap();
    assert_eq!(rates.price(&run, &quantities), Ok(pricing.price));
    pricing
}

#[test]
fn tiers_are_graduated_by_the_units_of_one_run() {
    let rates = detailed();
    let cost = |images: &str| pricing(&rates, "fast", "web", images).price.credits.to_string();
    // 10 × 1; 10 × 1 + 90 × 0.8 = 82; 82 + 30 × 0.5 = 97.
    assert_eq!([cost("10"), cost("100"), cost("130")], ["10", "82", "97"]);
    // Times 0.25: 24.25.
    assert_eq!(
        pricing(&rates, "relaxed", "web", "130").price.credits.to_string(),
        "24.25"
    );
    let lines = pricing(&rates, "relaxed", "web", "130").lines;
    let lines: Vec<[String; 4]> = lines
        .iter()
        .map(|line| [line.above, line.quantity, line.credits, line.exact].map(|number| number.to_string()))
        .collect();
    let row = |texts: [&str; 4]| texts.map(str::to_owned);
    assert_eq!(
        lines,
        [
            row(["0", "10", "1", "2.5"]),
            row(["10", "90", "0.8", "18"]),
            row(["100", "30", "0.5", "3.75"])
        ]
    );
}

#[test]
fn an_exception_stands_in_place_of_the_rate_and_both_multipliers() {
    let rates = detailed();
    let ios = pricing(&rates, "fast", "ios", "8");
    // 5 × 2 + 3 × 1.5, and not times 1.3.
    assert_eq!(ios.price.credits.to_string(), "14.5");
    assert!(ios.lines.iter().all(|line| line.factor == Factor::Exception));
    // Relaxed on ios has none: 8 × 1 × 0.25 × 1.3.
    assert_eq!(pricing(&rates, "relaxed", "ios", "8").price.credits.to_string(), "2.6");
}

#[test]
fn a_run_costs_at_least_the_minimum_unless_it_costs_nothing() {
    let mut rates = detailed();
    let small = pricing(&rates, "relaxed", "web", "1");
    assert_eq!(
        (small.price.credits.to_string(), small.minimum),
        ("0.9".to_owned(), "0.9".parse().ok())
    );
    let enough = pricing(&rates, "relaxed", "web", "4");
    assert_eq!(
        (enough.price.credits.to_string(), enough.minimum),
        ("1".to_owned(), None)
    );
    // A failed run that is captured with nothing is free; so is a mode that costs nothing.
    assert_eq!(pricing(&rates, "fast", "web", "0").price.credits, crate::Credits::ZERO);
    rates.modes.insert(key("relaxed"), Decimal::ZERO);
    assert_eq!(
        pricing(&rates, "relaxed", "web", "500").price.credits,
        crate::Credits::ZERO
    );
}

#[test]
fn exceptions_tiers_and_minimums_that_make_no_sense_are_told() {
    let told = |change: fn(&mut UseCase)| {
        let mut rates = detailed();
        change(render(&mut rates));
        rates.validate().unwrap_err().to_string()
    };
    assert_eq!(detailed().validate(), Ok(()));
    assert_eq!(
        told(|u| u.meters.get_mut("images").unwrap().tiers.swap(0, 1)),
        "the tiers of render.images begin above zero, each above the one before"
    );
    assert_eq!(
        told(|u| u.meters.get_mut("images").unwrap().tiers[1].credits = Decimal::NEGATIVE_ONE),
        "the rate of render.images above 100 is below zero"
    );
    assert_eq!(
        told(|u| u.minimum = Some(Decimal::NEGATIVE_ONE)),
        "the minimum of render is below zero"
    );
    let exception = "the exception of use case render for fast on ios";
    assert_eq!(
        told(|u| u.exceptions.push(u.exceptions[0].clone())),
        format!("{exception} stands there twice")
    );
    assert_eq!(
        told(|u| u.exceptions[0].meters.clear()),
        format!("{exception} prices no meter")
    );
    assert_eq!(
        told(|u| u.ladder = vec![key("relaxed")]),
        format!("{exception} names a mode that the use case does not offer")
    );
    assert_eq!(
        told(|u| u.exceptions[0].platform = key("fax")),
        "the exception of use case render for fast on fax names a platform that there is not"
    );
}

#[test]
fn what_a_version_changes_is_told_line_by_line() {
    let (old, mut new) = (rates(), detailed());
    new.modes.insert(key("relaxed"), "0.2".parse().unwrap());
    new.use_cases.remove("thirds");
    let lines: Vec<String> = old.changes_to(&new).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "mode relaxed: × 0.25 -> × 0.2",
            "use case render, meter images: 1 credits per unit -> 1 credits per image; above 10: 0.8; above 100: 0.5",
            "use case render, least of a run: new, 0.9 credits",
            "use case render, meter images for fast on ios: new, 2 credits per image; above 5: 1.5",
            "use case thirds: removed, was Thirds",
            "use case thirds, meter units: removed, was 0.000001 credits per 3 × unit",
        ]
    );
    assert_eq!(new.changes_to(&new), []);
}
