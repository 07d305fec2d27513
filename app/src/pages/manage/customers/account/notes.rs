//! Notes on a customer: what the staff should know. Members never see them.

use drawdown_service::account::NoteView;
use leptos::prelude::*;

use crate::components::form::{Area, ErrorSummary};
use crate::components::moment::DayAndTime;
use crate::components::panel::Panel;
use crate::visit::Place;

/// The form's name.
pub(super) const FORM: &str = "note";

/// The panel: the form, and the notes below it, the newest first.
#[component]
pub(super) fn Notes(notes: Vec<NoteView>, may: bool, note: String) -> impl IntoView {
    let customer = Place::current().customer.map(|id| id.to_string());
    let form = may.then(|| {
        view! {
            <ErrorSummary form=FORM/>
            <form class="stack" method="post" action="/actions/manage-add-note">
                <input type="hidden" name="customer" value=customer/>
                <input type="hidden" name="note" value=note/>
                <Area form=FORM name="text" label="New note" help="Seen by the staff only." length_max=2_000/>
                <div class="buttons"><button class="button" type="submit">"Add the note"</button></div>
            </form>
        }
    });
    let nothing = notes.is_empty();
    view! {
        <Panel id="notes" title="Notes" class="half">
            {form}
            {nothing.then(|| view! { <p class="note">"No notes yet."</p> })}
            <ol class="notes" role="list">
                {notes
                    .into_iter()
                    .map(|note| {
                        view! {
                            <li>
                                <p class="note-text">{note.text}</p>
                                <small class="quiet">{note.author}", "<DayAndTime moment=note.at/></small>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </Panel>
    }
}
