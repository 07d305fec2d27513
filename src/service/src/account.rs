//! A customer's account, as the vendor's staff see and work on it: how it does, its grants, notes on it, its audit trail;
//! suspending and resuming. Credits are given and taken back by `adjustments`.
//!
//! Every look by one of the staff is a line of the audit log of that customer ([`Service::look`]). Members never see notes.

use drawdown_domain::id::{CustomerNoteId, OrganizationId, StaffId};
use drawdown_domain::organization::{OrganizationStatus, Role};
use drawdown_domain::request::{OrganizationChange, Request};
use drawdown_store::CustomerNote;
use serde_json::json;

use crate::actor::{Action, Actor};
use crate::adjustments::AdjustmentView;
use crate::audit::AuditView;
use crate::contracts::{ChargeView, ContractView};
use crate::customers::{CustomerView, Page};
use crate::error::{FieldErrors, ServiceError};
use crate::grants::GrantView;
use crate::limits::LimitsView;
use crate::moment::{Moment, Moments};
use crate::portfolio::PortfolioCustomer;
use crate::schedule::PlanChangeView;
use crate::service::{Service, audited};
use crate::transfers::FamilyView;

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
    /// Take back what was paid for; approve what others ask for above the limit.
    pub above_limit: bool,
    /// Sign, amend and end contracts; change the plan.
    pub contracts: bool,
    /// Set the vendor's ceilings.
    pub ceilings: bool,
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
    /// What is to be given or taken back above the limit and waits for a second person, the oldest first.
    pub adjustments: Vec<AdjustmentView>,
    /// Its contracts, the newest first.
    pub contracts: Vec<ContractView>,
    /// Changes of its plan to come.
    pub changes: Vec<PlanChangeView>,
    /// What limits it.
    pub limits: LimitsView,
    /// What its agreements make due; nothing for whoever may not read payments.
    pub charges: Vec<ChargeView>,
    /// Its parent, the others of it, and the credits that went between them.
    pub family: FamilyView,
    /// Its members.
    pub members: Vec<MemberView>,
    /// Notes, the newest first.
    pub notes: Vec<NoteView>,
    /// The newest lines of its audit log.
    pub audit: Page<AuditView>,
    /// What the actor may change.
    pub may: AccountRights,
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
            adjustments: self.open_adjustments(actor, organization).await?,
            contracts: self.contracts(actor, organization).await?,
            changes: self.plan_changes(actor, organization).await?,
            limits: self.limits(actor, organization).await?,
            charges: if may(Action::ReadPayments) {
                self.charges(actor, organization).await?
            } else {
                Vec::new()
            },
            family: self.family(actor, organization).await?,
            members: members
                .into_iter()
                .map(|member| MemberView {
                    name: member.name,
                    email: member.email,
                    role: member.role,
                    disabled: member.disabled,
                })
                .collect(),
            notes: notes.into_iter().map(|note| shown(note, &moments)).collect(),
            audit,
            may: AccountRights {
                grants: may(Action::ManageGrants),
                above_limit: may(Action::AdjustAboveLimit),
                contracts: may(Action::ManageContracts),
                ceilings: may(Action::SetVendorLimits),
                suspend: may(Action::SuspendCustomers),
                notes: may(Action::ManageNotes),
            },
        })
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
        self.keep_portfolio_rows(&[organization]).await;
        Ok(())
    }

    /// The notes on a customer, the newest first.
    pub async fn notes(&self, actor: &Actor, organization: OrganizationId) -> Result<Vec<NoteView>, ServiceError> {
        actor.authorise(Action::ManageNotes, Some(organization))?;
        let moments = self.moments(&self.load(organization).await?.state);
        let notes = self.store().customer_notes(organization, NOTES_MAX).await?;
        Ok(notes.into_iter().map(|note| shown(note, &moments)).collect())
    }

    /// Adds a note on a customer and gives it back. The same identifier again adds nothing.
    pub async fn add_note(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: CustomerNoteId,
        text: &str,
    ) -> Result<NoteView, ServiceError> {
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
        let moments = self.moments(&self.load(organization).await?.state);
        let line = self.audit_line(actor, Some(organization), "add", "note", Some(json!({ "id": id })));
        let note = CustomerNote {
            id,
            organization,
            staff: staff_of(actor),
            author: line.actor_name.clone(),
            text: text.to_owned(),
            created_at: self.now(),
        };
        self.store().add_customer_note(&note, &[line]).await?;
        Ok(shown(note, &moments))
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

fn shown(note: CustomerNote, moments: &Moments) -> NoteView {
    NoteView {
        author: note.author,
        text: note.text,
        at: moments.at(note.created_at),
    }
}

fn staff_of(actor: &Actor) -> Option<StaffId> {
    match actor {
        Actor::Staff(staff) => Some(staff.id),
        _ => None,
    }
}

pub(crate) fn check_reason(errors: &mut FieldErrors, reason: &str) {
    if !(1..=REASON_CHARACTERS_MAX).contains(&reason.trim().chars().count()) {
        errors.add("reason", "length", "say why, in 1 to 500 characters");
    }
}
