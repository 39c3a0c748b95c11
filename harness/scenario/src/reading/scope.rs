//! What a step may refer to: variables, labels, peers, fragments, and whether the subject runs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use protocol::{Catalogue, RequirementId};

use super::template::Template;
use crate::source::Source;

/// What may be covered and cited.
#[derive(Debug, Clone, Copy)]
pub struct Requirements<'a> {
    /// Every requirement.
    pub catalogue: &'a Catalogue,
    /// Those that always-on rules judge over every journal; they may be covered without a cite.
    pub always_on: &'a [RequirementId],
}

/// A number that a step cites, and where.
pub(super) struct Cited {
    pub(super) id: RequirementId,
    pub(super) source: Source,
    pub(super) range: Range<usize>,
}

/// Fragment files by stem.
pub(crate) type Fragments = BTreeMap<String, Source>;

/// The language's own variables, peers aside.
const VARIABLES: [&str; 12] = [
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

/// A text of a plan that stands for something in its world.
#[derive(Debug, Clone)]
pub enum Text {
    /// A path below the stage directory, or a pattern of such paths.
    Path(String),
    /// What is said or expected.
    Template(Template),
}

/// What is known at a step.
#[derive(Default)]
pub(crate) struct Scope<'a> {
    /// What may be cited.
    pub(crate) requirements: Option<Requirements<'a>>,
    /// What may be used.
    pub(crate) fragments: Option<&'a Fragments>,
    /// The scenario's file.
    pub(crate) file: PathBuf,
    /// Fragments being inserted, outermost first.
    pub(crate) inserting: Vec<String>,
    /// Names of the peers.
    pub(crate) peers: Vec<String>,
    /// Every text so far.
    pub(crate) texts: Vec<Text>,
    /// Captured so far.
    pub(crate) captured: Vec<String>,
    /// Captured by a later step of the same file, with the place.
    pub(crate) later: BTreeMap<String, Range<usize>>,
    /// Whether an earlier step started the subject.
    pub(crate) started: bool,
    /// The number of the step at hand, from 1.
    pub(crate) step: usize,
    /// The files before whose every write the subject is killed, where a step says so.
    pub(crate) crash_points: Option<Vec<String>>,
    /// Numbers cited so far.
    pub(super) cited: Vec<Cited>,
    pub(super) labels: BTreeMap<String, Labelled>,
}

/// A step with a label.
pub(super) struct Labelled {
    /// Where, if it is in the scenario's own file.
    pub(super) place: Option<Range<usize>>,
    /// Whether it is a fault, which `lift` needs.
    pub(super) is_fault: bool,
}

impl Scope<'_> {
    /// Whether a variable has a value by now.
    pub(super) fn knows(&self, variable: &str) -> bool {
        self.variables().any(|known| {
            known == variable
                || variable
                    .strip_suffix(".path")
                    .is_some_and(|name| self.captured.iter().any(|it| it == name))
        })
    }

    /// Every variable that has a value by now.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        let peers = self
            .peers
            .iter()
            .flat_map(|peer| [format!("peer.{peer}.id"), format!("peer.{peer}.url")]);
        let captured = self.captured.iter().cloned();
        VARIABLES
            .into_iter()
            .map(str::to_owned)
            .chain(captured)
            .chain(peers)
    }

    /// The labels of earlier steps, or of the faults among them.
    pub(super) fn labels_of(&self, faults: bool) -> impl Iterator<Item = &str> {
        self.labels
            .iter()
            .filter(move |(_, it)| it.is_fault || !faults)
            .map(|(name, _)| name.as_str())
    }

    /// Whether any step has cited a requirement.
    pub(crate) fn has_cited(&self) -> bool {
        !self.cited.is_empty()
    }

    /// Whether the text at hand is a fragment.
    pub(crate) fn in_fragment(&self) -> bool {
        !self.inserting.is_empty()
    }
}
