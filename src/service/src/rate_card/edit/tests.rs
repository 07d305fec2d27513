//! Changes of a draft: what goes with each, and what is refused by field.

use super::*;

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn rates() -> Rates {
    let mut rates = Rates {
        modes: BTreeMap::new(),
        platforms: BTreeMap::new(),
        use_cases: BTreeMap::new(),
    };
    let lever = |lever, name: &str, multiplier: i64| RatesEdit::PutLever {
        lever,
        key: key(name),
        multiplier: multiplier.into(),
        is_new: true,
    };
    let render = RatesEdit::PutUseCase {
        key: key("render"),
        name: " Image render ".to_owned(),
        ladder: vec![key("fast"), key("relaxed")],
        minimum: None,
        is_new: true,
    };
    let images = RatesEdit::PutMeter {
        use_case: key("render"),
        key: key("images"),
        rate: Rate::flat(4.into(), 1.into()),
        is_new: true,
    };
    for edit in [
        lever(Lever::Mode, "fast", 1),
        lever(Lever::Mode, "relaxed", 0),
        lever(Lever::Platform, "web", 1),
        render,
        images,
        exception("fast", &[("images", 3)]),
    ] {
        edit.apply(&mut rates).unwrap();
    }
    rates
}

fn exception(mode: &str, meters: &[(&str, i64)]) -> RatesEdit {
    let own = |credits: i64| OwnRate {
        credits: credits.into(),
        tiers: Vec::new(),
    };
    RatesEdit::PutException {
        use_case: key("render"),
        exception: Exception {
            mode: key(mode),
            platform: key("web"),
            meters: meters
                .iter()
                .map(|(meter, credits)| (key(meter), own(*credits)))
                .collect(),
        },
        is_new: true,
    }
}

#[test]
fn small_changes_build_a_rate_card_that_can_be_published() {
    let rates = rates();
    rates.validate().unwrap();
    assert_eq!(rates.use_cases["render"].name, "Image render");
    assert_eq!(rates.use_cases["render"].exceptions.len(), 1);
}

#[test]
fn what_is_removed_leaves_nothing_behind_that_names_it() {
    for (lever, name) in [(Lever::Mode, "fast"), (Lever::Platform, "web")] {
        let mut rates = rates();
        let key = key(name);
        RatesEdit::RemoveLever {
            lever,
            key: key.clone(),
        }
        .apply(&mut rates)
        .unwrap();
        let use_case = &rates.use_cases["render"];
        assert!(
            use_case.exceptions.is_empty() && !use_case.ladder.contains(&key),
            "{name}"
        );
    }
    let mut rates = rates();
    let edit = RatesEdit::RemoveMeter {
        use_case: key("render"),
        key: key("images"),
    };
    edit.clone().apply(&mut rates).unwrap();
    assert!(rates.use_cases["render"].exceptions.is_empty());
    assert!(matches!(edit.apply(&mut rates), Err(ServiceError::NotFound(_))));
}

#[test]
fn a_refused_change_names_its_field_and_changes_nothing() {
    let meter = |rate: Rate| RatesEdit::PutMeter {
        use_case: key("render"),
        key: key("minutes"),
        rate,
        is_new: true,
    };
    let tiers = [5, 5]
        .map(|above| Tier {
            above: above.into(),
            credits: 1.into(),
        })
        .to_vec();
    let table = [
        (meter(Rate::flat(1.into(), 0.into())), "per"),
        (meter(Rate::flat((-1).into(), 1.into())), "credits"),
        (
            meter(Rate {
                tiers,
                ..Rate::flat(1.into(), 1.into())
            }),
            "tiers",
        ),
        (exception("fast", &[("images", 1)]), "mode"),
        (exception("slow", &[("images", 1)]), "mode"),
        (exception("relaxed", &[]), ""),
    ];
    for (edit, field) in table {
        let mut changed = rates();
        match edit.apply(&mut changed) {
            Err(ServiceError::Invalid(errors)) => assert_eq!(errors[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
        assert_eq!(changed, rates());
    }
}
