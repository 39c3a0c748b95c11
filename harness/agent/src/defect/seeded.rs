//! The question every seam asks: is this mistake switched on?

use super::Defect;

/// Stands for at most one mistake switched on in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seeded(Option<Defect>);

impl Seeded {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self(defect)
    }

    pub(crate) fn has(self, defect: Defect) -> bool {
        self.0 == Some(defect)
    }
}
