//! What the simulated vendor sells: the rate cards and plans, once as the engine takes them and once as bare facts for
//! the model.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use drawdown_domain::catalogue::{self, Catalogue, Rate, RateCard, Rates};
use drawdown_domain::id::{PlanVersionId, RateCardVersionId};
use drawdown_domain::plan::{OveragePolicy, PlanKind, PlanTerms, PlanVersion};
use drawdown_domain::{Credits, Currency, Key, Timestamp};
use uuid::Uuid;

/// Friday, 20 November 2026, 10:00 UTC.
pub(crate) const NOW: i64 = 1_795_168_800_000_000;
/// From here on the second rate card prices.
pub(crate) const SECOND_CARD: i64 = NOW + 150 * DAY;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Zones with hours and half hours, with and without summer time; in Beirut the clock goes back over midnight.
pub(crate) const ZONES: [&str; 8] = [
    "America/New_York",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
];

/// Names that print as they are written in the catalogue, but for the capital.
macro_rules! names {
    ($($(#[$doc:meta])* $kind:ident { $($name:ident = $key:literal),+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $kind { $($name),+ }

        impl $kind {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }
        }
    )+};
}

names! {
    UseCase { Render = "render", Code = "code" }
    Mode { Fast = "fast", Relaxed = "relaxed" }
    Platform { Web = "web", Ios = "ios" }
    Subject { Ann = "ann", Bob = "bob" }
}

/// The modes of both use cases, in the order in which a run degrades.
pub(crate) const LADDER: [Mode; 2] = [Mode::Fast, Mode::Relaxed];

/// The facts of a plan.
pub(crate) struct Terms {
    pub(crate) overage: OveragePolicy,
    pub(crate) degrades: bool,
    pub(crate) credits_per_unit: i64,
    pub(crate) modes: Option<&'static [Mode]>,
    pub(crate) platforms: Option<&'static [Platform]>,
}

pub(crate) const PLANS: [Terms; 4] = [
    Terms {
        overage: OveragePolicy::Owe,
        degrades: false,
        credits_per_unit: 100,
        modes: None,
        platforms: None,
    },
    Terms {
        overage: OveragePolicy::Block,
        degrades: true,
        credits_per_unit: 80,
        modes: None,
        platforms: None,
    },
    Terms {
        overage: OveragePolicy::Forgive(Credits::from_micros(2_000_000)),
        degrades: true,
        credits_per_unit: 125,
        modes: None,
        platforms: Some(&[Platform::Web]),
    },
    Terms {
        overage: OveragePolicy::Owe,
        degrades: true,
        credits_per_unit: 100,
        modes: Some(&[Mode::Fast]),
        platforms: None,
    },
];

pub(crate) fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub(crate) fn plan_id(number: usize) -> PlanVersionId {
    PlanVersionId::from_uuid(Uuid::from_u128(1 + number as u128))
}

/// The plans as the engine takes them.
pub(crate) static PLAN_VERSIONS: LazyLock<BTreeMap<PlanVersionId, Arc<PlanVersion>>> = LazyLock::new(|| {
    (0..PLANS.len())
        .map(|number| (plan_id(number), version(number)))
        .collect()
});

/// The rate cards as the engine takes them.
pub(crate) static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let card = |number: i64, effective_at, rates| RateCard {
        id: RateCardVersionId::from_uuid(Uuid::from_u128(number.unsigned_abs().into())),
        number,
        effective_at: Timestamp::from_micros(effective_at),
        rates,
    };
    Arc::new(Catalogue {
        versions: vec![
            card(1, NOW - DAY, rates(("1", "1"), ("1000", "2"), ("1000", "8"))),
            card(2, SECOND_CARD, rates(("7", "3"), ("1000", "2.5"), ("1000", "7"))),
        ],
    })
});

fn version(number: usize) -> Arc<PlanVersion> {
    let facts = &PLANS[number];
    let platforms = facts
        .platforms
        .map(|list| list.iter().map(|platform| platform.as_str()));
    Arc::new(PlanVersion {
        id: plan_id(number),
        plan: key("pro"),
        number: 1,
        terms: PlanTerms {
            modes: facts
                .modes
                .map(|modes| modes.iter().map(|mode| key(mode.as_str())).collect()),
            platforms: platforms.map(|names| names.map(key).collect()),
            overage: facts.overage,
            degrade_without_credits: facts.degrades,
            ..PlanTerms::new("Pro", PlanKind::Tier, Currency::USD, facts.credits_per_unit.into())
        },
    })
}

fn rates(image: (&str, &str), context: (&str, &str), generated: (&str, &str)) -> Rates {
    let rate = |(per, credits): (&str, &str)| Rate::flat(credits.parse().unwrap(), per.parse().unwrap());
    let use_case = |name: &str, meters: &[(&str, (&str, &str))]| catalogue::UseCase {
        name: name.to_owned(),
        ladder: LADDER.map(|mode| key(mode.as_str())).to_vec(),
        meters: meters.iter().map(|(meter, price)| (key(meter), rate(*price))).collect(),
        ..catalogue::UseCase::default()
    };
    let code = use_case(
        "Coding assistant",
        &[("context_tokens", context), ("generated_tokens", generated)],
    );
    Rates {
        modes: BTreeMap::from([
            (key("fast"), "1".parse().unwrap()),
            (key("relaxed"), "0.25".parse().unwrap()),
        ]),
        platforms: BTreeMap::from([(key("ios"), "1.3".parse().unwrap()), (key("web"), "1".parse().unwrap())]),
        use_cases: BTreeMap::from([
            (key("code"), code),
            (key("render"), use_case("Image render", &[("images", image)])),
        ]),
    }
}
