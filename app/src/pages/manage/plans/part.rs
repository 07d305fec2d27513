//! `/manage/plans/{key}/draft/{part}`: one form for each group of a plan's terms. Which terms, their fields and how they are
//! read is `parts` and `limits`.

use drawdown_domain::Key;
use drawdown_domain::plan::PlanTerms;
use drawdown_service::ServiceError;
use drawdown_service::plans::{PlanDraft, PlanEdit};
use leptos::prelude::*;

use super::choices::Choices;
use super::{address, draft_of, limits, parts, plan_of};
use crate::components::form::{ErrorSummary, Field};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::pages::manage::drafts::DraftForm;
use crate::pages::manage::filled::Filled;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name, whatever the part.
pub(crate) const FORM: &str = "terms";

/// A group of terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Basics,
    Conversion,
    TopUps,
    Included,
    Refunds,
    Allotment,
    Unlimited,
    Cap,
    Throttle,
}

impl Part {
    pub(super) const ALL: [Self; 9] = [
        Self::Basics,
        Self::Conversion,
        Self::TopUps,
        Self::Included,
        Self::Refunds,
        Self::Allotment,
        Self::Unlimited,
        Self::Cap,
        Self::Throttle,
    ];

    /// As it stands in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Conversion => "conversion",
            Self::TopUps => "top-ups",
            Self::Included => "included",
            Self::Refunds => "refunds",
            Self::Allotment => "allotment",
            Self::Unlimited => "unlimited",
            Self::Cap => "cap",
            Self::Throttle => "throttle",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Basics => "Name, price and length",
            Self::Conversion => "What money buys",
            Self::TopUps => "Top-ups",
            Self::Included => "What is included",
            Self::Refunds => "Failed runs",
            Self::Allotment => "Allotment",
            Self::Unlimited => "Without limit",
            Self::Cap => "Ceiling on credits",
            Self::Throttle => "Ceiling on the rate",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }

    /// What its form says.
    pub(super) fn read(self, form: &Filled, terms: &PlanTerms) -> Result<PlanEdit, ServiceError> {
        match self {
            Self::Basics => parts::read_basics(form, terms),
            Self::Conversion => parts::read_conversion(form, terms),
            Self::TopUps => parts::read_top_ups(form),
            Self::Included => parts::read_included(form),
            Self::Refunds => Ok(PlanEdit::Refunds(parts::read_refunds(form, &terms.refunds))),
            Self::Allotment => parts::read_allotment(form),
            Self::Unlimited => super::fair::read(form),
            Self::Cap => limits::read_cap(form, terms.currency).map(|ceiling| PlanEdit::PutCap {
                name: ceiling.name,
                cap: ceiling.terms,
                is_new: ceiling.is_new,
            }),
            Self::Throttle => limits::read_throttle(form).map(|ceiling| PlanEdit::PutThrottle {
                name: ceiling.name,
                throttle: ceiling.terms,
                is_new: ceiling.is_new,
            }),
        }
    }

    /// What removes the entry that a form names.
    pub(super) fn removal(self, form: &Filled) -> Result<PlanEdit, PageError> {
        let name = form
            .get("name")
            .parse::<Key>()
            .map_err(|_| PageError::NotFound("entry"));
        match self {
            Self::Allotment => name.map(PlanEdit::RemoveAllotment),
            Self::Cap => name.map(PlanEdit::RemoveCap),
            Self::Throttle => name.map(PlanEdit::RemoveThrottle),
            Self::Unlimited => {
                let place = form.get("name").parse().map_err(|_| PageError::NotFound("entry"))?;
                Ok(PlanEdit::RemoveUnlimited(place))
            }
            _ => Err(PageError::NotFound("entry")),
        }
    }

    /// Its fields, of the entry that is named where there are several; and whether that entry is there.
    fn fields(self, terms: &PlanTerms, name: &str, choices: Choices) -> (AnyView, bool) {
        match self {
            Self::Basics => (parts::basics(terms), false),
            Self::Conversion => (parts::conversion(terms), false),
            Self::TopUps => (parts::top_ups(terms, choices), false),
            Self::Included => (parts::included(terms, choices), false),
            Self::Refunds => (parts::refunds(terms, choices), false),
            Self::Allotment => {
                let known = terms.allotments.get(name);
                (parts::allotment(known, choices), known.is_some())
            }
            Self::Unlimited => {
                let known = name.parse::<usize>().ok().and_then(|place| terms.unlimited.get(place));
                (super::fair::fields(known, choices), known.is_some())
            }
            Self::Cap => {
                let known = terms.caps.get(name);
                (limits::cap(known, terms.currency, choices), known.is_some())
            }
            Self::Throttle => {
                let known = terms.throttles.get(name);
                (limits::throttle(known, choices), known.is_some())
            }
        }
    }

    /// Whether there are several, each with a name.
    const fn is_named(self) -> bool {
        matches!(self, Self::Allotment | Self::Cap | Self::Throttle)
    }
}

/// What there is to choose from.
pub(crate) async fn choices_of(visit: &Visit) -> Result<Choices, PageError> {
    match visit.service().rates().await {
        Ok(rates) => Ok(Choices::of(&rates)),
        // Without a rate card there is nothing to choose from yet.
        Err(ServiceError::Refused(_)) => Ok(Choices::default()),
        Err(error) => Err(error.into()),
    }
}

/// The form.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let plan = plan_of(&visit)?;
    let draft = draft_of(&visit, &plan).await?;
    let part = visit.path().rsplit('/').next().and_then(Part::of);
    let part = part.ok_or(PageError::NotFound("page"))?;
    let asked: Filled = visit.query();
    let name = asked.get("name").to_owned();
    let choices = choices_of(&visit).await?;
    Ok(Page::new(part.title(), move || {
        view! { <PartPage plan=plan part=part draft=draft name=name choices=choices/> }
    })
    .still())
}

/// By what name an entry is told from others: of one that is there as it is, of a new one to be typed. Terms of which there
/// is one have none.
#[component]
pub(crate) fn Naming(is_named: bool, is_known: bool, name: String) -> impl IntoView {
    match (is_named, is_known) {
        (_, true) => view! {
            <input type="hidden" name="known" value="1"/>
            <input type="hidden" name="name" value=name/>
        }
        .into_any(),
        (true, false) => view! {
            <Field
                form=FORM name="name" label="Name" value=name length_max=128
                help="A word by which it is told from others, such as credits or daily: letters, digits and _ - . : @"
            />
        }
        .into_any(),
        (false, false) => ().into_any(),
    }
}

#[component]
fn PartPage(plan: Key, part: Part, draft: PlanDraft, name: String, choices: Choices) -> impl IntoView {
    let PlanDraft { revision, terms, .. } = draft;
    let (fields, is_known) = part.fields(&terms, &name, choices);
    let back = address(&plan, "/draft");
    let remove = is_known.then(|| {
        let (plan, name) = (plan.to_string(), name.clone());
        view! {
            <Panel id="remove" title="Remove it" words="From the draft only; nothing changes for customers until that is published.">
                <DraftForm action="/actions/manage-remove-plan-part" revision=revision>
                    <input type="hidden" name="plan" value=plan/>
                    <input type="hidden" name="part" value=part.word()/>
                    <input type="hidden" name="name" value=name/>
                    <button class="button danger" type="submit">"Remove from the draft"</button>
                </DraftForm>
            </Panel>
        }
    });
    let sentence = format!(
        "Of {}, in the draft. Nothing changes for customers until it is published.",
        terms.name
    );
    view! {
        <PageHeader title=part.title() sentence=sentence/>
        <Panel id="part" title=if is_known { name.clone() } else { part.title().to_owned() }>
            <ErrorSummary form=FORM/>
            <DraftForm class="stack form-narrow" action="/actions/manage-put-plan-part" revision=revision>
                <input type="hidden" name="plan" value=plan.to_string()/>
                <input type="hidden" name="part" value=part.word()/>
                <Naming is_named=part.is_named() is_known=is_known name=name/>
                {fields}
                <div class="buttons">
                    <button class="button primary" type="submit">"Save to the draft"</button>
                    <a class="button quiet" href=back>"Change nothing"</a>
                </div>
            </DraftForm>
        </Panel>
        {remove}
    }
}
