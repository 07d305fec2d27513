//! `/manage/customers/{id}/transfer`: unspent credits go to another customer of the same parent. The form, what it will do in
//! words, and then it is done.

use drawdown_domain::format;
use drawdown_service::ServiceError;
use drawdown_service::grants::GrantView;
use drawdown_service::transfers::{Relative, TransferInput, TransferPreview};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::head::CustomerPages;
use super::step::LastStep;
use crate::address::with_query;
use crate::components::amount::credits_words;
use crate::components::confirm::decided;
use crate::components::empty::Empty;
use crate::components::form::{Area, ErrorSummary, Field, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::components::posting_words::short_grant;
use crate::error::PageError;
use crate::shell::Page;
use crate::typed;
use crate::unread::Unread;
use crate::visit::{Place, Visit};

/// The form's name.
pub(super) const FORM: &str = "transfer";

/// The fields, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TransferForm {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) grant: String,
    #[serde(default)]
    pub(crate) credits: String,
    #[serde(default)]
    pub(crate) reason: String,
    /// Tells this transfer from another one: the same sent twice moves once.
    #[serde(default)]
    pub(crate) once: String,
}

impl TransferForm {
    /// Names and values.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("to", &self.to),
            ("grant", &self.grant),
            ("credits", &self.credits),
            ("reason", &self.reason),
            ("once", &self.once),
        ]
    }

    /// What is to be transferred; everything that cannot be read, at once.
    pub(super) fn read(&self) -> Result<TransferInput, ServiceError> {
        let mut unread = Unread::default();
        let to = self.to.parse().map_err(|_| "choose a customer of the list");
        let to = unread.take("to", to);
        let grant = self.grant.parse().map_err(|_| "choose a grant of the list");
        let grant = unread.take("grant", grant);
        let credits = unread.take("credits", typed::credits(&self.credits));
        let read = (|| {
            Some(TransferInput {
                grant: grant?,
                to: to?,
                credits: credits?,
                reason: self.reason.trim().to_owned(),
            })
        })();
        unread.finish(read)
    }
}

/// The form.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer, service) = (visit.actor()?, visit.customer()?, visit.service());
    let grants = service.transferable_grants(&actor, customer).await?;
    let relatives = service.family(&actor, customer).await?.relatives;
    let name = service.organization(&actor, customer).await?.name;
    let form: TransferForm = visit.query();
    let once = if form.once.is_empty() {
        service.new_note_id().to_string()
    } else {
        form.once.clone()
    };
    let form = TransferForm { once, ..form };
    Ok(Page::new(
        "Transfer credits",
        move || view! { <TransferPage name=name grants=grants relatives=relatives form=form/> },
    )
    .still())
}

#[component]
pub(crate) fn TransferPage(
    name: String,
    grants: Vec<GrantView>,
    relatives: Vec<Relative>,
    form: TransferForm,
) -> impl IntoView {
    let place = Place::current();
    let sentence =
        format!("From {name} to a customer of the same parent. The next step says what will happen before it does.");
    let content = match (relatives.is_empty(), grants.is_empty()) {
        (true, _) => view! {
            <Empty
                title="No other customer of its parent"
                words="Credits go between customers of one parent. Say which customer is the parent first, on the account."
            >
                <p class="buttons"><a class="button" href=place.link("#family")>"To the account"</a></p>
            </Empty>
        }
        .into_any(),
        (false, true) => view! {
            <Empty title="Nothing to transfer" words="No grant of this customer has credits that are unspent and not held by runs.">
                <p class="buttons"><a class="button" href=place.link("")>"To the account"</a></p>
            </Empty>
        }
        .into_any(),
        (false, false) => view! { <TransferFields grants=grants relatives=relatives form=form/> }.into_any(),
    };
    view! {
        <CustomerPages/>
        <PageHeader title="Transfer credits" sentence=sentence/>
        <Panel id="transfer" title="What is transferred">{content}</Panel>
    }
}

#[component]
fn TransferFields(grants: Vec<GrantView>, relatives: Vec<Relative>, form: TransferForm) -> impl IntoView {
    let place = Place::current();
    let customer = place.customer.map(|id| id.to_string());
    let customers = relatives
        .into_iter()
        .map(|one| {
            let role = if one.is_parent { ", the parent" } else { "" };
            (one.id.to_string(), format!("{} ({}{role})", one.name, one.key))
        })
        .collect();
    let grants = grants
        .into_iter()
        .map(|grant| {
            let ends = grant
                .expires
                .as_ref()
                .map_or_else(|| "no end".to_owned(), |end| format!("ends {}", end.day));
            let words = format!(
                "{} {}: {} unspent, {ends}",
                grant.source,
                short_grant(grant.id),
                credits_words(grant.remaining)
            );
            (grant.id.to_string(), words)
        })
        .collect();
    view! {
        <ErrorSummary form=FORM/>
        <form class="stack form-narrow" method="post" action="/actions/manage-check-transfer">
            <input type="hidden" name="customer" value=customer/>
            <input type="hidden" name="once" value=form.once/>
            <Select form=FORM name="to" label="To" options=customers value=form.to/>
            <Select
                form=FORM name="grant" label="From the grant" options=grants value=form.grant
                help="The new grant has its end, what it may pay for, and its share of what was paid."
            />
            <Field
                form=FORM name="credits" label="Credits" value=form.credits inputmode="decimal" unit="credits"
                help="At most what is unspent; what runs hold stays here."
            />
            <Area
                form=FORM name="reason" label="Reason" value=form.reason length_max=500
                help="In the audit log of both, and beside the new grant, where its customer reads it."
            />
            <div class="buttons">
                <button class="button primary" type="submit">"Continue"</button>
                <a class="button quiet" href=place.link("")>"Transfer nothing"</a>
            </div>
        </form>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let (actor, customer) = (visit.actor()?, visit.customer()?);
    visit.service().may_transfer(&actor, customer)?;
    let form: TransferForm = visit.query();
    let Ok(input) = form.read() else {
        return Err(PageError::NotFound("page"));
    };
    let preview = visit.service().check_transfer(&actor, customer, &input).await?;
    Ok(Page::new(
        "Transfer credits",
        move || view! { <TransferConfirmPage form=form input=input preview=preview/> },
    )
    .still())
}

#[component]
pub(crate) fn TransferConfirmPage(form: TransferForm, input: TransferInput, preview: TransferPreview) -> impl IntoView {
    let TransferPreview { from, to, grant, paid } = preview;
    let sentence = format!(
        "Transfer {} of {} {} from {from} to {to}, from now.",
        credits_words(input.credits),
        grant.source.to_lowercase(),
        short_grant(grant.id)
    );
    let left = grant.remaining.saturating_sub(input.credits);
    let ends = grant
        .expires
        .map_or_else(|| "have no end".to_owned(), |end| format!("end {}", end.full));
    let worth = paid.filter(|paid| paid.minor != 0).map_or_else(String::new, |paid| {
        format!(" {} of what was paid for them goes along.", format::money(paid))
    });
    let consequence = format!(
        "{from} keeps {} of the grant. {to} can burn them at once; they {ends}, as before.{worth} It can be transferred back, as far \
         as it is unspent by then.",
        credits_words(left)
    );
    let back = with_query(&Place::current().link("/transfer"), &form.pairs());
    view! {
        <LastStep
            title="Transfer credits" form=FORM action="/actions/manage-transfer" sentence=sentence consequence=consequence
            fields=decided(&form.pairs()) button="Transfer the credits" back=back back_word="Change it"
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_all_at_once() {
        let form = TransferForm {
            to: "acme".to_owned(),
            credits: "some".to_owned(),
            ..TransferForm::default()
        };
        let Err(ServiceError::Invalid(errors)) = form.read() else {
            panic!("refused")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["to", "grant", "credits"]);
    }
}
