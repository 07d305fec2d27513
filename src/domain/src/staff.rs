//! The vendor's own people and what each of them is there for. What a role may do is the service's table.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What one of the vendor's staff is there for. A person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Looks after customers: their own, or all of them.
    AccountManager,
    /// Publishes rate cards and plans.
    CatalogueEditor,
    /// Payments, and adjustments of any size.
    Finance,
    /// Everything, and who may do what.
    Administrator,
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of account_manager, catalogue_editor, finance, administrator")]
pub struct StaffRoleError;

impl StaffRole {
    /// All roles: columns of the table of who may do what.
    pub const ALL: [Self; 4] = [
        Self::AccountManager,
        Self::CatalogueEditor,
        Self::Finance,
        Self::Administrator,
    ];

    /// As it is written and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountManager => "account_manager",
            Self::CatalogueEditor => "catalogue_editor",
            Self::Finance => "finance",
            Self::Administrator => "administrator",
        }
    }

    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AccountManager => "account manager",
            Self::CatalogueEditor => "catalogue editor",
            Self::Finance => "finance",
            Self::Administrator => "administrator",
        }
    }
}

impl FromStr for StaffRole {
    type Err = StaffRoleError;

    fn from_str(text: &str) -> Result<Self, StaffRoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(StaffRoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in StaffRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!("owner".parse::<StaffRole>(), Err(StaffRoleError));
    }
}
