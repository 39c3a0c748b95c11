//! The requirement catalogue: the numbered sentences of the contract (section 11) as data.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::revision::Revision;

/// A requirement's permanent number, such as `REG-009`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequirementId(String);

impl RequirementId {
    /// Wraps a number as written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The letters before the dash, such as `REG`.
    pub fn family(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

/// So that several can be joined.
impl Borrow<str> for RequirementId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

crate::vocabulary! {
    /// Whom a requirement binds.
    pub enum Bound = "party" {
        /// The agent process.
        Runtime = "runtime",
        /// The service it registers with.
        Platform = "platform",
    }
}

/// How strongly a requirement binds; decides whether a violation fails or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A violation is a failure.
    Must,
    /// A violation is a failure.
    MustNot,
    /// A violation is a warning.
    Should,
    /// A deviation is reported as not applicable.
    May,
}

impl Level {
    /// The word as standards write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One numbered sentence of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirement {
    /// Its number, ours for good.
    pub id: RequirementId,
    /// Whom it binds.
    pub bound: Bound,
    /// How strongly.
    pub level: Level,
    /// The first revision in which it binds.
    pub since: Revision,
    /// The heading it stands under.
    pub area: String,
    /// The sentence.
    pub statement: String,
    /// How a black box sees a violation.
    pub seen_by: String,
    /// Where the contract was read.
    pub source: String,
    /// Whether the upstream implementation itself is known to violate it.
    #[serde(default)]
    pub broken_upstream: bool,
}

/// The catalogue file: a list under one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Every requirement, in the contract's order.
    pub requirements: Vec<Requirement>,
}

/// Every requirement by number.
#[derive(Debug, Clone)]
pub struct Catalogue {
    by_id: BTreeMap<RequirementId, Requirement>,
    order: Vec<RequirementId>,
}

/// What is wrong with a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two entries share a number.
    #[error("requirement `{0}` is listed twice")]
    Duplicate(RequirementId),
    /// A number is not two to four capitals, a dash and three digits.
    #[error("`{0}` is not a requirement number such as REG-009")]
    Misshapen(RequirementId),
    /// A sentence, area or source is blank.
    #[error("requirement `{0}` lacks its {1}")]
    Blank(RequirementId, &'static str),
    /// There is nothing in it.
    #[error("the catalogue is empty")]
    Empty,
}

impl Catalogue {
    /// Checks the entries and indexes them; reports every mistake.
    pub fn new(file: CatalogueFile) -> Result<Self, Vec<CatalogueError>> {
        let mut mistakes = Vec::new();
        let mut by_id = BTreeMap::new();
        let mut order = Vec::new();
        for requirement in file.requirements {
            let id = requirement.id.clone();
            if !well_shaped(id.as_str()) {
                mistakes.push(CatalogueError::Misshapen(id.clone()));
            }
            for (text, name) in [
                (&requirement.statement, "statement"),
                (&requirement.area, "area"),
                (&requirement.source, "source"),
            ] {
                if text.trim().is_empty() {
                    mistakes.push(CatalogueError::Blank(id.clone(), name));
                }
            }
            if by_id.insert(id.clone(), requirement).is_some() {
                mistakes.push(CatalogueError::Duplicate(id));
            } else {
                order.push(id);
            }
        }
        if order.is_empty() {
            mistakes.push(CatalogueError::Empty);
        }
        if mistakes.is_empty() {
            Ok(Self { by_id, order })
        } else {
            Err(mistakes)
        }
    }

    /// The requirement with this number.
    pub fn find(&self, id: &RequirementId) -> Option<&Requirement> {
        self.by_id.get(id)
    }

    /// All requirements in the contract's order.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none; never true of a checked catalogue.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

fn well_shaped(id: &str) -> bool {
    let Some((family, number)) = id.split_once('-') else {
        return false;
    };
    (2..=4).contains(&family.len())
        && family
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> Requirement {
        Requirement {
            id: RequirementId::new(id),
            bound: Bound::Runtime,
            level: Level::Must,
            since: Revision::R0,
            area: "Area".into(),
            statement: "Do it".into(),
            seen_by: "log".into(),
            source: "somewhere".into(),
            broken_upstream: false,
        }
    }

    #[test]
    fn duplicates_misshapen_numbers_and_blanks_are_all_reported() {
        let mut blank = entry("REG-002");
        blank.source = " ".into();
        let file = CatalogueFile {
            requirements: vec![entry("REG-001"), entry("REG-001"), entry("reg1"), blank],
        };
        let mistakes = Catalogue::new(file).unwrap_err();
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    }

    #[test]
    fn an_empty_catalogue_is_a_mistake() {
        assert_eq!(
            Catalogue::new(CatalogueFile {
                requirements: vec![]
            })
            .unwrap_err(),
            [CatalogueError::Empty]
        );
    }

    #[test]
    fn order_is_kept_and_numbers_are_found() {
        let file = CatalogueFile {
            requirements: vec![entry("TOK-002"), entry("A2A-001")],
        };
        let catalogue = Catalogue::new(file).unwrap();
        let order: Vec<_> = catalogue
            .iter()
            .map(|requirement| requirement.id.as_str())
            .collect();
        assert_eq!(order, ["TOK-002", "A2A-001"]);
        assert_eq!(
            catalogue
                .find(&RequirementId::new("A2A-001"))
                .unwrap()
                .id
                .family(),
            "A2A"
        );
    }
}
