//! Rules that bind all traffic and are judged over every journal, in every scenario.
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

use protocol::{Catalogue, RequirementId};

use super::finding::{Finding, Terms};
use super::record::Record;
use super::standing::Standing;
use crate::plan::Plan;
pub use rule::Rule;
use rule::found;

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

/// Every requirement that some rule judges, without repetition, in the order of the rules.
pub fn rule_requirements() -> Vec<RequirementId> {
    let mut ids: Vec<RequirementId> = Vec::new();
    for id in rules().iter().flat_map(|rule| rule.requirements) {
        let id = RequirementId::new(*id);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The findings of all rules that had a witness.
pub(crate) fn judge_rules(
    plan: &Plan,
    record: Record<'_>,
    catalogue: &Catalogue,
    terms: Terms,
) -> Vec<Finding> {
    rules()
        .iter()
        .filter_map(|rule| {
            let mut finding = found(rule, (rule.see)(plan, record))?;
            Standing::of(&finding.requirements, catalogue, terms).apply(&mut finding);
            Some(finding)
        })
        .collect()
}
