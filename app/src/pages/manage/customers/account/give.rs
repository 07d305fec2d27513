//! `/manage/customers/{id}/give`: credits for a reason, promotional or as an adjustment. The form, what it will do in
//! words, and then it is done.

use drawdown_domain::catalogue::Rates;
use drawdown_domain::grant::GrantKind;
use drawdown_domain::{Credits, Key, format};
use drawdown_service::ServiceError;
use drawdown_service::adjustments::GiveInput;
use drawdown_service::overview::OrganizationView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::head::CustomerPages;
use super::step::LastStep;
use crate::address::with_query;
use crate::components::amount::credits_words;
use crate::components::confirm::decided;
use crate::components::form::{Area, ErrorSummary, Field, Radios, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::shell::Page;
use crate::typed;
use crate::unread::Unread;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "give";

/// The fields, as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GiveForm {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) credits: String,
    #[serde(default)]
    pub(crate) valid_days: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) reason: String,
    /// Tells this giving from another one: the same sent twice gives once.
    #[serde(default)]
    pub(crate) once: String,
}

impl Default for GiveForm {
    /// What a new form shows.
    fn default() -> Self {
        Self {
            customer: String::new(),
            kind: "promotional".to_owned(),
            credits: String::new(),
            valid_days: "90".to_owned(),
            scope: String::new(),
            reason: String::new(),
            once: String::new(),
        }
    }
}

impl GiveForm {
    /// Names and values.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("kind", &self.kind),
            ("credits", &self.credits),
            ("valid_days", &self.valid_days),
            ("scope", &self.scope),
            ("reason", &self.reason),
            ("once", &self.once),
        ]
    }

    /// What is to be given; everything that cannot be read, at once.
    pub(super) fn read(&self) -> Result<GiveInput, ServiceError> {
        let mut unread = Unread::default();
        let kind = match self.kind.as_str() {
            "adjustment" => GrantKind::Adjustment,
            _ => GrantKind::Promotional,
        };
        let credits = unread.take("credits", typed::credits(&self.credits));
        let days = self.valid_days.trim();
        let valid_days = days.parse::<u32>().ok().filter(|days| (1..=3_650).contains(days));
        if valid_days.is_none() && !days.is_empty() {
            unread.refuse("valid_days", "days from 1 to 3650, or nothing for no end");
        }
        let scope = match self.scope.as_str() {
            "" => None,
            key => key.parse::<Key>().map(|key| vec![key]).ok(),
        };
        let read = credits.map(|credits| GiveInput {
            kind,
            credits,
            valid_days,
            scope,
            reason: self.reason.trim().to_owned(),
        });
        unread.finish(read)
    }
}

/// What the pages need of the customer.
async fn customer_and_rates(visit: &Visit) -> Result<(OrganizationView, Vec<(String, String)>), PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_give(&actor, customer)?;
    let organization = visit.service().organization(&actor, customer).await?;
    Ok((organization, use_cases(&visit.service().rates().await?)))
}

fn use_cases(rates: &Rates) -> Vec<(String, String)> {
    let all = (String::new(), "Everything".to_owned());
    let cases = rates
        .use_cases
        .iter()
        .map(|(key, case)| (key.to_string(), case.name.clone()));
    std::iter::once(all).chain(cases).collect()
}

/// The form.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (organization, scopes) = customer_and_rates(&visit).await?;
    let form: GiveForm = if visit.raw_query().contains("credits=") {
        visit.query()
    } else {
        GiveForm::default()
    };
    let once = if form.once.is_empty() {
        visit.service().new_note_id().to_string()
    } else {
        form.once.clone()
    };
    let form = GiveForm { once, ..form };
    let limit = visit.service().adjustment_limit();
    Ok(Page::new(
        "Give credits",
        move || view! { <GivePage name=organization.name scopes=scopes form=form limit=limit/> },
    )
    .still())
}

#[component]
pub(crate) fn GivePage(name: String, scopes: Vec<(String, String)>, form: GiveForm, limit: Credits) -> impl IntoView {
    let place = Place::current();
    let kinds = [
        ("promotional", "Promotional: a present, to try or to keep a customer"),
        ("adjustment", "Adjustment: makes good what went wrong"),
    ]
    .map(|(value, word)| (value.to_owned(), word.to_owned()))
    .to_vec();
    let customer = place.customer.map(|id| id.to_string());
    let most = format::credits(limit);
    let most = format!(
        "Above {most} credits, with what was given within 24 hours, a second person of finance or administration has to approve it."
    );
    view! {
        <CustomerPages/>
        <PageHeader title="Give credits" sentence=format!("To {name}. The next step says what will happen before it does.")/>
        <Panel id="give" title="What is given">
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="post" action="/actions/manage-check-giving">
                <input type="hidden" name="customer" value=customer/>
                <input type="hidden" name="once" value=form.once/>
                <Radios form=FORM name="kind" label="Kind" options=kinds value=form.kind/>
                <Field form=FORM name="credits" label="Credits" value=form.credits inputmode="decimal" unit="credits" help=most/>
                <Field
                    form=FORM name="valid_days" label="Valid for" value=form.valid_days inputmode="numeric" unit="days"
                    help="From now. Left empty, they never end." required=false
                />
                <Select form=FORM name="scope" label="They pay for" options=scopes value=form.scope/>
                <Area
                    form=FORM name="reason" label="Reason" value=form.reason length_max=500
                    help="In the audit log, and beside the grant, where the customer reads it."
                />
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("")>"Give nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (organization, scopes) = customer_and_rates(&visit).await?;
    let form: GiveForm = visit.query();
    let Ok(input) = form.read() else {
        return Err(PageError::NotFound("page"));
    };
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    let second = visit
        .service()
        .giving_takes_second_person(&actor, customer, input.credits)
        .await?;
    Ok(Page::new(
        "Give credits",
        move || view! { <GiveConfirmPage name=organization.name scopes=scopes form=form input=input second=second/> },
    )
    .still())
}

#[component]
pub(crate) fn GiveConfirmPage(
    name: String,
    scopes: Vec<(String, String)>,
    form: GiveForm,
    input: GiveInput,
    /// True where a second person has to approve it.
    second: bool,
) -> impl IntoView {
    let back = with_query(&Place::current().link("/give"), &form.pairs());
    let scope = input.scope.as_ref().and_then(|keys| keys.first()).map(|key| {
        let known = scopes.iter().find(|(value, _)| value == key.as_str());
        known.map_or_else(|| key.to_string(), |(_, word)| word.clone())
    });
    let ends = input
        .valid_days
        .map_or_else(|| "without an end".to_owned(), |days| format!("for {days} days"));
    let pays = scope.map_or_else(String::new, |scope| format!(", for {scope} only"));
    let credits = credits_words(input.credits);
    let (sentence, button) = if second {
        let sentence = format!("Ask for {credits} to be given to {name}, {ends}{pays}.");
        (sentence, "Ask for approval")
    } else {
        (
            format!("Give {name} {credits} from now, {ends}{pays}."),
            "Give the credits",
        )
    };
    let kind = if input.kind == GrantKind::Adjustment {
        "an adjustment"
    } else {
        "promotional"
    };
    let then = if second {
        " Nothing is given until somebody else of finance or an administrator approves it; until then you can withdraw it."
    } else {
        ""
    };
    let consequence = format!(
        "As {kind}, with the reason: {}.{then}",
        input.reason.trim_end_matches('.')
    );
    view! {
        <LastStep
            title="Give credits" form=FORM action="/actions/manage-give" sentence=sentence consequence=consequence
            fields=decided(&form.pairs()) button=button back=back back_word="Change it"
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(credits: &str, days: &str) -> GiveForm {
        GiveForm {
            credits: credits.to_owned(),
            valid_days: days.to_owned(),
            reason: " late delivery ".to_owned(),
            ..GiveForm::default()
        }
    }

    #[test]
    fn what_is_typed_is_read_or_told_back_all_at_once() {
        let read = form("1,250.5", "30").read().unwrap();
        assert_eq!((read.credits, read.valid_days), ("1250.5".parse().unwrap(), Some(30)));
        assert_eq!(
            (read.reason.as_str(), read.kind),
            ("late delivery", GrantKind::Promotional)
        );
        assert_eq!(form("5", "").read().unwrap().valid_days, None);
        let Err(ServiceError::Invalid(errors)) = form("many", "0").read() else {
            panic!("refused")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["credits", "valid_days"]);
    }
}
