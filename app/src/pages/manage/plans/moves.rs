//! The moves of groups of customers to a plan's current version: how far each is, what is still to come, and the button that
//! takes it back.

use drawdown_domain::{Key, format};
use drawdown_service::plans::{PlanMoveAct, PlanMoveView};
use leptos::prelude::*;

use super::plan::customers;
use crate::components::moment::Time;
use crate::components::panel::Panel;
use crate::components::table::{Listing, text};

/// What was asked for, of which customers.
fn what(group: &PlanMoveView) -> String {
    let of = match (group.from, group.contract) {
        (Some(version), false) => format!("Version {version}"),
        (Some(version), true) => format!("Contracts of version {version}"),
        (None, _) => return "Moves taken back".to_owned(),
    };
    match group.act {
        PlanMoveAct::AtRenewal if group.contract => format!("{of}, when the contract ends"),
        PlanMoveAct::AtRenewal => format!("{of}, at renewal"),
        PlanMoveAct::Now | PlanMoveAct::Withdraw => format!("{of}, now"),
    }
}

/// How far it is: `50 moved, 4,950 to go`.
fn progress(group: &PlanMoveView) -> String {
    let done = match group.act {
        PlanMoveAct::Withdraw => "stay where they are",
        PlanMoveAct::Now | PlanMoveAct::AtRenewal => "moved",
    };
    let parts = [
        (group.done, done),
        (group.at_renewal, "will move at their renewal"),
        (group.under_way, "to go"),
        (group.withdrawn, "taken back before"),
        (group.refused, "not possible"),
    ];
    let told = parts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, words)| format!("{} {words}", format::count(*count)))
        .collect();
    if told.is_empty() {
        "nobody".to_owned()
    } else {
        told.join(", ")
    }
}

/// The panel; nothing where nobody was ever moved to this version.
#[component]
pub(super) fn Moves(plan: Key, waiting: i64, moves: Vec<PlanMoveView>) -> impl IntoView {
    let under_way: i64 = moves.iter().map(|group| group.under_way).sum();
    let begun = moves
        .iter()
        .any(|group| group.act != PlanMoveAct::Withdraw && group.under_way > 0);
    if waiting == 0 && moves.is_empty() {
        return ().into_any();
    }
    let mut sentences = Vec::new();
    if waiting > 0 {
        sentences.push(format!(
            "{} will be on this version at their renewal.",
            customers(waiting)
        ));
    }
    if under_way > 0 {
        sentences.push(format!(
            "{} are on their turn; load the page again to see how far it is.",
            customers(under_way)
        ));
    }
    let sentence = (!sentences.is_empty()).then(|| view! { <p>{sentences.join(" ")}</p> });
    let back = (waiting > 0 || begun).then(|| {
        view! {
            <form method="post" action="/actions/manage-withdraw-moves">
                <input type="hidden" name="plan" value=plan.to_string()/>
                <button class="button" type="submit">"Take the moves back"</button>
            </form>
        }
    });
    let words = if back.is_some() {
        "They can be taken back until each takes effect."
    } else {
        "What became of customers who were to be moved to this version."
    };
    view! {
        <Panel id="waiting" title=if back.is_some() { "Moves to come" } else { "Moves" } words=words>
            {sentence}
            {(!moves.is_empty()).then(|| view! { <Groups moves=moves/> })}
            {back}
        </Panel>
    }
    .into_any()
}

#[component]
fn Groups(moves: Vec<PlanMoveView>) -> impl IntoView {
    let rows = moves.into_iter().map(|group| {
        let (what, progress) = (what(&group), progress(&group));
        let refusals = group.refusals.into_iter().map(|(key, why)| {
            view! { <li>{format!("{key}: {why}")}</li> }
        });
        let refusals = refusals.collect_view();
        let told = (!refusals.is_empty()).then(|| view! { <ul>{refusals}</ul> });
        view! {
            <tr>
                <th scope="row">{what}</th>
                <td data-label="How far">{progress}{told}</td>
                <td data-label="Asked by">{group.asked_by}", "<Time moment=group.asked/></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Listing
            caption="Groups of customers and how far they are moved"
            heads=[text("Who was on"), text("How far"), text("Asked by")]
        >
            {rows}
        </Listing>
    }
}

#[cfg(test)]
mod tests {
    use drawdown_domain::Timestamp;
    use drawdown_service::moment::Moment;

    use super::*;

    fn moment() -> Moment {
        let empty = String::new;
        Moment {
            at: Timestamp::from_seconds(0),
            iso: empty(),
            date: empty(),
            day: empty(),
            time: empty(),
            full: empty(),
            relative: empty(),
        }
    }

    fn group(act: PlanMoveAct, from: Option<i64>) -> PlanMoveView {
        PlanMoveView {
            act,
            from,
            contract: false,
            asked_by: "Ines".to_owned(),
            asked: moment(),
            under_way: 4_950,
            done: 50,
            at_renewal: 0,
            withdrawn: 0,
            refused: 1,
            refusals: Vec::new(),
        }
    }

    #[test]
    fn a_group_is_told_in_words() {
        let now = group(PlanMoveAct::Now, Some(2));
        assert_eq!(what(&now), "Version 2, now");
        assert_eq!(progress(&now), "50 moved, 4,950 to go, 1 not possible");
        let back = group(PlanMoveAct::Withdraw, None);
        assert_eq!(what(&back), "Moves taken back");
        assert_eq!(progress(&back), "50 stay where they are, 4,950 to go, 1 not possible");
    }
}
