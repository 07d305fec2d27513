//! The form of a cap: what was typed, read into a cap or told back with what is wrong, and the other way round.

use drawdown_domain::limit::{CapAction, CapLimit, LimitOwner, ROLLING_HOURS_MAX, Window};
use drawdown_domain::{Credits, Key, format};
use drawdown_service::ServiceError;
use drawdown_service::customers::PlanView;
use drawdown_service::limits::{CapInput, CapView, LimitsView};
use serde::{Deserialize, Serialize};

use crate::pages::limits::form::LimitForm;
use crate::pages::limits::scope::{ScopeForm, free_name};
use crate::typed;
use crate::unread::Unread;

/// The windows that the form offers, as it says them and in words.
pub(crate) const WINDOWS: [(&str, &str); 9] = [
    ("day", "a day"),
    ("week", "a week (Monday to Sunday)"),
    ("month", "a month"),
    ("billing_period", "a billing period"),
    ("rolling_1", "in any hour"),
    ("rolling_24", "in any 24 hours"),
    ("rolling_168", "in any 7 days"),
    ("rolling_720", "in any 30 days"),
    ("lifetime", "in all, for ever"),
];

/// The fields, as they were typed. A name is there once the form was read: of a cap that is changed, or will be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CapForm {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) scope: ScopeForm,
    #[serde(default)]
    pub(crate) window: String,
    #[serde(default)]
    pub(crate) amount: String,
    #[serde(default)]
    pub(crate) unit: String,
    #[serde(default)]
    pub(crate) action: String,
    #[serde(default)]
    pub(crate) thresholds: String,
}

impl Default for CapForm {
    /// What a new cap's form shows.
    fn default() -> Self {
        Self {
            name: String::new(),
            scope: ScopeForm::default(),
            window: "day".to_owned(),
            amount: String::new(),
            unit: "credits".to_owned(),
            action: "block".to_owned(),
            thresholds: "80, 100".to_owned(),
        }
    }
}

impl LimitForm for CapForm {
    type View = CapView;
    type Input = CapInput;

    fn of(cap: &CapView) -> Self {
        let (amount, unit) = match cap.limit {
            CapLimit::Credits(credits) => (credits.to_string(), "credits"),
            CapLimit::Money(money) => (money.to_decimal().to_string(), "money"),
        };
        let action = match cap.action {
            CapAction::Block => "block",
            CapAction::Notify => "notify",
        };
        let thresholds: Vec<String> = cap.thresholds.iter().map(ToString::to_string).collect();
        Self {
            name: cap.name.to_string(),
            scope: ScopeForm::of(&cap.scope),
            window: window_value(cap.window),
            amount,
            unit: unit.to_owned(),
            action: action.to_owned(),
            thresholds: thresholds.join(", "),
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
            ("window", self.window.as_str()),
            ("amount", &self.amount),
            ("unit", &self.unit),
            ("action", &self.action),
            ("thresholds", &self.thresholds),
        ]);
        pairs
    }

    fn existing<'a>(&self, owner: LimitOwner, limits: &'a LimitsView) -> Option<&'a CapView> {
        let named = |cap: &&CapView| cap.owner == owner && cap.name.as_str() == self.name;
        limits.caps.iter().find(named)
    }

    fn read(
        &self,
        owner: LimitOwner,
        limits: &LimitsView,
        plan: Option<&PlanView>,
    ) -> Result<(Key, CapInput), ServiceError> {
        let mut unread = Unread::default();
        let existing = self.existing(owner, limits);
        let (scope, window) = if let Some(cap) = existing {
            (cap.scope.clone(), Some(cap.window))
        } else {
            let scope = self.scope.read(&limits.choices, &mut unread);
            (scope, unread.take("window", read_window(&self.window)))
        };
        let limit = self.limit(plan, &mut unread);
        let action = match self.action.as_str() {
            "notify" => Ok(CapAction::Notify),
            "block" => Ok(CapAction::Block),
            _ => Err("choose what it does"),
        };
        let action = unread.take("action", action);
        let thresholds = typed::percentages(&self.thresholds).map_err(|words| format!("marks: {words}"));
        let thresholds = unread.take("thresholds", thresholds);
        let read = (|| {
            Some(CapInput {
                owner: None,
                scope,
                window: window?,
                limit: limit?,
                action: action?,
                thresholds: thresholds?,
            })
        })();
        let input = unread.finish(read)?;
        check_against(owner, limits, plan, existing.is_none() && self.name.is_empty(), &input)?;
        let name = match self.name.parse() {
            Ok(name) => name,
            Err(_) => free_name(
                &input.scope,
                &window_word(input.window),
                limits.caps.iter().map(|cap| &cap.name),
            ),
        };
        Ok((name, input))
    }
}

impl CapForm {
    fn limit(&self, plan: Option<&PlanView>, unread: &mut Unread) -> Option<CapLimit> {
        let read = match (self.unit.as_str(), plan) {
            ("credits", _) => typed::credits(&self.amount).map(CapLimit::Credits),
            ("money", Some(plan)) => typed::money(&self.amount, plan.currency).map(CapLimit::Money),
            _ => {
                unread.refuse("unit", "choose credits or money");
                return None;
            }
        };
        unread.take("amount", read.map_err(|words| format!("limit: {words}")))
    }
}

/// What the limits that are there have against a cap.
fn check_against(
    owner: LimitOwner,
    limits: &LimitsView,
    plan: Option<&PlanView>,
    is_new: bool,
    input: &CapInput,
) -> Result<(), ServiceError> {
    let same = |cap: &&CapView| cap.scope == input.scope && cap.window == input.window;
    let own = limits.caps.iter().filter(same).find(|cap| cap.owner == owner);
    if let Some(cap) = own.filter(|_| is_new) {
        let credits = format::credits(cap.limit_credits);
        let message =
            format!("you have a cap on this already, at {credits} credits: change that one on the limits page");
        return Err(ServiceError::field("window", "exists", message));
    }
    if owner == LimitOwner::Vendor {
        return Ok(());
    }
    let wanted = in_credits(input.limit, plan);
    let ceiling =
        limits.caps.iter().filter(same).find(|cap| {
            cap.owner == LimitOwner::Vendor && cap.action == CapAction::Block && cap.limit_credits < wanted
        });
    match ceiling {
        Some(cap) => {
            let credits = format::credits(cap.limit_credits);
            let message = format!("limit: at most {credits} credits, which is your vendor's ceiling");
            Err(ServiceError::field("amount", "above_ceiling", message))
        }
        None => Ok(()),
    }
}

/// A limit in credits; money at the plan's conversion rate.
pub(crate) fn in_credits(limit: CapLimit, plan: Option<&PlanView>) -> Credits {
    match limit {
        CapLimit::Credits(credits) => credits,
        CapLimit::Money(money) => plan
            .and_then(|plan| money.buys(plan.conversion_rate).ok())
            .unwrap_or(Credits::MAX),
    }
}

fn read_window(value: &str) -> Result<Window, &'static str> {
    let window = match value {
        "day" => Some(Window::Day),
        "week" => Some(Window::Week),
        "month" => Some(Window::Month),
        "billing_period" => Some(Window::BillingPeriod),
        "lifetime" => Some(Window::Lifetime),
        other => other
            .strip_prefix("rolling_")
            .and_then(|hours| hours.parse().ok())
            .filter(|hours| (1..=ROLLING_HOURS_MAX).contains(hours))
            .map(Window::RollingHours),
    };
    window.ok_or("choose a window of the list")
}

fn window_value(window: Window) -> String {
    match window {
        Window::Day => "day".to_owned(),
        Window::Week => "week".to_owned(),
        Window::Month => "month".to_owned(),
        Window::BillingPeriod => "billing_period".to_owned(),
        Window::RollingHours(hours) => format!("rolling_{hours}"),
        Window::Lifetime => "lifetime".to_owned(),
    }
}

/// A window as the end of a name: `day`, `24h`.
fn window_word(window: Window) -> String {
    match window {
        Window::BillingPeriod => "period".to_owned(),
        Window::RollingHours(hours) => format!("{hours}h"),
        other => window_value(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::data::{credits, organization};
    use crate::gallery::limits::{cap, example};
    use drawdown_domain::limit::LimitScope;
    use drawdown_domain::{Currency, Money};

    fn plan() -> PlanView {
        organization("Acme", "0", "0").plan.unwrap()
    }

    fn typed(change: impl FnOnce(&mut CapForm)) -> CapForm {
        let mut form = CapForm {
            amount: "500".to_owned(),
            ..CapForm::default()
        };
        change(&mut form);
        form
    }

    fn fields(form: &CapForm) -> Vec<String> {
        match form.read(LimitOwner::Customer, &example(), Some(&plan())) {
            Err(ServiceError::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cap_goes_through_the_form_the_address_and_back_unchanged() {
        let mut view = cap("mine", LimitOwner::Customer);
        view.limit = CapLimit::Money(Money::new(1_050, Currency::USD));
        view.window = Window::RollingHours(24);
        view.action = CapAction::Notify;
        view.thresholds = vec![50, 90];
        let limits = LimitsView {
            caps: vec![view.clone()],
            ..example()
        };
        let form = CapForm::of(&view);
        let address = crate::address::with_query("/limits/cap", &form.pairs());
        let back: CapForm = serde_urlencoded::from_str(address.split_once('?').unwrap().1).unwrap();
        assert_eq!(back, form);
        let (name, input) = back.read(LimitOwner::Customer, &limits, Some(&plan())).unwrap();
        assert_eq!(name, view.name);
        assert_eq!(
            (input.scope, input.window, input.limit),
            (view.scope, view.window, view.limit)
        );
        assert_eq!((input.action, input.thresholds), (view.action, view.thresholds));
    }

    #[test]
    fn a_new_cap_is_read_with_a_name_of_what_it_limits() {
        let form = typed(|form| {
            form.scope.use_case = "code".to_owned();
            form.amount = "1,250.5".to_owned();
            form.window = "rolling_24".to_owned();
        });
        let (name, input) = form.read(LimitOwner::Customer, &example(), Some(&plan())).unwrap();
        assert_eq!(name.as_str(), "code-24h");
        assert_eq!(input.limit, CapLimit::Credits(credits("1250.5")));
        assert_eq!(input.window, Window::RollingHours(24));
        assert_eq!(input.thresholds, [80, 100]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_and_by_field() {
        let form = typed(|form| {
            form.scope.use_case = "paint".to_owned();
            form.window = "rolling_721".to_owned();
            form.amount = "-1".to_owned();
            form.action = "explode".to_owned();
            form.thresholds = "101".to_owned();
        });
        assert_eq!(fields(&form), ["use_case", "window", "amount", "action", "thresholds"]);
        assert_eq!(fields(&typed(|form| form.unit = "gold".to_owned())), ["unit"]);
    }

    #[test]
    fn a_second_cap_on_the_same_and_one_above_the_ceiling_are_refused() {
        let ceiling = typed(|form| {
            form.window = "month".to_owned();
            form.amount = "10000.01".to_owned();
        });
        assert_eq!(fields(&ceiling), ["amount"]);
        let in_money = typed(|form| {
            form.window = "month".to_owned();
            form.unit = "money".to_owned();
            form.amount = "100.01".to_owned();
        });
        assert_eq!(fields(&in_money), ["amount"]);
        let second = typed(|form| form.scope.use_case = "render".to_owned());
        assert_eq!(fields(&second), ["window"]);
    }

    #[test]
    fn changing_a_cap_keeps_what_it_counts_whatever_the_form_says() {
        let limits = example();
        let own = limits
            .caps
            .iter()
            .find(|cap| cap.owner == LimitOwner::Customer)
            .unwrap();
        let mut form = CapForm::of(own);
        form.scope = ScopeForm::of(&LimitScope::default());
        form.window = "lifetime".to_owned();
        form.amount = "800".to_owned();
        let (name, input) = form.read(LimitOwner::Customer, &limits, Some(&plan())).unwrap();
        assert_eq!((&name, &input.scope, input.window), (&own.name, &own.scope, own.window));
    }
}
