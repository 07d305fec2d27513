//! The form of a throttle: what was typed, read into a throttle or told back with what is wrong, and the other way
//! round; and what it will do, in words.

use drawdown_domain::limit::{LimitOwner, ThrottleLimit, ThrottlePeriod, ThrottleThen};
use drawdown_domain::{Key, format};
use drawdown_service::ServiceError;
use drawdown_service::customers::PlanView;
use drawdown_service::limits::{LimitsView, ScopeChoices, ThrottleInput, ThrottleView};
use serde::{Deserialize, Serialize};

use crate::components::amount::credits_words;
use crate::pages::limits::form::LimitForm;
use crate::pages::limits::scope::{ScopeForm, each, free_name, runs};
use crate::typed;
use crate::unread::Unread;

/// The periods, as the form says them and in words.
pub(crate) const PERIODS: [(ThrottlePeriod, &str, &str); 4] = [
    (ThrottlePeriod::Second, "second", "a second"),
    (ThrottlePeriod::Minute, "minute", "a minute"),
    (ThrottlePeriod::Hour, "hour", "an hour"),
    (ThrottlePeriod::Day, "day", "a day"),
];

/// The fields, as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ThrottleForm {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) scope: ScopeForm,
    #[serde(default)]
    pub(crate) amount: String,
    #[serde(default)]
    pub(crate) unit: String,
    #[serde(default)]
    pub(crate) per: String,
    #[serde(default)]
    pub(crate) burst: String,
    #[serde(default)]
    pub(crate) then: String,
}

impl Default for ThrottleForm {
    /// What a new throttle's form shows.
    fn default() -> Self {
        Self {
            name: String::new(),
            scope: ScopeForm::default(),
            amount: String::new(),
            unit: "requests".to_owned(),
            per: "minute".to_owned(),
            burst: String::new(),
            then: "reject".to_owned(),
        }
    }
}

impl LimitForm for ThrottleForm {
    type View = ThrottleView;
    type Input = ThrottleInput;

    fn of(throttle: &ThrottleView) -> Self {
        let (amount, unit) = match throttle.limit {
            ThrottleLimit::Requests(count) => (count.to_string(), "requests"),
            ThrottleLimit::Credits(credits) => (credits.to_string(), "credits"),
        };
        let then = match throttle.then {
            ThrottleThen::Reject => "reject",
            ThrottleThen::Degrade => "degrade",
        };
        Self {
            name: throttle.name.to_string(),
            scope: ScopeForm::of(&throttle.scope),
            amount,
            unit: unit.to_owned(),
            per: period(throttle.per).0.to_owned(),
            burst: throttle.burst.map_or_else(String::new, |burst| burst.to_string()),
            then: then.to_owned(),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = vec![("name", self.name.as_str())];
        pairs.extend(self.scope.pairs());
        pairs.extend([
            ("amount", self.amount.as_str()),
            ("unit", &self.unit),
            ("per", &self.per),
            ("burst", &self.burst),
            ("then", &self.then),
        ]);
        pairs
    }

    fn existing<'a>(&self, owner: LimitOwner, limits: &'a LimitsView) -> Option<&'a ThrottleView> {
        let named = |one: &&ThrottleView| one.owner == owner && one.name.as_str() == self.name;
        limits.throttles.iter().find(named)
    }

    fn read(
        &self,
        owner: LimitOwner,
        limits: &LimitsView,
        _: Option<&PlanView>,
    ) -> Result<(Key, ThrottleInput), ServiceError> {
        let mut unread = Unread::default();
        let scope = match self.existing(owner, limits) {
            Some(throttle) => throttle.scope.clone(),
            None => self.scope.read(&limits.choices, &mut unread),
        };
        let limit = self.limit(&mut unread);
        let per = PERIODS.iter().find(|(_, value, _)| *value == self.per);
        let per = per.map(|(per, ..)| *per).ok_or("choose a period of the list");
        let per = unread.take("per", per);
        let burst = match self.burst.trim() {
            "" => None,
            text => unread.take("burst", typed::count(text).map_err(|words| format!("at once: {words}"))),
        };
        let then = match self.then.as_str() {
            "reject" => Ok(ThrottleThen::Reject),
            "degrade" => Ok(ThrottleThen::Degrade),
            _ => Err("choose what happens beyond it"),
        };
        let then = unread.take("then", then);
        let read = (|| {
            Some(ThrottleInput {
                owner: None,
                scope,
                limit: limit?,
                per: per?,
                burst,
                then: then?,
            })
        })();
        let input = unread.finish(read)?;
        let name = match self.name.parse() {
            Ok(name) => name,
            Err(_) => free_name(
                &input.scope,
                "rate",
                limits.throttles.iter().map(|throttle| &throttle.name),
            ),
        };
        Ok((name, input))
    }
}

impl ThrottleForm {
    fn limit(&self, unread: &mut Unread) -> Option<ThrottleLimit> {
        let read = match self.unit.as_str() {
            "requests" => typed::count(&self.amount).map(ThrottleLimit::Requests),
            "credits" => match typed::credits(&self.amount) {
                Ok(credits) if credits.is_zero() => Err("more than zero".to_owned()),
                read => read.map(ThrottleLimit::Credits),
            },
            _ => {
                unread.refuse("unit", "choose runs or credits");
                return None;
            }
        };
        unread.take("amount", read.map_err(|words| format!("at most: {words}")))
    }
}

/// A period as the form says it and in words.
fn period(per: ThrottlePeriod) -> (&'static str, &'static str) {
    PERIODS
        .iter()
        .find(|(one, ..)| *one == per)
        .map_or(("day", "a day"), |(_, value, words)| (*value, *words))
}

/// `Let Image render run 50 times a minute, at most 10 at once, and refuse what comes beyond, from now.`
pub(crate) fn sentence(input: &ThrottleInput, choices: &ScopeChoices) -> String {
    let runs = runs(&input.scope, choices);
    let each = each(&input.scope);
    let per = period(input.per).1;
    let rate = match input.limit {
        ThrottleLimit::Requests(1) => format!("run once {per}"),
        ThrottleLimit::Requests(count) => format!("run {} times {per}", format::count(i64::from(count))),
        ThrottleLimit::Credits(credits) => format!("use {} {per}", credits_words(credits)),
    };
    let burst = burst_words(input);
    let then = match input.then {
        ThrottleThen::Reject => "and refuse what comes beyond",
        ThrottleThen::Degrade => "and run what comes beyond in the next slower mode",
    };
    format!("Let {runs} {rate}{each}{burst} {then}, from now.")
}

fn burst_words(input: &ThrottleInput) -> String {
    let unit = match input.limit {
        ThrottleLimit::Requests(_) => "",
        ThrottleLimit::Credits(_) => " credits",
    };
    input.burst.map_or_else(
        || ",".to_owned(),
        |burst| format!(", at most {}{unit} at once,", format::count(i64::from(burst))),
    )
}

/// What follows from it.
pub(crate) fn consequence(input: &ThrottleInput, existing: Option<&ThrottleView>) -> String {
    let now = existing.map_or_else(String::new, |throttle| {
        format!("The rule is now: {}. ", throttle.rule_words)
    });
    let beyond = match input.then {
        ThrottleThen::Reject => "A refused run is told when to try again. Nothing is charged for it.",
        ThrottleThen::Degrade => {
            "A use case without a slower mode refuses instead. Nothing is charged for a refused run."
        }
    };
    format!("{now}{beyond} Runs in progress are not cut off.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::credits;
    use crate::gallery::limits::{choices, example, throttle};

    fn typed(change: impl FnOnce(&mut ThrottleForm)) -> ThrottleForm {
        let mut form = ThrottleForm {
            amount: "50".to_owned(),
            ..ThrottleForm::default()
        };
        change(&mut form);
        form
    }

    #[test]
    fn a_throttle_goes_through_the_form_the_address_and_back_unchanged() {
        let mut view = throttle("mine", LimitOwner::Customer);
        view.limit = ThrottleLimit::Credits(credits("12.5"));
        view.burst = Some(3);
        view.then = ThrottleThen::Degrade;
        let limits = LimitsView {
            throttles: vec![view.clone()],
            ..example()
        };
        let form = ThrottleForm::of(&view);
        let address = crate::address::with_query("/limits/throttle", &form.pairs());
        let back: ThrottleForm = serde_urlencoded::from_str(address.split_once('?').unwrap().1).unwrap();
        assert_eq!(back, form);
        let (name, input) = back.read(LimitOwner::Customer, &limits, None).unwrap();
        assert_eq!(name, view.name);
        assert_eq!(
            (input.scope, input.limit, input.per),
            (view.scope, view.limit, view.per)
        );
        assert_eq!((input.burst, input.then), (view.burst, view.then));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_and_by_field() {
        let form = typed(|form| {
            form.scope.mode = "warp".to_owned();
            form.amount = "1.5".to_owned();
            form.per = "fortnight".to_owned();
            form.burst = "0".to_owned();
            form.then = "explode".to_owned();
        });
        let Err(ServiceError::Invalid(errors)) = form.read(LimitOwner::Customer, &example(), None) else {
            panic!("it was taken")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["mode", "amount", "per", "burst", "then"]);
    }

    #[test]
    fn the_sentence_says_how_many_and_what_happens_beyond() {
        let told = |change: fn(&mut ThrottleForm)| {
            sentence(
                &typed(change).read(LimitOwner::Customer, &example(), None).unwrap().1,
                &choices(),
            )
        };
        assert_eq!(
            told(|form| form.scope.use_case = "render".to_owned()),
            "Let Image render run 50 times a minute, and refuse what comes beyond, from now."
        );
        assert_eq!(
            told(|form| {
                form.scope.each = "subject".to_owned();
                form.unit = "credits".to_owned();
                form.burst = "10".to_owned();
                form.per = "hour".to_owned();
                form.then = "degrade".to_owned();
            }),
            "Let everything use 50 credits an hour for each subject on its own, at most 10 credits at once, and run what comes \
             beyond in the next slower mode, from now."
        );
        assert_eq!(
            told(|form| form.amount = "1".to_owned()),
            "Let everything run once a minute, and refuse what comes beyond, from now."
        );
    }
}
