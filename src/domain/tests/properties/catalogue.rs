//! Prices: explained as charged, graduated without a jump, and the same whichever way they are written down.

use std::collections::BTreeMap;

use drawdown_domain::catalogue::{Exception, Factor, OwnRate, Rate, Rates, Tier, UseCase};
use drawdown_domain::hold::Run;
use drawdown_domain::{Credits, Quantity};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::bench::*;

/// Zero to a hundred, in steps of a ten-thousandth.
fn price() -> impl Strategy<Value = Decimal> {
    prop_oneof![Just(Decimal::ZERO), (0_i64..1_000_000).prop_map(|n| Decimal::new(n, 4))]
}

fn tiers() -> impl Strategy<Value = Vec<Tier>> {
    prop::collection::btree_map(1_i64..1_000, price(), 0..4).prop_map(|tiers| {
        let tiers = tiers.into_iter().map(|(above, credits)| Tier {
            above: above.into(),
            credits,
        });
        tiers.collect()
    })
}

fn rate() -> impl Strategy<Value = Rate> {
    (prop::sample::select(vec![1_i64, 3, 7, 1_000]), price(), tiers()).prop_map(|(per, credits, tiers)| Rate {
        tiers,
        ..Rate::flat(credits, per.into())
    })
}

fn multiplier() -> impl Strategy<Value = Decimal> {
    prop_oneof![Just(Decimal::ZERO), (0_i64..400).prop_map(|n| Decimal::new(n, 2))]
}

/// A card with two meters, which the exception of fast on ios prices or not.
pub(super) fn card() -> impl Strategy<Value = Rates> {
    let own = proptest::option::of((price(), tiers()));
    let multipliers = (multiplier(), multiplier());
    (rate(), rate(), own, proptest::option::of(price()), multipliers).prop_map(
        |(images, steps, own, minimum, (mode, platform))| {
            let exceptions = own.map(|(credits, tiers)| Exception {
                mode: key("fast"),
                platform: key("ios"),
                meters: BTreeMap::from([(key("images"), OwnRate { credits, tiers })]),
            });
            let render = UseCase {
                name: "Render".to_owned(),
                meters: BTreeMap::from([(key("images"), images), (key("steps"), steps)]),
                minimum,
                exceptions: exceptions.into_iter().collect(),
                ..UseCase::default()
            };
            Rates {
                modes: BTreeMap::from([(key("fast"), mode), (key("relaxed"), Decimal::ONE)]),
                platforms: BTreeMap::from([(key("ios"), platform), (key("web"), Decimal::ONE)]),
                use_cases: BTreeMap::from([(key("render"), render)]),
            }
        },
    )
}

pub(super) fn quantity() -> impl Strategy<Value = Quantity> {
    let whole = (0_u32..3_000).prop_map(Quantity::from);
    let fine = (0_i64..3_000_000).prop_map(|n| Decimal::new(n, 3).to_string().parse().unwrap());
    prop_oneof![whole, fine]
}

pub(super) fn a_run() -> impl Strategy<Value = Run> {
    let mode = prop::sample::select(vec!["fast", "relaxed"]);
    let platform = prop::sample::select(vec!["ios", "web"]);
    (mode, platform).prop_map(|(mode, platform)| Run {
        platform: key(platform),
        ..run(mode)
    })
}

fn used(images: Quantity, steps: Quantity) -> BTreeMap<drawdown_domain::Key, Quantity> {
    BTreeMap::from([(key("images"), images), (key("steps"), steps)])
}

fn micro() -> Decimal {
    Decimal::new(1, 6)
}

proptest! {
    #[test]
    fn a_price_is_what_its_lines_add_up_to(card in card(), run in a_run(), images in quantity(), steps in quantity()) {
        prop_assert_eq!(card.validate(), Ok(()));
        let quantities = used(images, steps);
        let pricing = card.explain(&run, &quantities).unwrap();
        prop_assert_eq!(card.price(&run, &quantities), Ok(pricing.price));
        let sum: Decimal = pricing.lines.iter().map(|line| line.exact).sum();
        let expected = pricing.minimum.unwrap_or(sum);
        // A third has no last digit: lines and sum may differ in the 28th.
        prop_assert!((pricing.price.exact - expected).abs() < Decimal::new(1, 18));
        prop_assert!((pricing.price.credits.to_decimal() - expected).abs() <= micro() / Decimal::TWO + Decimal::new(1, 18));
        for (meter, quantity) in &quantities {
            let lines = pricing.lines.iter().filter(|line| line.meter == *meter);
            let counted: Decimal = lines.map(|line| line.quantity).sum();
            prop_assert_eq!(counted, quantity.to_decimal());
        }
    }

    #[test]
    fn more_never_costs_less(card in card(), run in a_run(), images in quantity(), more in quantity(), steps in quantity()) {
        let sum = images.to_decimal() + more.to_decimal();
        let less = card.price(&run, &used(images, steps)).unwrap();
        let more = card.price(&run, &used(sum.to_string().parse().unwrap(), steps)).unwrap();
        prop_assert!(less.exact <= more.exact + Decimal::new(1, 18));
    }

    #[test]
    fn tiers_at_one_price_are_a_flat_rate(rate in rate(), images in quantity(), run in a_run()) {
        let mut tiered = rate.clone();
        tiered.tiers.iter_mut().for_each(|tier| tier.credits = rate.credits);
        let flat = Rate { tiers: Vec::new(), ..rate };
        let price = |rate: Rate| {
            let mut card = rates();
            let render = card.use_cases.get_mut("render").unwrap();
            render.meters.insert(key("images"), rate);
            card.price(&run, &BTreeMap::from([(key("images"), images)])).unwrap()
        };
        prop_assert_eq!(price(tiered), price(flat));
    }

    #[test]
    fn an_exception_at_the_multiplied_rate_changes_nothing(rate in rate(), images in quantity()) {
        let mut card = rates();
        let (mode, platform) = (key("relaxed"), key("ios"));
        let factor = card.modes[&mode] * card.platforms[&platform];
        let render = card.use_cases.get_mut("render").unwrap();
        render.meters.insert(key("images"), rate.clone());
        let run = Run { platform: platform.clone(), ..run("relaxed") };
        let quantities = BTreeMap::from([(key("images"), images)]);
        let before = card.price(&run, &quantities).unwrap();
        let tiers = rate.tiers.iter().map(|tier| Tier { above: tier.above, credits: tier.credits * factor });
        let own = OwnRate { credits: rate.credits * factor, tiers: tiers.collect() };
        let meters = BTreeMap::from([(key("images"), own)]);
        card.use_cases.get_mut("render").unwrap().exceptions = vec![Exception { mode, platform, meters }];
        let after = card.explain(&run, &quantities).unwrap();
        prop_assert_eq!(after.price, before);
        prop_assert!(after.lines.iter().all(|line| line.factor == Factor::Exception));
    }

    #[test]
    fn a_card_is_read_as_it_was_written_and_differs_in_nothing(card in card(), other in card()) {
        let text = serde_json::to_string(&card).unwrap();
        let read: Rates = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &card);
        prop_assert_eq!(card.changes_to(&read), []);
        prop_assert_eq!(card.changes_to(&other).is_empty(), card == other);
    }

    #[test]
    fn what_costs_nothing_stays_free(card in card(), run in a_run()) {
        let price = card.price(&run, &used(Quantity::default(), Quantity::default())).unwrap();
        prop_assert_eq!(price.credits, Credits::ZERO);
    }
}
