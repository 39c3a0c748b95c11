//! Rows of the platform's activity log.

use std::collections::BTreeMap;

use super::request::Count;
use crate::plan::matcher::{Matcher, conditions};
use crate::reading::record;

record! {
    /// A row in the platform's activity log.
    pub struct RowExpectation {
        /// Conditions on a row of the platform's activity log, by dotted path.
        pub fields ["row"]: BTreeMap<String, Matcher>,
        /// How many such exchanges or rows; one at least unless said otherwise.
        pub count: Count = Count::ONE,
    }
}

impl RowExpectation {
    /// A one-line summary.
    pub(super) fn summary(&self) -> String {
        format!(
            "an activity row{}{}",
            conditions("row", &self.fields),
            self.count.summary()
        )
    }
}
