//! What the forms of caps and throttles have in common, whoever sets the limit: a customer its own, or the vendor a ceiling.

use drawdown_domain::Key;
use drawdown_domain::limit::LimitOwner;
use drawdown_service::ServiceError;
use drawdown_service::customers::PlanView;
use drawdown_service::limits::LimitsView;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::visit::Visit;

/// The fields of a limit, as they were typed. A name is there once the form was read: of a limit that is changed, or will be
/// made.
pub(crate) trait LimitForm: Clone + Default + DeserializeOwned {
    /// The limit where it is in force.
    type View: Clone;
    /// The limit as it is set.
    type Input;

    /// What the form of a limit in force shows.
    fn of(view: &Self::View) -> Self;

    /// Its name, or nothing.
    fn name(&self) -> &str;

    /// The same fields with another name.
    fn named(self, name: String) -> Self;

    /// Names and values of the fields.
    fn pairs(&self) -> Vec<(&'static str, &str)>;

    /// The limit in force that is the owner's and has the form's name.
    fn existing<'a>(&self, owner: LimitOwner, limits: &'a LimitsView) -> Option<&'a Self::View>;

    /// The limit and its name. Of a limit in force, what it counts stays as it is.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] with everything that is wrong, by field.
    fn read(
        &self,
        owner: LimitOwner,
        limits: &LimitsView,
        plan: Option<&PlanView>,
    ) -> Result<(Key, Self::Input), ServiceError>;
}

/// The form that an address asks for (with what an earlier step was told, of the limit that it names, or empty), and the
/// limit in force that it changes.
pub(crate) fn asked<F: LimitForm>(visit: &Visit, owner: LimitOwner, limits: &LimitsView) -> (F, Option<F::View>) {
    #[derive(Default, Deserialize)]
    struct Whole {
        amount: Option<String>,
        #[serde(default)]
        name: String,
    }
    let Whole { amount, name } = visit.query();
    let typed = if amount.is_some() { visit.query() } else { F::default() };
    let form = typed.named(name);
    let existing = form.existing(owner, limits).cloned();
    let form = match &existing {
        Some(view) if amount.is_none_or(|amount| amount.is_empty()) => F::of(view),
        Some(_) => form,
        None => form.named(String::new()),
    };
    (form, existing)
}
