//! The moves of groups of customers to a plan's versions: how far each is, what is still to come, and the button that takes it
//! back.

use drawdown_domain::{Key, format};
use drawdown_service::plans::{PlanMoveAct, PlanMoveView};
use leptos::prelude::*;

use super::plan::{customers, group_words};
use crate::components::moment::Time;
use crate::components::panel::Panel;
use crate::components::table::{Listing, text};

/// What was asked for, of which customers.
fn what(group: &PlanMoveView) -> String {
    let Some(version) = group.from else {
        return "Moves taken back".to_owned();
    };
    let (of, to) = (group_words(version, group.contract), group.to);
    match group.act {
        PlanMoveAct::AtRenewal if group.contract => format!("{of} to {to}, when the contract ends"),
        PlanMoveAct::AtRenewal => format!("{of} to {to}, at renewal"),
        PlanMoveAct::Now | PlanMoveAct::Withdraw => format!("{of} to {to}, now"),
    }
}

/// How far it is: `50 moved, 4,950 to go`.
fn progress(group: &PlanMoveView) -> String {
    let done = match group.act {
        PlanMoveAct::Withdraw => "stay where they are",
        PlanMoveAct::Now | PlanMoveAct::AtRenewal => "moved",
    };
    let later = if group.contract {
        "put down for the end of their contract"
    } else {
        "put down for their renewal"
    };
    let parts = [
        (group.done, done),
        (group.at_renewal, later),
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

/// What is still to come, in sentences.
fn to_come(waiting: i64, moves: &[PlanMoveView]) -> String {
    let under_way = |is_back: bool| -> i64 {
        let groups = moves
            .iter()
            .filter(|group| (group.act == PlanMoveAct::Withdraw) == is_back);
        groups.map(|group| group.under_way).sum()
    };
    let told = [
        (waiting, "will move at their renewal, or when their contract ends."),
        (under_way(false), "are next; load the page again to see how far it is."),
        (under_way(true), "are next to have their move taken back."),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, words)| match (count, words.strip_prefix("are ")) {
            (1, Some(words)) => format!("1 customer is {words}"),
            _ => format!("{} {words}", customers(count)),
        })
        .collect();
    told.join(" ")
}

/// The panel; nothing where nobody was ever moved.
#[component]
pub(super) fn Moves(plan: Key, waiting: i64, moves: Vec<PlanMoveView>) -> impl IntoView {
    if waiting == 0 && moves.is_empty() {
        return ().into_any();
    }
    let sentences = to_come(waiting, &moves);
    let is_begun = |group: &PlanMoveView| group.act != PlanMoveAct::Withdraw && group.under_way > 0;
    let can_go_back = waiting > 0 || moves.iter().any(is_begun);
    let back = can_go_back.then(|| {
        view! {
            <form method="post" action="/actions/manage-withdraw-moves">
                <input type="hidden" name="plan" value=plan.to_string()/>
                <button class="button" type="submit">"Take the moves back"</button>
            </form>
        }
    });
    let (title, words) = if can_go_back {
        ("Moves to come", "They can be taken back until each takes effect.")
    } else {
        ("Moves", "What became of customers who were to be moved.")
    };
    view! {
        <Panel id="waiting" title=title words=words>
            {(!sentences.is_empty()).then(|| view! { <p>{sentences}</p> })}
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
            heads=[text("What"), text("How far"), text("Asked by")]
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
            to: 3,
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
        assert_eq!(what(&now), "Version 2 to 3, now");
        assert_eq!(progress(&now), "50 moved, 4,950 to go, 1 not possible");
        let back = group(PlanMoveAct::Withdraw, None);
        assert_eq!(what(&back), "Moves taken back");
        assert_eq!(progress(&back), "50 stay where they are, 4,950 to go, 1 not possible");
        let renewal = PlanMoveView {
            at_renewal: 12,
            under_way: 0,
            ..group(PlanMoveAct::AtRenewal, Some(2))
        };
        assert_eq!(what(&renewal), "Version 2 to 3, at renewal");
        assert_eq!(
            progress(&renewal),
            "50 moved, 12 put down for their renewal, 1 not possible"
        );
    }

    #[test]
    fn what_is_to_come_is_told_apart_from_what_is_taken_back() {
        let now = PlanMoveView {
            under_way: 1,
            ..group(PlanMoveAct::Now, Some(2))
        };
        let groups = [group(PlanMoveAct::Withdraw, None), now];
        assert_eq!(
            to_come(0, &groups),
            "1 customer is next; load the page again to see how far it is. 4,950 customers are next to have their move \
             taken back."
        );
        assert_eq!(to_come(0, &[]), "");
    }
}
