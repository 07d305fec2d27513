//! Terms that a plan can say and that nothing carries out yet. A file that asks for one is refused, so that nobody sells
//! what then does not happen; a term leaves this list together with the code that carries it out.

use drawdown_domain::key::Key;
use drawdown_domain::plan::{Allotment, Interval, PlanTerms, TopUps};

use crate::error::{FieldErrors, ServiceError};

/// Refuses terms that would have no effect, each by its name.
pub(super) fn check<'a>(plans: impl IntoIterator<Item = (&'a Key, &'a PlanTerms)>) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    for (key, terms) in plans {
        for (term, asked) in terms_without_effect(terms) {
            if asked {
                let message = "this version cannot carry it out yet; leave it out";
                errors.add(format!("plans.{key}.{term}"), "not_supported", message);
            }
        }
    }
    errors.finish()
}

/// The terms of a plan that would have no effect, by name.
pub(crate) fn not_carried_out(terms: &PlanTerms) -> Vec<&'static str> {
    let terms = terms_without_effect(terms).into_iter();
    terms.filter(|(_, asked)| *asked).map(|(term, _)| term).collect()
}

fn terms_without_effect(terms: &PlanTerms) -> [(&'static str, bool); 8] {
    let given = &terms.allotments;
    let plain = given.len() <= 1 && given.values().all(|one| *one == Allotment::plain(one.credits));
    [
        ("allotments", !plain),
        ("interval", !given.is_empty() && terms.interval != Interval::Month),
        ("lasts", terms.lasts.is_some()),
        ("extra_seat_price", terms.extra_seat_price.is_some()),
        ("unlimited", !terms.unlimited.is_empty()),
        ("top_ups", terms.top_ups == TopUps::WithPlan),
        ("top_up_use_cases", terms.top_up_use_cases.is_some()),
        ("low_balance_percent", terms.low_balance_percent.is_some()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::file::read;

    #[test]
    fn what_nothing_carries_out_is_refused_by_name() {
        let file = read(include_str!("schemes/fast_and_relaxed.toml")).unwrap();
        let ServiceError::Invalid(errors) = check(&file.plans).unwrap_err() else {
            panic!("its fields are named");
        };
        let named: Vec<&str> = errors
            .iter()
            .filter_map(|error| error.field.rsplit('.').next())
            .collect();
        assert!(named.contains(&"unlimited") && named.contains(&"top_ups"), "{named:?}");
    }

    #[test]
    fn the_demos_plans_are_carried_out() {
        let file = read(crate::demo::CATALOGUE).unwrap();
        check(&file.plans).unwrap();
    }
}
