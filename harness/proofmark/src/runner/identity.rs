//! Which subject is judged, and by which suite.

use serde::{Deserialize, Serialize};

use super::applicability::Claims;

/// Which subject was judged, and by which suite.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunIdentity {
    /// Proofmark's version.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
    /// The subject in a few words: name and version, or the command.
    pub subject: String,
    /// What the manifest says of the runtime.
    pub runtime: Option<RuntimeEntry>,
    /// What the subject claims.
    #[serde(flatten)]
    pub claims: Claims,
    /// Whether SHOULD counted like MUST.
    pub strict: bool,
    /// The seeded defect.
    pub defect: Option<String>,
    /// How the disk was observed.
    pub disk_observer: String,
    /// When the run began, RFC 3339.
    pub started: String,
    /// SHA-256 over the file of waivers, if there was one.
    pub waivers: Option<String>,
    /// By what the run itself was judged, if this is not its first judgement.
    pub judged_first_by: Option<JudgedBy>,
}

/// What a verdict depends on besides the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JudgedBy {
    /// The version of Proofmark.
    pub proofmark: String,
    /// SHA-256 over every scenario and the catalogue.
    pub suite: String,
}

/// A runtime by its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuntimeEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl RunIdentity {
    /// What is judged by, in a few words.
    pub fn terms(&self) -> String {
        let strict = if self.strict { ", strict" } else { "" };
        let Claims {
            profile, revision, ..
        } = self.claims;
        format!("{profile}/{revision}{strict}; disk: {}", self.disk_observer)
    }
}
