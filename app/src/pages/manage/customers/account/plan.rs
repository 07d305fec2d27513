//! `/manage/customers/{id}/plan`: moves a customer to another plan, or ends its plan, now or at the next renewal; said in
//! words before it happens.

use drawdown_domain::id::PlanVersionId;
use drawdown_service::contracts::ContractChoices;
use drawdown_service::schedule::{PlanChanged, PlanWhen};
use leptos::prelude::*;
use serde::Deserialize;

use super::super::head::CustomerPages;
use super::server_fns::{below, customer_of};
use super::step::LastStep;
use crate::address::with_query;
use crate::answer::{Answer, done, refused};
use crate::components::confirm::decided;
use crate::components::form::{ErrorSummary, Radios, Select};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::{Place, Visit};

/// The form's name.
const FORM: &str = "plan";
/// The value that stands for no plan.
const NONE: &str = "none";
const WHENS: [(&str, &str); 2] = [
    ("now", "Now"),
    ("renewal", "At the next renewal; until then it can be changed again"),
];

/// What is chosen, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    plan: String,
    when: String,
}

/// A choice that can be carried out: the plan (`None`: no plan), and when.
fn read(plan: &str, when: &str) -> Option<(Option<PlanVersionId>, PlanWhen)> {
    let plan = match plan {
        NONE => None,
        id => Some(id.parse().ok()?),
    };
    let when = match when {
        "now" => PlanWhen::Now,
        "renewal" => PlanWhen::AtRenewal,
        _ => return None,
    };
    Some((plan, when))
}

/// The form.
pub async fn form_page(visit: Visit) -> Result<Page, PageError> {
    let choices = visit
        .service()
        .contract_choices(&visit.actor()?, visit.customer()?)
        .await?;
    let chosen: Choice = visit.query();
    Ok(Page::new(
        "Change the plan",
        move || view! { <PlanPage choices=choices chosen=chosen/> },
    )
    .still())
}

#[component]
fn PlanPage(choices: ContractChoices, chosen: Choice) -> impl IntoView {
    let place = Place::current();
    let plans = choices.plans.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let none = (NONE.to_owned(), "No plan: the present one ends".to_owned());
    let plans = plans.chain(std::iter::once(none)).collect();
    let whens = WHENS
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let when = if chosen.when.is_empty() {
        "now".to_owned()
    } else {
        chosen.when
    };
    let sentence = format!(
        "Of {}. The next step says what it means before it is done.",
        choices.customer
    );
    view! {
        <CustomerPages/>
        <PageHeader title="Change the plan" sentence=sentence/>
        <Panel id="plan" title="Plan">
            <ErrorSummary form=FORM/>
            <form class="stack form-narrow" method="get" action=place.link("/plan/confirm")>
                <Select form=FORM name="plan" label="Plan" options=plans value=chosen.plan help="Its current version. A change that waits is taken back on the account."/>
                <Radios form=FORM name="when" label="When" options=whens value=when/>
                <div class="buttons">
                    <button class="button primary" type="submit">"Continue"</button>
                    <a class="button quiet" href=place.link("")>"Change nothing"</a>
                </div>
            </form>
        </Panel>
    }
}

/// What will happen, in words.
pub async fn confirm_page(visit: Visit) -> Result<Page, PageError> {
    let choices = visit
        .service()
        .contract_choices(&visit.actor()?, visit.customer()?)
        .await?;
    let chosen: Choice = visit.query();
    let (plan, when) = read(&chosen.plan, &chosen.when).ok_or(PageError::NotFound("page"))?;
    let name = match plan {
        None => None,
        Some(id) => {
            let known = choices.plans.into_iter().find(|(known, _)| *known == id);
            Some(known.ok_or(PageError::NotFound("plan"))?.1)
        }
    };
    Ok(Page::new("Change the plan", move || {
        view! { <PlanConfirmPage customer=choices.customer plan=name when=when chosen=chosen/> }
    })
    .still())
}

#[component]
fn PlanConfirmPage(customer: String, plan: Option<String>, when: PlanWhen, chosen: Choice) -> impl IntoView {
    let moment = match when {
        PlanWhen::Now => "now",
        PlanWhen::AtRenewal => "at the next renewal",
    };
    let ends = plan.is_none();
    let (sentence, consequence, button) = match plan {
        Some(plan) => (
            format!("Move {customer} to {plan}, {moment}."),
            "Credits that are there keep their ends. Ceilings of the new plan take the place of the present ones. What is \
             paid for is not charged again; where a new price falls due, its credits come with it, and intervals begin anew that day.",
            "Change the plan",
        ),
        None => (
            format!("End the plan of {customer}, {moment}."),
            "After that every run is refused and nothing is given. Credits that are there keep their ends; those that were bought beside a plan \
             that they need rest until there is a plan again.",
            "End the plan",
        ),
    };
    let pairs = [("plan", chosen.plan.as_str()), ("when", chosen.when.as_str())];
    let back = with_query(&Place::current().link("/plan"), &pairs);
    view! {
        <LastStep
            title="Change the plan" form=FORM action="/actions/manage-change-plan" sentence=sentence consequence=consequence
            fields=decided(&pairs) button=button destructive=ends back=back back_word="Change it"
        />
    }
}

/// Changes the plan.
#[server(prefix = "/actions", endpoint = "manage-change-plan")]
pub(super) async fn change_plan(customer: String, plan: String, when: String) -> Answer {
    let visit = Visit::current();
    let changed = async {
        let id = customer_of(&visit, &customer)?;
        let (chosen, at) = read(&plan, &when).ok_or(PageError::NotFound("plan"))?;
        let (service, actor) = (visit.service(), visit.actor()?);
        Ok::<_, PageError>(match chosen {
            Some(plan) => Box::pin(service.change_plan(&actor, id, plan, at)).await?,
            None => Box::pin(service.end_plan(&actor, id, at)).await?,
        })
    };
    match changed.await {
        Ok(changed) => {
            let notice = match changed {
                PlanChanged::Done => "The plan is changed.",
                PlanChanged::Scheduled(_) => "The plan will change at its next renewal.",
                PlanChanged::Same => "That is the plan already: nothing changed.",
            };
            done(&visit, &below(&customer, ""), notice)
        }
        Err(error) => {
            let typed = [("plan", plan.as_str()), ("when", when.as_str())];
            refused(
                &visit,
                &with_query(&below(&customer, "/plan"), &typed),
                FORM,
                &[],
                error,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_whole_or_none() {
        let id = "plan_00000000000000000000000000000007";
        assert_eq!(read(NONE, "now"), Some((None, PlanWhen::Now)));
        assert_eq!(read(id, "renewal"), Some((id.parse().ok(), PlanWhen::AtRenewal)));
        for (plan, when) in [("", "now"), ("studio", "now"), (id, ""), (NONE, "later")] {
            assert_eq!(read(plan, when), None, "{plan} {when}");
        }
    }
}
