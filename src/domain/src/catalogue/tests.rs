//! Prices by hand, and prices that make no sense.

use super::*;

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
