//! Organizations of one parent, and the transfer of unspent credits between two of them.
//!
//! A transfer is one movement of the ledger on both books: what one gives is voided there and is a new grant here, with its share
//! of what was paid, and with kind, priority, scope and end of the grant that it comes from. It is confirmed in words before,
//! made once whatever is sent again, and in the audit log of both. Nothing that a run holds is given away.

use drawdown_domain::format;
use drawdown_domain::grant::{Grant, GrantState};
use drawdown_domain::id::{GrantId, OrganizationId};
use drawdown_domain::key::Key;
use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use drawdown_domain::{Credits, Money};
use drawdown_store::{Attachments, CreditTransfer, Organization, ParentRefusal, TransferTo};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::account::check_reason;
use crate::actor::{Action, Actor};
use crate::error::{FieldErrors, ServiceError};
use crate::grants::GrantView;
use crate::moment::Moment;
use crate::service::{Service, unexpected};

/// The most transfers that are shown of each direction.
const TRANSFERS_MAX: u32 = 50;

/// Another organization of the same parent, or the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Its identifier.
    pub id: OrganizationId,
    /// The vendor's own key for it.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// True for the parent of them all.
    pub is_parent: bool,
}

/// A transfer, ready to show on the page of one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferView {
    /// When.
    pub at: Moment,
    /// True where this customer gave; false where it got.
    pub given: bool,
    /// The other one, by name; of one that whoever looks may not see, nothing.
    pub other: Option<String>,
    /// The same by the vendor's key for it.
    pub other_key: Option<Key>,
    /// How many credits.
    pub credits: Credits,
    /// Their share of what was paid.
    pub paid: Option<Money>,
    /// The grant of this customer.
    pub grant: GrantId,
    /// Who made it.
    pub made_by: String,
    /// Why.
    pub reason: String,
}

/// A customer's family: the others of one parent, and the credits that went between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyView {
    /// True where it has a parent.
    pub has_parent: bool,
    /// The others that whoever looks may see.
    pub relatives: Vec<Relative>,
    /// Transfers, the newest first.
    pub transfers: Vec<TransferView>,
    /// Whether whoever looks may say whose parent it is.
    pub may_set: bool,
    /// Whether whoever looks may transfer credits.
    pub may_transfer: bool,
}

/// Credits to be transferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferInput {
    /// From this grant.
    pub grant: GrantId,
    /// To this organization.
    pub to: OrganizationId,
    /// How many.
    pub credits: Credits,
    /// Why.
    pub reason: String,
}

/// What a transfer will do.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferPreview {
    /// Who gives.
    pub from: String,
    /// Who gets.
    pub to: String,
    /// The grant that it comes from, as it is.
    pub grant: GrantView,
    /// The share of what was paid that goes along.
    pub paid: Option<Money>,
}

impl Service {
    /// A customer's family.
    pub async fn family(&self, actor: &Actor, organization: OrganizationId) -> Result<FamilyView, ServiceError> {
        authorise_staff_of(actor, Action::Read, organization)?;
        let own = self.load(organization).await?;
        let (parent, others) = self.store().family(organization).await?;
        let transfers = self.store().credit_transfers(organization, TRANSFERS_MAX).await?;
        let other_of = |transfer: &CreditTransfer| {
            if transfer.from == organization {
                transfer.to
            } else {
                transfer.from
            }
        };
        let seen: Vec<OrganizationId> = (others.iter().copied())
            .chain(transfers.iter().map(other_of))
            .filter(|id| actor.may(Action::Read, Some(*id)))
            .collect();
        let seen = self.store().organizations_of(&seen).await?;
        let relative = |found: &Organization| Relative {
            id: found.state.id,
            key: found.key.clone(),
            name: found.state.name.clone(),
            is_parent: Some(found.state.id) == parent,
        };
        let is_other = |found: &&Organization| others.contains(&found.state.id);
        let mut relatives: Vec<Relative> = seen.iter().filter(is_other).map(relative).collect();
        relatives.sort_by(|one, other| (!one.is_parent, &one.name).cmp(&(!other.is_parent, &other.name)));
        let moments = self.moments(&own.state);
        let shown = |transfer: CreditTransfer| {
            let given = transfer.from == organization;
            let other = seen.iter().find(|found| found.state.id == other_of(&transfer));
            TransferView {
                at: moments.at(transfer.at),
                given,
                other: other.map(|found| found.state.name.clone()),
                other_key: other.map(|found| found.key.clone()),
                credits: transfer.credits,
                paid: transfer.paid,
                grant: if given { transfer.from_grant } else { transfer.to_grant },
                made_by: transfer.made_by,
                reason: transfer.reason,
            }
        };
        let transfers = transfers.into_iter().map(shown).collect();
        Ok(FamilyView {
            has_parent: parent.is_some(),
            relatives,
            transfers,
            may_set: actor.may(Action::ManageContracts, Some(organization)),
            may_transfer: actor.may(Action::ManageGrants, Some(organization)),
        })
    }

    /// Says which organization is a customer's parent, or that none is; for a reason. The same again changes nothing.
    pub async fn set_parent(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        parent: Option<&Key>,
        reason: &str,
    ) -> Result<(), ServiceError> {
        authorise_staff_of(actor, Action::ManageContracts, organization)?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, reason);
        errors.finish()?;
        let parent = match parent {
            None => None,
            Some(key) => Some(self.parent_named(actor, organization, key).await?),
        };
        let before = self.store().family(organization).await?.0;
        let now = parent.as_ref().map(|parent| parent.state.id);
        if before == now {
            return Ok(());
        }
        let after = json!({ "parent": now, "name": parent.map(|parent| parent.state.name), "reason": reason.trim() });
        let mut line = self.audit_line(actor, Some(organization), "set", "parent", Some(after));
        line.before = Some(json!({ "parent": before }));
        let refused = |message: &str| Err(ServiceError::field("parent", "not_a_parent", message));
        match self.store().set_parent(organization, now, &[line]).await? {
            Ok(()) => Ok(()),
            Err(ParentRefusal::ParentHasParent) => refused("that customer has a parent itself: name that one"),
            Err(ParentRefusal::IsParent) => refused("this customer is the parent of others, and so has none"),
        }
    }

    /// The organization of a key, where the actor may make it this one's parent.
    async fn parent_named(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        key: &Key,
    ) -> Result<Organization, ServiceError> {
        let unknown = || ServiceError::field("parent", "unknown", format!("there is no customer {key} in your hands"));
        let found = self.store().organization_by_key(key).await?.ok_or_else(unknown)?;
        if !actor.may(Action::ManageContracts, Some(found.state.id)) {
            return Err(unknown());
        }
        if found.state.id == organization {
            return Err(ServiceError::field(
                "parent",
                "itself",
                "a customer is not its own parent",
            ));
        }
        Ok(found)
    }

    /// Refuses whoever may not say which organization is a customer's parent.
    pub fn may_set_parent(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        authorise_staff_of(actor, Action::ManageContracts, organization)
    }

    /// Refuses whoever may not transfer credits of a customer.
    pub fn may_transfer(&self, actor: &Actor, organization: OrganizationId) -> Result<(), ServiceError> {
        authorise_staff_of(actor, Action::ManageGrants, organization)
    }

    /// The grants of a customer of which something can be transferred.
    pub async fn transferable_grants(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<GrantView>, ServiceError> {
        self.may_transfer(actor, organization)?;
        let grants = self.grants(actor, organization).await?;
        let open = |grant: &GrantView| grant.state == GrantState::Active && grant.remaining.is_positive();
        Ok(grants.into_iter().filter(open).collect())
    }

    /// Checks what [`Service::transfer_credits`] would refuse, says what it will do, and changes nothing.
    pub async fn check_transfer(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: &TransferInput,
    ) -> Result<TransferPreview, ServiceError> {
        let (from, to) = self.both_sides(actor, organization, input).await?;
        let grants = self.transferable_grants(actor, organization).await?;
        let Some(grant) = grants.into_iter().find(|grant| grant.id == input.grant) else {
            let message = "choose one of which something is unspent";
            return Err(ServiceError::field("grant", "ended", message));
        };
        if input.credits > grant.remaining {
            let unspent = format::credits_exact(grant.remaining);
            let message = format!("at most the {unspent} credits of it that are unspent and not held by runs");
            return Err(ServiceError::field("credits", "too_many", message));
        }
        let stored = self.store().grant(organization, input.grant).await?;
        let paid = stored.and_then(|grant: Grant| grant.paid_share_of(input.credits));
        Ok(TransferPreview {
            from: from.state.name,
            to: to.state.name,
            grant,
            paid,
        })
    }

    /// Transfers unspent credits; gives the new grant. The same form again, told by `once`, transfers nothing more.
    pub async fn transfer_credits(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: TransferInput,
        once: &str,
    ) -> Result<Grant, ServiceError> {
        let (from, to) = self.both_sides(actor, organization, &input).await?;
        let (from_name, to_name) = (from.state.name, to.state.name);
        let new = GrantId::from_uuid(self.random().uuid(self.now()));
        let told = |other: OrganizationId, name: &str| {
            json!({
                "grant": input.grant, "credits": input.credits, "other": other, "name": name, "new_grant": new,
                "reason": input.reason.trim(),
            })
        };
        let gave = told(input.to, &to_name);
        let got = told(organization, &from_name);
        let mut audit = vec![
            self.audit_line(actor, Some(organization), "transfer", "grant", Some(gave)),
            self.audit_line(actor, Some(input.to), "receive", "grant", Some(got)),
        ];
        audit[0].before = self.grant_before(organization, input.grant).await?;
        let transfer = TransferTo {
            organization: input.to,
            made_by: audit[0].actor_name.clone(),
            reason: input.reason.trim().to_owned(),
        };
        let content = format!("{} {} {} {}", input.grant, input.to, input.credits, transfer.reason);
        let idempotency = drawdown_store::Idempotency {
            key: format!("transfer:{}:{once}", actor.idempotency_scope()),
            request_hash: Sha256::digest(content).into(),
        };
        let request = Request::TransferOut {
            grant: input.grant,
            credits: input.credits,
            to: new,
            note: format!("From {from_name}: {}", transfer.reason),
        };
        let attachments = Attachments {
            audit,
            transfer: Some(Box::new(transfer)),
            ..Attachments::default()
        };
        let outcome = self
            .submit(organization, request, Some(idempotency), attachments)
            .await?;
        self.poke(input.to);
        self.keep_portfolio_rows(&[organization, input.to]).await;
        match outcome {
            Outcome::Grant(grant) => Ok(*grant),
            outcome => Err(unexpected(&outcome)),
        }
    }

    /// Who gives and who gets, where the actor may do this and both are of one parent.
    async fn both_sides(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        input: &TransferInput,
    ) -> Result<(Organization, Organization), ServiceError> {
        self.may_transfer(actor, organization)?;
        let mut errors = FieldErrors::default();
        check_reason(&mut errors, &input.reason);
        if !input.credits.is_positive() {
            errors.add("credits", "not_positive", "transfer more than zero credits");
        }
        errors.finish()?;
        let of_one_parent = self.store().family(organization).await?.1.contains(&input.to);
        if !of_one_parent || self.may_transfer(actor, input.to).is_err() {
            let message = "choose a customer of the same parent that is in your hands";
            return Err(ServiceError::field("to", "not_related", message));
        }
        let (from, to) = (self.load(organization).await?, self.load(input.to).await?);
        if from.currency != to.currency {
            let message = format!("it pays in {}, and this customer in {}", to.currency, from.currency);
            return Err(ServiceError::field("to", "other_currency", message));
        }
        Ok((from, to))
    }
}

/// It is the vendor's affair: staff, its keys and the system, and no member.
fn authorise_staff_of(actor: &Actor, action: Action, organization: OrganizationId) -> Result<(), ServiceError> {
    if matches!(actor, Actor::Member(_)) {
        return Err(ServiceError::NotFound("customer"));
    }
    actor.authorise(action, Some(organization))
}
