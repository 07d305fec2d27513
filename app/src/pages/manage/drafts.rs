//! What drafts of the rate card and of plans have in common on their pages: each form carries the revision with which it was
//! opened, so that nobody undoes unseen what somebody else has written meanwhile; and where a version came or went since a draft
//! was begun, its page says so before anybody publishes it.

use drawdown_domain::Key;
use leptos::prelude::*;

use crate::components::notice::{Notice, Tone};
use crate::error::PageError;
use crate::pages::manage::filled::Filled;

/// The field that carries the revision.
const REVISION: &str = "revision";

/// The revision of the draft with which a form was opened.
///
/// # Errors
/// Where it carries none: the form is not one of ours.
pub(crate) fn revision_in(form: &Filled) -> Result<i64, PageError> {
    let revision = form.get(REVISION).parse();
    revision.map_err(|_| PageError::NotFound("revision of the draft; open the form again"))
}

/// A form that changes a draft. A refused one is shown again with the present revision, so that whoever sends it once more has seen
/// that somebody else was there.
#[component]
pub(crate) fn DraftForm(
    /// Where it is posted: `/actions/manage-put-meter`.
    action: &'static str,
    /// The draft's revision as it is shown.
    revision: i64,
    /// The form's class.
    #[prop(optional)]
    class: &'static str,
    /// Its fields and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class method="post" action=action>
            <input type="hidden" name=REVISION value=revision.to_string()/>
            {children()}
        </form>
    }
}

/// What differs is not in the draft because it came later: the words on it, and the button that says it has been seen.
#[component]
pub(crate) fn Behind(
    /// Where the button leads: `/actions/manage-carry-plan`.
    action: &'static str,
    /// The draft's revision as it is shown.
    revision: i64,
    /// The version that the draft began as.
    based_on: i64,
    /// The version that it would begin as now.
    newer: i64,
    /// The plan, of a plan's draft.
    #[prop(optional)]
    plan: Option<Key>,
) -> impl IntoView {
    let button = move || {
        let plan = plan
            .clone()
            .map(|plan| view! { <input type="hidden" name="plan" value=plan.to_string()/> });
        view! {
            <DraftForm action=action revision=revision>
                {plan}
                <button class="button" type="submit">{format!("Carry it over to version {newer}")}</button>
            </DraftForm>
        }
    };
    view! { <Notice tone=Tone::Warn action=button>{behind_words(based_on, newer)}</Notice> }
}

/// What happened since the draft was begun, and what to do.
fn behind_words(based_on: i64, newer: i64) -> String {
    let happened = match based_on {
        0 => format!("Version {newer} was published after this draft was begun."),
        _ if newer < based_on => format!("Version {based_on}, as which this draft was begun, was taken back."),
        _ => format!("Version {newer} was published after this draft was begun as version {based_on}."),
    };
    format!(
        "{happened} Publishing the draft would undo that, so it is refused for now. Look at what the draft changes of version \
         {newer}, change it where that is not what you want, and carry it over."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_since_a_draft_was_begun_is_told() {
        let told = |based_on, newer| {
            let words = behind_words(based_on, newer);
            words.split(" Publishing").next().unwrap().to_owned()
        };
        assert_eq!(
            told(2, 3),
            "Version 3 was published after this draft was begun as version 2."
        );
        assert_eq!(told(0, 1), "Version 1 was published after this draft was begun.");
        assert_eq!(told(4, 2), "Version 4, as which this draft was begun, was taken back.");
    }

    #[test]
    fn a_form_without_a_revision_is_none_of_ours() {
        let read = |text: &str| revision_in(&serde_urlencoded::from_str(text).unwrap());
        assert_eq!(read("revision=7").unwrap(), 7);
        for bad in ["", "revision=", "revision=x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
