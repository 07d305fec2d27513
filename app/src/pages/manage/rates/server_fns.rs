//! What staff do to the rate card: begin, change, discard and publish its draft, and take a scheduled version back.

use drawdown_domain::Key;
use drawdown_service::ServiceError;
use drawdown_service::rate_card::RatesEdit;
use leptos::prelude::*;

use super::{DRAFT, HOME, draft, exception, lever, meter, publish, simulation, use_case, use_case_of, version};
use crate::address::with_query;
use crate::answer::{Answer, done, lead_to, refused};
use crate::error::PageError;
use crate::pages::manage::drafts::revision_in;
use crate::pages::manage::filled::Filled;
use crate::visit::Visit;

/// A key that a form carries in a hidden field.
fn key_of(form: &Filled, name: &str) -> Result<Key, PageError> {
    form.get(name).parse().map_err(|_| PageError::NotFound("draft"))
}

/// Carries a change out on the draft as the form was opened with it, and answers on the draft or on the form at `path`.
async fn edit(
    visit: &Visit,
    read: Result<RatesEdit, PageError>,
    notice: &str,
    path: &str,
    name: &str,
    form: &Filled,
) -> Answer {
    let edited = async {
        visit.staff()?;
        let revision = revision_in(form)?;
        Ok::<_, PageError>(
            visit
                .service()
                .edit_rates(&visit.actor()?, Some(revision), read?)
                .await?,
        )
    };
    match edited.await {
        Ok(()) => done(visit, DRAFT, notice),
        Err(error) => refused(visit, path, name, &form.pairs(), error),
    }
}

/// Begins a draft.
#[server(prefix = "/actions", endpoint = "manage-start-rates")]
pub(super) async fn start_draft() -> Answer {
    let visit = Visit::current();
    let started = async {
        visit.staff()?;
        Ok::<_, PageError>(visit.service().start_rates_draft(&visit.actor()?).await?)
    };
    match started.await {
        Ok(()) => done(
            &visit,
            DRAFT,
            "The draft is begun. It prices nothing until it is published.",
        ),
        Err(error) => refused(&visit, HOME, draft::FORM, &[], error),
    }
}

/// Puts a mode or platform.
#[server(prefix = "/actions", endpoint = "manage-put-lever")]
pub(super) async fn put_lever(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = lever::lever_of(&form).and_then(|lever| Ok(lever::read(&form, lever)?));
    let path = form_path(
        if form.get("lever") == "platform" {
            "platform"
        } else {
            "mode"
        },
        &form,
        &["key"],
    );
    edit(&visit, read, "It is in the draft.", &path, lever::FORM, &form).await
}

/// Removes a mode or platform.
#[server(prefix = "/actions", endpoint = "manage-remove-lever")]
pub(super) async fn remove_lever(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = lever::lever_of(&form).and_then(|lever| {
        let key = key_of(&form, "key")?;
        Ok(RatesEdit::RemoveLever { lever, key })
    });
    edit(&visit, read, REMOVED, DRAFT, draft::FORM, &form).await
}

/// Puts a use case.
#[server(prefix = "/actions", endpoint = "manage-put-use-case")]
pub(super) async fn put_use_case(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = use_case::read(&form).map_err(PageError::from);
    let path = form_path("use-case", &form, &["key"]);
    edit(&visit, read, "It is in the draft.", &path, use_case::FORM, &form).await
}

/// Removes a use case.
#[server(prefix = "/actions", endpoint = "manage-remove-use-case")]
pub(super) async fn remove_use_case(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = key_of(&form, "key").map(RatesEdit::RemoveUseCase);
    edit(&visit, read, REMOVED, DRAFT, draft::FORM, &form).await
}

/// Puts a metered quantity.
#[server(prefix = "/actions", endpoint = "manage-put-meter")]
pub(super) async fn put_meter(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = meter::read(&form).map_err(PageError::from);
    let path = form_path("meter", &form, &["use_case", "key"]);
    edit(&visit, read, "It is in the draft.", &path, meter::FORM, &form).await
}

/// Removes a metered quantity.
#[server(prefix = "/actions", endpoint = "manage-remove-meter")]
pub(super) async fn remove_meter(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = key_of(&form, "use_case").and_then(|use_case| {
        let key = key_of(&form, "key")?;
        Ok(RatesEdit::RemoveMeter { use_case, key })
    });
    edit(&visit, read, REMOVED, DRAFT, draft::FORM, &form).await
}

/// Puts an exception.
#[server(prefix = "/actions", endpoint = "manage-put-exception")]
pub(super) async fn put_exception(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = match use_case_of(&visit, &form).await {
        Ok((_, use_case, _)) => exception::read(&form, &use_case).map_err(PageError::from),
        Err(error) => Err(error),
    };
    let known = if form.get("known").is_empty() {
        &["use_case"][..]
    } else {
        &["use_case", "mode", "platform"]
    };
    let path = form_path("exception", &form, known);
    edit(&visit, read, "It is in the draft.", &path, exception::FORM, &form).await
}

/// Removes an exception.
#[server(prefix = "/actions", endpoint = "manage-remove-exception")]
pub(super) async fn remove_exception(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let read = key_of(&form, "use_case").and_then(|use_case| {
        Ok(RatesEdit::RemoveException {
            use_case,
            mode: key_of(&form, "mode")?,
            platform: key_of(&form, "platform")?,
        })
    });
    edit(&visit, read, REMOVED, DRAFT, draft::FORM, &form).await
}

/// Takes the draft to be written for the version that came meanwhile.
#[server(prefix = "/actions", endpoint = "manage-carry-rates")]
pub(super) async fn carry_draft(#[server(flatten)] form: Filled) -> Answer {
    let visit = Visit::current();
    let carried = async {
        visit.staff()?;
        let revision = revision_in(&form)?;
        Ok::<_, PageError>(visit.service().carry_rates_draft(&visit.actor()?, revision).await?)
    };
    match carried.await {
        Ok(()) => done(&visit, DRAFT, "The draft is carried over: it can be published."),
        Err(error) => refused(&visit, DRAFT, draft::FORM, &[], error),
    }
}

/// Throws the draft away.
#[server(prefix = "/actions", endpoint = "manage-discard-rates")]
pub(super) async fn discard_draft(revision: String) -> Answer {
    let visit = Visit::current();
    let discarded = async {
        visit.staff()?;
        let revision = revision.parse().map_err(|_| PageError::NotFound("draft"))?;
        Ok::<_, PageError>(visit.service().discard_rates_draft(&visit.actor()?, revision).await?)
    };
    match discarded.await {
        Ok(()) => done(&visit, HOME, "The draft is discarded."),
        Err(error) => refused(&visit, DRAFT, draft::FORM, &[], error),
    }
}

/// Reads from when the draft is to price, and leads to its words. Changes nothing.
#[server(prefix = "/actions", endpoint = "manage-check-rates")]
pub(super) async fn check_publishing(#[server(default)] effective: String) -> Answer {
    let visit = Visit::current();
    let checked = async {
        visit.staff()?;
        Ok::<_, PageError>(
            visit
                .service()
                .check_rates_publishing(&visit.actor()?, &effective)
                .await?,
        )
    };
    let asked = [("effective", effective.as_str())];
    match checked.await {
        Ok(_) => lead_to(&with_query(&format!("{}/confirm", publish::PUBLISH), &asked)),
        Err(error) => refused(&visit, publish::PUBLISH, publish::FORM, &asked, error),
    }
}

/// Publishes the draft.
#[server(prefix = "/actions", endpoint = "manage-publish-rates")]
pub(super) async fn publish_draft(revision: String, #[server(default)] effective: String) -> Answer {
    let visit = Visit::current();
    let published = async {
        visit.staff()?;
        let revision = revision.parse().map_err(|_| PageError::NotFound("draft"))?;
        let actor = visit.actor()?;
        Ok::<_, PageError>(
            visit
                .service()
                .publish_rates_draft(&actor, revision, &effective)
                .await?,
        )
    };
    match published.await {
        Ok(number) if effective.is_empty() => {
            done(&visit, HOME, format!("Version {number} is published and in force."))
        }
        Ok(number) => done(&visit, HOME, format!("Version {number} is published and scheduled.")),
        Err(PageError::Service(ServiceError::NotFound(_))) => {
            let gone = ServiceError::conflict("draft_gone", "the draft is published or discarded already");
            refused(&visit, DRAFT, draft::FORM, &[], gone)
        }
        Err(error) => refused(
            &visit,
            publish::PUBLISH,
            publish::FORM,
            &[("effective", &effective)],
            error,
        ),
    }
}

/// Simulates the draft on the usage of the last days.
#[server(prefix = "/actions", endpoint = "manage-simulate-rates")]
pub(super) async fn simulate(revision: String, days: String) -> Answer {
    let visit = Visit::current();
    let asked = [("revision", revision.as_str()), ("days", days.as_str())];
    let begun = async {
        visit.staff()?;
        let revision = revision.parse().map_err(|_| PageError::NotFound("draft"))?;
        let days = days.parse().map_err(|_| PageError::NotFound("span"))?;
        Ok::<_, PageError>(visit.service().simulate_rates(&visit.actor()?, revision, days).await?)
    };
    match begun.await {
        Ok(()) => lead_to(&with_query(simulation::SIMULATION, &asked)),
        Err(error) => refused(&visit, simulation::SIMULATION, simulation::FORM, &asked, error),
    }
}

/// Takes a scheduled version back.
#[server(prefix = "/actions", endpoint = "manage-withdraw-rates")]
pub(super) async fn withdraw(number: String) -> Answer {
    let visit = Visit::current();
    let withdrawn = async {
        visit.staff()?;
        let number: i64 = number.parse().map_err(|_| PageError::NotFound("version"))?;
        visit.service().withdraw_rates(&visit.actor()?, number).await?;
        Ok::<_, PageError>(number)
    };
    match withdrawn.await {
        Ok(number) => done(
            &visit,
            HOME,
            format!("Version {number} is taken back: nothing changes at its time."),
        ),
        Err(error) => {
            let path = number
                .parse::<i64>()
                .map_or_else(|_| HOME.to_owned(), |number| format!("{HOME}/versions/{number}"));
            refused(&visit, &path, version::FORM, &[], error)
        }
    }
}

const REMOVED: &str = "It is removed from the draft.";

/// The address of a form of the draft, about the same thing: the named fields say which; of something new, none.
fn form_path(form: &str, filled: &Filled, names: &[&str]) -> String {
    let is_new = filled.get("known").is_empty();
    let pairs: Vec<(&str, &str)> = names
        .iter()
        .filter(|name| !(is_new && **name == "key"))
        .map(|name| (*name, filled.get(name)))
        .collect();
    with_query(&format!("{DRAFT}/{form}"), &pairs)
}
