//! The last step of what is done on a customer's account, a page of its own: what will happen, in words, and the button that
//! does it. Everything that was decided before stands in hidden fields.

use leptos::prelude::*;

use crate::components::confirm::Confirm;
use crate::components::form::{Area, ErrorSummary};
use crate::components::page::PageHeader;
use crate::components::panel::Panel;
use crate::pages::manage::customers::head::CustomerPages;
use crate::visit::Place;

/// The step.
#[component]
pub(super) fn LastStep(
    /// The page's title.
    title: &'static str,
    /// The form's name in messages.
    form: &'static str,
    /// Where it is posted.
    action: &'static str,
    /// What will happen.
    #[prop(into)]
    sentence: String,
    /// What it means.
    #[prop(into)]
    consequence: String,
    /// What was decided; which customer it is of is added here.
    mut fields: Vec<(&'static str, String)>,
    /// The button's word.
    button: &'static str,
    /// True where something is lost.
    #[prop(optional)]
    destructive: bool,
    /// True where the reason is asked for here rather than in a form before.
    #[prop(optional)]
    asks_reason: bool,
    /// Where the link back leads.
    back: String,
    /// What the link back says.
    #[prop(default = "Change nothing")]
    back_word: &'static str,
    /// What else should be known before.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let customer = Place::current().customer.map(|id| id.to_string());
    fields.push(("customer", customer.unwrap_or_default()));
    view! {
        <CustomerPages/>
        <PageHeader title=title sentence="Nothing has changed yet."/>
        <Panel id="confirm" title="Is this right?">
            <ErrorSummary form=form/>
            <Confirm
                action=action sentence=sentence consequence=consequence fields=fields button=button destructive=destructive
                back=back back_word=back_word
            >
                {children.map(|children| children())}
                {asks_reason.then(|| view! { <Area form=form name="reason" label="Reason" length_max=500 help="In the audit log."/> })}
            </Confirm>
        </Panel>
    }
}
