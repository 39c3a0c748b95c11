//! Which version of the contract binds (contract section 0).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version of the contract, oldest first; a requirement binds from its revision on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Revision {
    /// Before the inbound secret existed.
    #[serde(rename = "r0")]
    R0,
    /// The inbound secret on every register; chat files over HTTP. What the double speaks unless told otherwise.
    #[default]
    #[serde(rename = "r1")]
    R1,
    /// `Origin` on every platform request, the environment token, delivery modes.
    #[serde(rename = "r2")]
    R2,
    /// The inbound secret in heartbeat answers; peer messages through the platform.
    #[serde(rename = "r2+")]
    R2Plus,
    /// The last revision known: bootstrap recovery.
    #[serde(rename = "r3")]
    R3,
}

impl Revision {
    /// Every revision, oldest first.
    pub const ALL: [Self; 5] = [Self::R0, Self::R1, Self::R2, Self::R2Plus, Self::R3];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::R0 => "r0",
            Self::R1 => "r1",
            Self::R2 => "r2",
            Self::R2Plus => "r2+",
            Self::R3 => "r3",
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|revision| revision.name() == text)
            .ok_or_else(|| UnknownRevision(text.into()))
    }
}

/// The text names no revision.
#[derive(Debug, thiserror::Error)]
#[error("unknown revision `{0}`; known are r0, r1, r2, r2+, r3")]
pub struct UnknownRevision(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_ordered_by_age_and_read_back() {
        assert!(Revision::ALL.is_sorted());
        for revision in Revision::ALL {
            assert_eq!(revision.name().parse::<Revision>().unwrap(), revision);
        }
        assert!("r9".parse::<Revision>().is_err());
    }
}
