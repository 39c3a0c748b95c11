//! The question every seam asks: is this mistake switched on?

use super::Defect;
use crate::credential::Manner;

/// Stands for at most one mistake switched on in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seeded(Option<Defect>);

impl Seeded {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self(defect)
    }

    /// Gives the way of writing that belongs to the mistake, or the right one.
    pub(crate) fn choose(self, mistakes: &[(Defect, Manner)]) -> Manner {
        mistakes.iter().find(|(defect, _)| self.has(*defect)).map_or(Manner::Renamed, |(_, manner)| *manner)
    }

    pub(crate) fn has(self, defect: Defect) -> bool {
        self.0 == Some(defect)
    }
}
