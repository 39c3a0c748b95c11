//! How requests to the platform are addressed (ENV-013).

use super::rule::{Rule, Sighting};

/// Rules about request lines.
pub(super) const RULES: &[Rule] = &[Rule {
    name: "requests-well-formed",
    requirements: &["ENV-013"],
    summary: "no path on the platform has an empty segment (`//`)",
    see: |_, record| {
        Sighting::of(record.to_platform(), |exchange| {
            exchange
                .request
                .path
                .contains("//")
                .then(|| "`path` has an empty segment".into())
        })
    },
}];
