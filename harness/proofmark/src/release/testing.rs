//! Results to decide about.

use std::path::PathBuf;
use std::sync::Arc;

use protocol::requirement::CatalogueFile;
use protocol::{
    Capability, Catalogue, Level, Overlay, Profile, Requirement, RequirementId, Revision, Trigger,
};
use scenario::judge::{Finding, Verdict, Waived};
use scenario::load::{Requirements, SourceSet};
use scenario::plan::Plan;
use scenario::waiver::{Target, Waiver, WaiverEntry};

use super::{MergedRun, Shard, merge};
use crate::report::{RESULT_FORMAT, ResultDocument, ScenarioEntry};
use crate::runner::{Claims, Counts, RequirementEntry, RunIdentity};

pub(super) fn finding(id: &str, verdict: Verdict) -> Finding {
    Finding {
        check: "step-02".into(),
        requirements: vec![RequirementId::new(id)],
        level: Some(Level::Must),
        status: verdict,
        waived: None,
        blame: None,
        summary: "a check".into(),
        expected: "this".into(),
        seen: "that".into(),
        reason: None,
        nearest_miss: None,
        witness: vec![],
        position: None,
        around: None,
    }
}

pub(super) fn scenario(name: &str, findings: Vec<Finding>) -> ScenarioEntry {
    let verdict = findings
        .iter()
        .map(|finding| finding.status)
        .fold(Verdict::NotApplicable, Verdict::combine);
    ScenarioEntry {
        name: name.into(),
        title: "A title".into(),
        verdict,
        blame: None,
        reason: Some("a reason".into()),
        unwaived: None,
        duration_ms: 1,
        events: 2,
        crash_point: None,
        again: String::new(),
        findings,
    }
}

pub(super) fn waiver(kind: Waived, id: &str, judged: usize, covered: usize) -> WaiverEntry {
    WaiverEntry {
        waiver: Waiver {
            kind,
            target: Target::Requirement(RequirementId::new(id)),
            reason: "known".into(),
            owner: "ada".into(),
            issue: "#7".into(),
            expires: "2027-01-31".into(),
        },
        judged,
        covered,
        must_go: None,
    }
}

pub(super) fn result(scenarios: Vec<ScenarioEntry>) -> ResultDocument {
    let mut requirements: Vec<RequirementEntry> = Vec::new();
    for scenario in &scenarios {
        for finding in &scenario.findings {
            for id in &finding.requirements {
                requirements.push(RequirementEntry {
                    id: id.clone(),
                    level: "MUST".into(),
                    verdict: finding.status,
                    scenarios: vec![scenario.name.clone()],
                });
            }
        }
    }
    ResultDocument {
        format: RESULT_FORMAT,
        identity: RunIdentity {
            proofmark: "0.1.0".into(),
            suite: "cafe".into(),
            subject: "the reference agent".into(),
            runtime: None,
            claims: Claims {
                profile: Profile::Container,
                revision: Revision::R2Plus,
                capabilities: Capability::ALL.into(),
                overlays: Overlay::USUAL.into(),
                triggers: Trigger::ALL.into(),
                keeps_token: true,
                keeps_secret: true,
            },
            strict: false,
            defect: None,
            disk_observer: "trace".into(),
            started: "2026-11-28T00:00:00Z".into(),
            waivers: None,
            judged_first_by: None,
        },
        interrupted: false,
        nothing_judged: None,
        exit_code: 0,
        duration_ms: 1000,
        start_ms: None,
        counts: Counts::default(),
        waivers: vec![],
        surveys: vec![],
        scenarios,
        requirements,
    }
}

pub(super) fn merged(result: ResultDocument) -> MergedRun {
    merge(vec![Shard {
        name: "result.json".into(),
        result,
    }])
    .unwrap()
}

/// One scenario for one requirement, and two more requirements that nothing covers.
pub(super) fn suite() -> (Vec<Plan>, Catalogue) {
    let requirement = |id: &str| Requirement {
        id: RequirementId::new(id),
        bound: protocol::Bound::Runtime,
        level: Level::Must,
        since: Revision::R0,
        area: "Register".into(),
        statement: "Do it".into(),
        seen_by: "wire".into(),
        source: "somewhere".into(),
        broken_upstream: false,
    };
    let catalogue = Catalogue::new(CatalogueFile {
        requirements: ["REG-001", "REG-002", "REG-003"].map(requirement).to_vec(),
    })
    .unwrap();
    let none = SourceSet::new(std::iter::empty::<(PathBuf, Arc<str>)>());
    let text = "scenario: one
title: A subject registers
covers: [REG-001]
steps:
  - start: { until: registered }
  - expect: { request: POST /registry/register, answered: 200, cites: [REG-001] }
";
    let always_on = scenario::judge::rule_requirements();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &always_on,
    };
    let plans = scenario::load::parse("area/one.yaml", text, &none, requirements).unwrap();
    (plans, catalogue)
}
