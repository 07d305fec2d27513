//! What staff do to plans: begin, change, discard and publish a draft, move customers, and take moves back.

use drawdown_domain::Key;
use leptos::prelude::*;

use super::part::{self, Part};
use super::{HOME, NEW, address, draft, plan, publish, read_new};
use crate::address::with_query;
use crate::answer::{Answer, done, refused};
use crate::error::PageError;
use crate::pages::manage::drafts::revision_in;
use crate::pages::manage::filled::Filled;
use crate::visit::Visit;

/// The plan that a form carries in a hidden field.
fn plan_in(visit: &Visit, form: &Filled) -> Result<Key, PageError> {
    visit.staff()?;
    form.get("plan").parse().map_err(|_| PageError::NotFound("plan"))
}

/// Where a form's answer leads: a page of its plan; of a plan that is none, the list.
fn below(form: &Filled, path: &str) -> String {
    form.get("plan")
        .parse::<Key>()
        .map_or_else(|_| HOME.to_owned(), |plan| address(&plan, path))
}

/// Begins a new plan.
#[server(prefix = "/actions", endpoint = "manage-begin-plan")]
pub(super) async fn begin_plan(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let begun = async {
        visit.staff()?;
        let new = read_new(&form)?;
        let key = new.key.clone();
        visit.service().begin_plan(&visit.actor()?, new).await?;
        Ok::<_, PageError>(key)
    };
    match begun.await {
        Ok(key) => done(
            &visit,
            &address(&key, "/draft"),
            "The draft is begun. Nobody is on it until it is published.",
        ),
        Err(error) => refused(&visit, &format!("{HOME}/new"), NEW, &form.pairs(), error),
    }
}

/// Begins a draft of a plan.
#[server(prefix = "/actions", endpoint = "manage-start-plan")]
pub(super) async fn start_draft(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let started = async {
        let plan = plan_in(&visit, &form)?;
        Ok::<_, PageError>(visit.service().start_plan_draft(&visit.actor()?, &plan).await?)
    };
    match started.await {
        Ok(()) => done(
            &visit,
            &below(&form, "/draft"),
            "The draft is begun. Nobody is on it until it is published.",
        ),
        Err(error) => refused(&visit, &below(&form, ""), plan::FORM, &[], error),
    }
}

/// Puts a group of terms.
#[server(prefix = "/actions", endpoint = "manage-put-plan-part")]
pub(super) async fn put_part(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let part = Part::of(form.get("part"));
    let put = async {
        let plan = plan_in(&visit, &form)?;
        let part = part.ok_or(PageError::NotFound("page"))?;
        let (actor, service) = (visit.actor()?, visit.service());
        let draft = service.plan_draft(&actor, &plan).await?;
        let draft = draft.ok_or(PageError::NotFound("draft"))?;
        let edit = part.read(&form, &draft.terms)?;
        let revision = revision_in(&form)?;
        Ok::<_, PageError>(service.edit_plan(&actor, &plan, Some(revision), edit).await?)
    };
    match put.await {
        Ok(()) => done(&visit, &below(&form, "/draft"), "It is in the draft."),
        Err(error) => {
            let path = below(&form, &format!("/draft/{}", part.map_or("basics", Part::word)));
            let named = if form.get("known").is_empty() {
                ""
            } else {
                form.get("name")
            };
            refused(
                &visit,
                &with_query(&path, &[("name", named)]),
                part::FORM,
                &form.pairs(),
                error,
            )
        }
    }
}

/// Removes an entry of a group.
#[server(prefix = "/actions", endpoint = "manage-remove-plan-part")]
pub(super) async fn remove_part(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let removed = async {
        let plan = plan_in(&visit, &form)?;
        let part = Part::of(form.get("part")).ok_or(PageError::NotFound("page"))?;
        let (edit, revision) = (part.removal(&form)?, revision_in(&form)?);
        let (actor, service) = (visit.actor()?, visit.service());
        Ok::<_, PageError>(service.edit_plan(&actor, &plan, Some(revision), edit).await?)
    };
    match removed.await {
        Ok(()) => done(&visit, &below(&form, "/draft"), "It is removed from the draft."),
        Err(error) => refused(&visit, &below(&form, "/draft"), draft::FORM, &[], error),
    }
}

/// Takes a draft to be written for the version that came meanwhile.
#[server(prefix = "/actions", endpoint = "manage-carry-plan")]
pub(super) async fn carry_draft(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let carried = async {
        let plan = plan_in(&visit, &form)?;
        let revision = revision_in(&form)?;
        let (actor, service) = (visit.actor()?, visit.service());
        Ok::<_, PageError>(service.carry_plan_draft(&actor, &plan, revision).await?)
    };
    let path = below(&form, "/draft");
    match carried.await {
        Ok(()) => done(&visit, &path, "The draft is carried over: it can be published."),
        Err(error) => refused(&visit, &path, draft::FORM, &[], error),
    }
}

/// Throws a draft away.
#[server(prefix = "/actions", endpoint = "manage-discard-plan")]
pub(super) async fn discard_draft(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let discarded = async {
        let plan = plan_in(&visit, &form)?;
        let revision = revision_in(&form)?;
        visit
            .service()
            .discard_plan_draft(&visit.actor()?, &plan, revision)
            .await?;
        Ok::<_, PageError>(())
    };
    match discarded.await {
        Ok(()) => done(&visit, HOME, "The draft is discarded."),
        Err(error) => refused(&visit, &below(&form, "/draft"), draft::FORM, &[], error),
    }
}

/// Publishes a draft and moves the groups that were chosen.
#[server(prefix = "/actions", endpoint = "manage-publish-plan")]
pub(super) async fn publish_draft(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let published = async {
        let plan = plan_in(&visit, &form)?;
        let (actor, service, revision) = (visit.actor()?, visit.service(), revision_in(&form)?);
        let draft = service.plan_draft(&actor, &plan).await?;
        let draft = draft.ok_or(PageError::NotFound("draft"))?;
        let groups = service.plan_groups(&actor, &plan, Some(&draft.terms)).await?;
        let moves = publish::choices(&form, &groups);
        Ok::<_, PageError>(Box::pin(service.publish_plan_draft(&actor, &plan, revision, &moves)).await?)
    };
    match published.await {
        Ok((number, moved)) => {
            let notice = format!("Version {number} is published. {}", publish::moved_words(&moved));
            done(&visit, &below(&form, ""), notice.trim_end())
        }
        Err(error) => refused(
            &visit,
            &below(&form, "/draft/publish"),
            publish::FORM,
            &form.pairs(),
            error,
        ),
    }
}

/// Moves the groups that were chosen.
#[server(prefix = "/actions", endpoint = "manage-move-customers")]
pub(super) async fn move_customers(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let moved = async {
        let plan = plan_in(&visit, &form)?;
        let (actor, service) = (visit.actor()?, visit.service());
        let groups = service.plan_groups(&actor, &plan, None).await?;
        let moves = publish::choices(&form, &groups);
        Ok::<_, PageError>(Box::pin(service.move_groups(&actor, &plan, &moves)).await?)
    };
    match moved.await {
        Ok(moved) => {
            let nobody =
                moved.now + moved.at_renewal + moved.at_contract_end + moved.under_way + moved.refused_count == 0;
            let words = publish::moved_words(&moved);
            let words = if nobody {
                format!("Nobody was to be moved. {words}").trim_end().to_owned()
            } else {
                words
            };
            done(&visit, &below(&form, ""), words)
        }
        Err(error) => refused(&visit, &below(&form, "/move"), publish::FORM, &form.pairs(), error),
    }
}

/// Takes back the moves that wait for a renewal or have not begun.
#[server(prefix = "/actions", endpoint = "manage-withdraw-moves")]
pub(super) async fn withdraw_moves(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let withdrawn = async {
        let plan = plan_in(&visit, &form)?;
        Ok::<_, PageError>(Box::pin(visit.service().withdraw_moves(&visit.actor()?, &plan)).await?)
    };
    match withdrawn.await {
        Ok(count) => {
            let notice = match count {
                0 => "There was nothing to take back any more.".to_owned(),
                1 => "Taken back: 1 customer stays where it is.".to_owned(),
                many => format!("Taken back: {} stay where they are.", plan::customers(many)),
            };
            done(&visit, &below(&form, ""), notice)
        }
        Err(error) => refused(&visit, &below(&form, ""), plan::FORM, &[], error),
    }
}
