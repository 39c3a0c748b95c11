//! What a step may refer to: variables, labels, peers, and whether the subject runs.

use std::collections::BTreeMap;
use std::ops::Range;

/// The language's own variables, peers aside.
pub(crate) const VARIABLES: [&str; 12] = [
    "workspace",
    "organisation",
    "platform.origin",
    "platform.url",
    "platform.port",
    "subject.port",
    "subject.url",
    "stage",
    "auth_token",
    "auth_token.previous",
    "inbound_secret",
    "inbound_secret.previous",
];

/// What is known at a step.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Names of the peers.
    pub(crate) peers: Vec<String>,
    /// Captured so far.
    pub(crate) captured: Vec<String>,
    /// Captured by a later step of the same file, with the place.
    pub(crate) later: BTreeMap<String, Range<usize>>,
    /// Labels so far, and whether the step is a fault.
    pub(crate) labels: BTreeMap<String, Labelled>,
    /// Whether an earlier step started the subject.
    pub(crate) started: bool,
}

/// A step with a label.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    /// Where, if it is in the scenario's own file.
    pub(crate) place: Option<Range<usize>>,
    /// Whether it is a fault, which `lift` needs.
    pub(crate) is_fault: bool,
}

impl Scope {
    /// Whether a variable has a value by now.
    pub(crate) fn knows(&self, variable: &str) -> bool {
        VARIABLES.contains(&variable)
            || self
                .captured
                .iter()
                .any(|name| name == variable || variable.strip_suffix(".path") == Some(name))
            || self.peers.iter().any(|peer| {
                let field = variable.strip_prefix("peer.").and_then(|rest| rest.strip_prefix(peer.as_str()));
                matches!(field, Some(".id" | ".url"))
            })
    }

    /// Every variable that has a value by now.
    pub(crate) fn variables(&self) -> Vec<String> {
        let peers =
            self.peers.iter().flat_map(|peer| [format!("peer.{peer}.id"), format!("peer.{peer}.url")]);
        VARIABLES
            .iter()
            .map(|&name| name.to_owned())
            .chain(self.captured.iter().cloned())
            .chain(peers)
            .collect()
    }
}
