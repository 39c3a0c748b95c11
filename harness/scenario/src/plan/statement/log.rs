//! Lines that the subject printed.

use crate::plan::matcher::Matcher;
use crate::reading::record;

record! {
    /// A line the subject printed.
    pub struct LogExpectation {
        /// A condition on a line the subject printed.
        pub line ["log"]: Matcher,
    }
}
