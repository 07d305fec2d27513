//! A step that says in words what is about to happen, before it does: `Stop fast renders at 500 credits a day, from now.`
//!
//! It is a page of its own or a panel: a form with everything decided in hidden fields, one button to do it and one link
//! back that changes nothing.

use leptos::prelude::*;

/// What was decided in a form, as the hidden fields of its last step.
pub fn decided(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// The step.
#[component]
pub fn Confirm(
    /// Where the form is posted: `/actions/remove-cap`.
    #[prop(into)]
    action: String,
    /// What will happen, as a sentence.
    #[prop(into)]
    sentence: String,
    /// What it means: what is lost, from when it holds, what it costs.
    #[prop(optional, into)]
    consequence: Option<String>,
    /// Everything that was decided, as hidden fields.
    fields: Vec<(&'static str, String)>,
    /// The button: `Remove the cap`.
    #[prop(into)]
    button: String,
    /// True where something is lost.
    #[prop(optional)]
    destructive: bool,
    /// Where the link back leads.
    #[prop(into)]
    back: String,
    /// What the link back says.
    #[prop(default = "Change nothing")]
    back_word: &'static str,
    /// What else should be known before.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = if destructive { "button danger" } else { "button primary" };
    view! {
        <form class="confirm" method="post" action=action>
            <p class="confirm-sentence">{sentence}</p>
            {consequence.map(|words| view! { <p class="quiet">{words}</p> })}
            {children.map(|children| children())}
            {fields
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                .collect_view()}
            <div class="buttons">
                <button class=class type="submit">{button}</button>
                <a class="button quiet" href=back>{back_word}</a>
            </div>
        </form>
    }
}
