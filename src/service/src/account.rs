//! A customer's account, as the vendor's staff see and work on it: how it does, its grants, notes on it, its audit trail;
//! credits given and taken back, suspending and resuming.
//!
//! Every look by one of the staff is a line of the audit log of that customer ([`Service::look`]). Members never see notes.

use drawdown_domain::grant::{GrantKind, GrantState};
use drawdown_domain::id::{CustomerNoteId, GrantId, OrganizationId, StaffId};
use drawdown_domain::key::Key;
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_domain::{Credits, format};
use drawdown_store::CustomerNote;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::actor::{Action, Actor};
use crate::audit::AuditView;
use crate::contracts::ContractView;
use crate::customers::{CustomerView, Page};
use crate::error::{FieldErrors, ServiceError};
use crate::grants::{GrantInput, GrantView};
use crate::metering::Idempotency;
use crate::moment::Moment;
use crate::portfolio::PortfolioCustomer;
use crate::schedule::PlanChangeView;
use crate::service::{Service, audited};

/// Credits that one person may give or take back at once; more needs the role finance or administrator.
pub const ADJUSTMENT_CREDITS_MAX: i64 = 10_000;
/// The longest reason, in characters.
pub const REASON_CHARACTERS_MAX: usize = 500;
/// The longest note, in characters.
pub const NOTE_CHARACTERS_MAX: usize = 2_000;
/// The most notes that are shown.
const NOTES_MAX: u32 = 100;
/// Lines of the audit log on the account's page.
const AUDIT_LINES: u32 = 10;

/// A note, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteView {
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Moment,
}

/// A member, as the staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Its name.
    pub name: String,
    /// Its mail address.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// True where it may not sign in any more.
    pub disabled: bool,
}

/// What of the account the actor may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "rights that do not depend on each other")]
pub struct AccountRights {
    /// Give credits, and take back what is unspent.
    pub grants: bool,
    /// The same above [`ADJUSTMENT_CREDITS_MAX`], and of what was paid for.
    pub above_limit: bool,
    /// Sign, amend and end contracts; change the plan.
    pub contracts: bool,
    /// Suspend and resume.
    pub suspend: bool,
    /// Write notes.
    pub notes: bool,
}

/// A customer's account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountView {
    /// The customer.
    pub customer: CustomerView,
    /// Its row of the portfolio, made now.
    pub row: PortfolioCustomer,
    /// Who looks after it, by name.
    pub account_manager: Option<String>,
    /// Its grants, the newest first.
    pub grants: Vec<GrantView>,
    /// Its contracts, the newest first.
    pub contracts: Vec<ContractView>,
    /// Changes of its plan to come.
    pub changes: Vec<PlanChangeView>,
    /// Its members.
    pub members: Vec<MemberView>,
    /// Notes, the newest first.
    pub notes: Vec<NoteView>,
    /// The newest lines of its audit log.
    pub audit: Page<AuditView>,
    /// What the actor may change.
    pub may: AccountRights,
}

/// Credits to be given for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveInput {
    /// `Promotional` or `Adjustment`.
    pub kind: GrantKind,
    /// How many; above zero.
    pub credits: Credits,
    /// Days from now after which they expire; never, where absent.
    pub valid_days: Option<u32>,
    /// The only use cases that they pay for; all where absent.
    pub scope: Option<Vec<Key>>,
    /// Why: in the log and beside the grant, where members read it too.
    pub reason: String,
}

impl Service {
    /// Writes down that the actor looks at a customer's page: `page` says which.
    pub async fn look(&self, actor: &Actor, organization: OrganizationId, page: &str) -> Result<(), ServiceError> {
        authorise_account(actor, organization)?;
        let line = self.audit_line(
            actor,
            Some(organization),
            "look",
            "customer",
            Some(json!({ "page": page })),
        );
        Ok(self.store().write_audit(&[line]).await?)
    }

    /// A customer's account.
    pub async fn account(&self, actor: &Actor, organization: OrganizationId) -> Result<AccountView, ServiceError> {
        authorise_account(actor, organization)?;
        let found = self.load(organization).await?;
        let moments = self.moments(&found.state);
        let row = self.portfolio_customer(organization, &moments).await?;
        let grants = self.grants(actor, organization).await?;
        let audit = self.audit(actor, Some(organization), None, AUDIT_LINES).await?;
        let account_manager = match self.store().account_manager(organization).await? {
            Some(id) => self.store().staff(id).await?.map(|staff| staff.name),
            None => None,
        };
        let members = self.store().members(organization).await?;
        let notes = self.store().customer_notes(organization, NOTES_MAX).await?;
        let may = |action| actor.may(action, Some(organization));
        Ok(AccountView {
            customer: self.customer_view(found).await?,
            row,
            account_manager,
            grants,
            contracts: self.contracts(actor, organization).await?,
            changes: self.plan_changes(actor, organization).await?,
            members: members
                .into_iter()
                .map(|member| MemberView {
                    name: member.name,
                    email: member.email,
                    role: member.role,
                    disabled: member.disabled,
                })
                .collect(),
            notes: notes
                .into_iter()
                .map(|note| NoteView {
                    author: note.author,
                    text: note.text,
                    at: moments.at(note.created_at),
                })
                .collect(),
            audit,
            may: AccountRights {
                grants: may(Action::ManageGrants),
                above_limit: may(Action::AdjustAboveLimit),
                contracts: may(Action::ManageContracts),
                suspend: may(Action::SuspendCustomers),
                notes: may(Action::ManageNotes),
            },
        })
    }

    /// Refuses whoever may neither give credits nor take them back.
    pub fn may_give(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))
    }

    /// A customer's name and status, for whoever may change the status.
    pub async fn customer_status(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<(String, OrganizationStatus), ServiceError> {
        actor.authorise(Action::SuspendCustomers, Some(organization))?;
        let state = self.load(organization).await?.state;
        Ok((state.name, state.status))
    }

    /// Checks what [`Service::give_credits`] would refuse, and changes nothing.
    pub async fn check_giving(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: &GiveInput,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let mut errors = FieldErrors::default();
        if !matches!(input.kind, GrantKind::Promotional | GrantKind::Adjustment) {
            errors.add(
                "kind",
                "not_given",
                "credits are given as promotional or as an adjustment",
            );
        }
        if !input.credits.is_positive() {
            errors.add("credits", "not_positive", "give more than zero credits");
        } else if is_above_limit(input.credits) && !actor.may(Action::AdjustAboveLimit, Some(organization)) {
            errors.add("credits", "above_limit", above_limit_words());
        }
        if input.valid_days == Some(0) {
            errors.add("valid_days", "too_early", "one day or more");
        }
        check_reason(&mut errors, &input.reason);
        if let Some(scope) = &input.scope {
            let rates = self.rates().await?;
            for key in scope.iter().filter(|key| !rates.use_cases.contains_key(*key)) {
                errors.add("scope", "unknown_use_case", format!("there is no use case {key}"));
            }
        }
        errors.finish()
    }

    /// Gives credits for a reason. The same form again, told by `once`, gives nothing more.
    pub async fn give_credits(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: GiveInput,
        once: &str,
    ) -> Result<GrantView, ServiceError> {
        self.check_giving(actor, organization, &input).await?;
        let content = json!({
            "organization": organization, "kind": input.kind, "credits": input.credits, "valid_days": input.valid_days,
            "scope": input.scope, "reason": input.reason,
        });
        let once = Idempotency {
            key: format!("give:{once}"),
            request_hash: Sha256::digest(content.to_string()).into(),
        };
        let ends = |days: u32| self.now().plus_seconds(i64::from(days) * 86_400);
        let grant = GrantInput {
            kind: input.kind,
            credits: input.credits,
            priority: None,
            effective_at: None,
            expires_at: input.valid_days.map(ends),
            paid: None,
            scope: input.scope,
            note: Some(input.reason),
        };
        self.add_grant(actor, organization, grant, Some(once)).await
    }

    /// Takes back what is unspent of a grant, for a reason. What was paid for, and more than
    /// [`ADJUSTMENT_CREDITS_MAX`], only finance and administrators take back.
    pub async fn take_back(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        grant: GrantId,
        reason: String,
    ) -> Result<GrantView, ServiceError> {
        actor.authorise(Action::ManageGrants, Some(organization))?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, &reason);
        errors.finish()?;
        let grants = self.grants(actor, organization).await?;
        let found = grants.iter().find(|one| one.id == grant);
        let found = found.ok_or(ServiceError::NotFound("grant"))?;
        if !is_voidable(found) {
            return Err(ServiceError::conflict(
                "nothing_unspent",
                "nothing of this grant is unspent",
            ));
        }
        if takes_finance(found) {
            actor.authorise(Action::AdjustAboveLimit, Some(organization))?;
        }
        self.void_grant(actor, organization, grant, reason, None).await
    }

    /// Suspends or resumes a customer, for a reason. The same again changes nothing.
    pub async fn set_customer_status(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        status: OrganizationStatus,
        reason: &str,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::SuspendCustomers, Some(organization))?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, reason);
        errors.finish()?;
        let before = self.load(organization).await?.state.status;
        if before == status {
            return Ok(());
        }
        let verb = match status {
            OrganizationStatus::Suspended => "suspend",
            OrganizationStatus::Active => "resume",
        };
        let after = json!({ "status": status, "reason": reason });
        let mut line = self.audit_line(actor, Some(organization), verb, "customer", Some(after));
        line.before = Some(json!({ "status": before }));
        let change = Request::Organization(OrganizationChange::Status(status));
        self.submit(organization, change, None, audited(line)).await?;
        self.keep_portfolio_row(organization).await
    }

    /// Adds a note on a customer. The same identifier again adds nothing.
    pub async fn add_note(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: CustomerNoteId,
        text: &str,
    ) -> Result<(), ServiceError> {
        actor.authorise(Action::ManageNotes, Some(organization))?;
        let text = text.trim();
        if !(1..=NOTE_CHARACTERS_MAX).contains(&text.chars().count()) {
            return Err(ServiceError::field(
                "text",
                "length",
                "a note has 1 to 2,000 characters",
            ));
        }
        // The customer is there: its notes refer to it.
        self.load(organization).await?;
        let line = self.audit_line(actor, Some(organization), "add", "note", Some(json!({ "id": id })));
        let note = CustomerNote {
            id,
            organization,
            staff: staff_of(actor),
            author: line.actor_name.clone(),
            text: text.to_owned(),
            created_at: self.now(),
        };
        Ok(self.store().add_customer_note(&note, &[line]).await?)
    }

    /// A new identifier of a note, for the form that will add it.
    pub fn new_note_id(&self) -> CustomerNoteId {
        CustomerNoteId::from_uuid(self.random().uuid(self.now()))
    }
}

/// The account is the vendor's: staff, its keys and the system, and no member.
fn authorise_account(actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
    if matches!(actor, Actor::Member(_)) {
        return Err(ServiceError::NotFound("customer"));
    }
    actor.authorise(Action::Read, Some(organization))
}

fn staff_of(actor: &Actor) -> Option<StaffId> {
    match actor {
        Actor::Staff(staff) => Some(staff.id),
        _ => None,
    }
}

fn is_above_limit(credits: Credits) -> bool {
    Credits::from_whole(ADJUSTMENT_CREDITS_MAX).is_some_and(|most| credits > most)
}

fn above_limit_words() -> String {
    let most = format::count(ADJUSTMENT_CREDITS_MAX);
    format!("more than {most} credits at once need the role finance or administrator")
}

/// Whether taking a grant back is for finance and administrators: much is left of it, or it was paid for.
pub fn takes_finance(grant: &GrantView) -> bool {
    is_above_limit(grant.remaining) || grant.paid.is_some_and(|paid| paid.minor > 0)
}

/// Whether something of a grant can be taken back.
pub fn is_voidable(grant: &GrantView) -> bool {
    match grant.state {
        GrantState::Pending => true,
        GrantState::Active => grant.remaining.is_positive(),
        GrantState::Void | GrantState::Expired => false,
    }
}

fn check_reason(errors: &mut FieldErrors, reason: &str) {
    if !(1..=REASON_CHARACTERS_MAX).contains(&reason.trim().chars().count()) {
        errors.add("reason", "length", "say why, in 1 to 500 characters");
    }
}
