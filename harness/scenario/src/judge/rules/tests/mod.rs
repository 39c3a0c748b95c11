//! Every rule: a journal that passes, one that fails, one without a witness.

mod credentials;
mod storms;
mod table;

use std::collections::BTreeSet;

use protocol::requirement::CatalogueFile;
use protocol::{Bound, Catalogue, Revision};

use super::super::testing::{Journal, catalogue, plan, start};
use super::super::{Finding, Terms, Verdict, judge};
use super::{rule_requirements, rules};

/// What a rule says about a journal under the newest revision.
pub(super) fn said(name: &str, journal: &Journal) -> Option<Finding> {
    let terms = Terms {
        revision: Revision::R3,
        strict: false,
    };
    assert!(
        rules().iter().any(|rule| rule.name == name),
        "there is no rule {name}"
    );
    let judgement = judge(&plan(vec![start()]), &catalogue(), &journal.events, &terms);
    judgement
        .findings
        .into_iter()
        .find(|finding| finding.check == name)
}

/// The status a rule gives, if it says anything.
pub(super) fn status(name: &str, journal: &Journal) -> Option<Verdict> {
    said(name, journal).map(|finding| finding.status)
}

#[test]
fn names_are_distinct_and_the_catalogue_knows_every_requirement() {
    let text = include_str!("../../../../../../scenarios/requirements.yaml");
    let file: CatalogueFile = serde_saphyr::from_str(text).unwrap();
    let catalogue = Catalogue::new(file).unwrap();
    for id in rule_requirements() {
        let requirement = catalogue
            .find(&id)
            .unwrap_or_else(|| panic!("{id} is not in the catalogue"));
        assert_eq!(requirement.bound, Bound::Runtime, "{id}");
    }
    let names: BTreeSet<_> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().len());
    assert!(
        rules()
            .iter()
            .all(|rule| !rule.summary.is_empty() && !rule.requirements.is_empty())
    );
}

#[test]
fn no_rule_speaks_about_a_journal_in_which_nothing_happened() {
    for rule in rules() {
        assert_eq!(status(rule.name, &Journal::new()), None, "{}", rule.name);
    }
}

#[test]
fn a_rule_of_a_later_revision_does_not_apply() {
    let mut journal = Journal::new();
    journal.register(&[], 200, "{}");
    assert_eq!(
        status("origin-on-every-platform-request", &journal),
        Some(Verdict::Fail)
    );
    let terms = Terms {
        revision: Revision::R1,
        strict: false,
    };
    let judgement = judge(&plan(vec![start()]), &catalogue(), &journal.events, &terms);
    let finding = judgement
        .findings
        .iter()
        .find(|finding| finding.check == "origin-on-every-platform-request")
        .unwrap();
    assert_eq!(finding.status, Verdict::NotApplicable);
}

#[test]
fn a_finding_names_at_most_twenty_events() {
    let mut journal = Journal::new();
    for _ in 0..50 {
        journal.heartbeat(&[]);
    }
    let finding = said("heartbeat-shape", &journal).unwrap();
    assert_eq!((finding.status, finding.witness.len()), (Verdict::Pass, 20));
    assert_eq!(finding.seen, "50 judged, all as expected");
}
