//! Whether a rate card has what a plan names: its use cases, modes and platforms, wherever in its terms they stand.

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use drawdown_domain::limit::LimitScope;
use drawdown_domain::plan::PlanTerms;

/// What a key stands for.
#[derive(Clone, Copy)]
enum Noun {
    UseCase,
    Mode,
    Platform,
}

impl Noun {
    const fn word(self) -> &'static str {
        match self {
            Self::UseCase => "use case",
            Self::Mode => "mode",
            Self::Platform => "platform",
        }
    }

    fn is_in(self, rates: &Rates, key: &Key) -> bool {
        match self {
            Self::UseCase => rates.use_cases.contains_key(key),
            Self::Mode => rates.modes.contains_key(key),
            Self::Platform => rates.platforms.contains_key(key),
        }
    }
}

/// What is named, and by what.
type Named<'a> = (Noun, &'a Key, String);

fn listed<'a>(noun: Noun, keys: Option<&'a Vec<Key>>, by: &str) -> Vec<Named<'a>> {
    let named = |key| (noun, key, by.to_owned());
    keys.into_iter().flatten().map(named).collect()
}

fn dimensions<'a>(
    use_case: Option<&'a Key>,
    mode: Option<&'a Key>,
    platform: Option<&'a Key>,
    by: &str,
) -> Vec<Named<'a>> {
    let all = [
        (Noun::UseCase, use_case),
        (Noun::Mode, mode),
        (Noun::Platform, platform),
    ];
    let named = |(noun, key): (Noun, Option<&'a Key>)| key.map(|key| (noun, key, by.to_owned()));
    all.into_iter().filter_map(named).collect()
}

fn scope<'a>(scope: &'a LimitScope, by: &str) -> Vec<Named<'a>> {
    let [use_case, mode, platform] = [&scope.use_case, &scope.mode, &scope.platform].map(Option::as_ref);
    dimensions(use_case, mode, platform, by)
}

fn named(terms: &PlanTerms) -> Vec<Named<'_>> {
    let mut all = listed(Noun::UseCase, terms.use_cases.as_ref(), "what the plan includes");
    all.extend(listed(Noun::Mode, terms.modes.as_ref(), "what the plan includes"));
    all.extend(listed(
        Noun::Platform,
        terms.platforms.as_ref(),
        "what the plan includes",
    ));
    all.extend(listed(
        Noun::UseCase,
        terms.top_up_use_cases.as_ref(),
        "what bought credits pay for",
    ));
    for (name, allotment) in &terms.allotments {
        let by = format!("allotment {name}");
        all.extend(listed(Noun::UseCase, allotment.use_cases.as_ref(), &by));
    }
    for (place, runs) in terms.unlimited.iter().enumerate() {
        let [use_case, mode, platform] = [&runs.use_case, &runs.mode, &runs.platform].map(Option::as_ref);
        let by = format!("number {} of what costs nothing", place + 1);
        all.extend(dimensions(use_case, mode, platform, &by));
    }
    for (name, cap) in &terms.caps {
        all.extend(scope(&cap.scope, &format!("cap {name}")));
    }
    for (name, throttle) in &terms.throttles {
        all.extend(scope(&throttle.scope, &format!("throttle {name}")));
    }
    for use_case in terms.refunds.keys() {
        all.push((Noun::UseCase, use_case, "the words on refunds".to_owned()));
    }
    all
}

/// What of the terms a rate card does not have, each with where it is named: `use case code, named in cap daily`.
pub(crate) fn missing(terms: &PlanTerms, rates: &Rates) -> Vec<String> {
    let all = named(terms).into_iter();
    let unknown = all.filter(|(noun, key, _)| !noun.is_in(rates, key));
    unknown
        .map(|(noun, key, by)| format!("{} {key}, named in {by}", noun.word()))
        .collect()
}

#[cfg(test)]
mod tests {
    use drawdown_domain::catalogue::UseCase;
    use drawdown_domain::limit::{CapAction, CapLimit, Window};
    use drawdown_domain::plan::{Allotment, CapTerms, PlanKind, Unlimited};
    use drawdown_domain::{Credits, Currency};

    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    fn five() -> Credits {
        Credits::from_whole(5).unwrap()
    }

    fn gone() -> Vec<Key> {
        vec![key("gone")]
    }

    fn allotment(terms: &mut PlanTerms) {
        let given = Allotment {
            use_cases: Some(gone()),
            ..Allotment::plain(five())
        };
        terms.allotments.insert(key("monthly"), given);
    }

    fn unlimited(terms: &mut PlanTerms) {
        terms.unlimited.push(Unlimited {
            use_case: Some(key("code")),
            platform: Some(key("gone")),
            ..Unlimited::default()
        });
    }

    fn cap(terms: &mut PlanTerms) {
        let cap = CapTerms {
            scope: LimitScope {
                mode: Some(key("gone")),
                ..LimitScope::default()
            },
            window: Window::Day,
            limit: CapLimit::Credits(five()),
            action: CapAction::Block,
        };
        terms.caps.insert(key("daily"), cap);
    }

    #[test]
    fn whatever_names_what_is_not_there_is_told() {
        let rates = Rates {
            modes: [(key("fast"), 1.into())].into(),
            platforms: [(key("web"), 1.into())].into(),
            use_cases: [(key("code"), UseCase::default())].into(),
        };
        let good = PlanTerms::new("Team", PlanKind::Tier, Currency::USD, 100.into());
        assert_eq!(missing(&good, &rates), [""; 0]);
        let told = |change: fn(&mut PlanTerms)| {
            let mut terms = good.clone();
            change(&mut terms);
            missing(&terms, &rates).join(" and ")
        };
        assert_eq!(
            told(|terms| terms.use_cases = Some(gone())),
            "use case gone, named in what the plan includes"
        );
        assert_eq!(
            told(|terms| terms.top_up_use_cases = Some(gone())),
            "use case gone, named in what bought credits pay for"
        );
        assert_eq!(told(allotment), "use case gone, named in allotment monthly");
        assert_eq!(
            told(unlimited),
            "platform gone, named in number 1 of what costs nothing"
        );
        assert_eq!(told(cap), "mode gone, named in cap daily");
        let refunds = |terms: &mut PlanTerms| terms.refunds = [(key("gone"), "all".to_owned())].into();
        assert_eq!(told(refunds), "use case gone, named in the words on refunds");
    }
}
