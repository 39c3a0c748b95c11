//! The question every seam asks: is this mistake switched on?

use super::Defect;

/// Stands for at most one mistake switched on in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seeded(Option<Defect>);

impl Seeded {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self(defect)
    }

    /// Gives what belongs to the mistake that is switched on, or what is usual.
    pub(crate) fn choose<T: Copy + Default>(self, mistakes: &[(Defect, T)]) -> T {
        mistakes.iter().find(|(defect, _)| self.has(*defect)).map(|(_, choice)| *choice).unwrap_or_default()
    }

    pub(crate) fn has(self, defect: Defect) -> bool {
        self.0 == Some(defect)
    }
}
