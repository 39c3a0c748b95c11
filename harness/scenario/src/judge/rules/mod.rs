//! Rules that bind all traffic and are judged over every journal, whatever a scenario says.
//!
//! A rule is a pure function of the journal. One that finds nothing to judge says nothing at all: it never passes without a witness.

mod address;
mod answer;
mod credential;
mod file;
mod heartbeat;
mod leak;
mod mcp;
mod origin;
mod refusal;
mod register;
mod report;
mod rule;
mod source;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub(crate) use rule::judge_rules;
pub use rule::{Rule, rule_requirements};

/// Every rule, in the order of reports.
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        [
            register::RULES,
            heartbeat::RULES,
            origin::RULES,
            source::RULES,
            credential::RULES,
            leak::RULES,
            refusal::RULES,
            file::RULES,
            answer::RULES,
            report::RULES,
            address::RULES,
            mcp::RULES,
        ]
        .concat()
    });
    &RULES
}
