//! `JUnit` XML: an area is a suite, a scenario a test case, requirement numbers are properties.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use scenario::judge::Verdict;

use super::{ReportContext, Reporter};
use crate::runner::{RunEvent, ScenarioReport};

/// Writes `junit.xml`.
pub struct Junit {
    path: PathBuf,
    context: ReportContext,
    suites: BTreeMap<String, TestSuite>,
}

impl Junit {
    /// Writes to this file at the end of the run.
    pub fn new(path: PathBuf, context: ReportContext) -> Self {
        Self {
            path,
            context,
            suites: BTreeMap::new(),
        }
    }

    fn case(&self, report: &ScenarioReport) -> TestCase {
        let judgement = &report.judgement;
        let details = || self.context.failure(report);
        let reason = judgement.reason.clone().unwrap_or_default();
        let status = match judgement.verdict {
            Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
            Verdict::NotApplicable => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(reason);
                status
            }
            Verdict::Fail => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status
                    .set_message(reason)
                    .set_type("fail")
                    .set_description(details());
                status
            }
            Verdict::Inconclusive | Verdict::Untestable => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status
                    .set_message(reason)
                    .set_type(judgement.verdict.name())
                    .set_description(details());
                status
            }
        };
        let mut case = TestCase::new(report.plan.name.clone(), status);
        case.set_classname(format!("proofmark.{}", report.plan.area))
            .set_time(report.duration);
        case.set_assertions(judgement.findings.len());
        for id in &report.plan.covers {
            case.add_property(("requirement", id.as_str()));
        }
        if judgement.verdict == Verdict::Warn {
            case.set_system_out(details());
        }
        case
    }
}

impl Reporter for Junit {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::ScenarioFinished(report) => {
                let case = self.case(report);
                let area = report.plan.area.clone();
                self.suites
                    .entry(area.clone())
                    .or_insert_with(|| TestSuite::new(area))
                    .add_test_case(case);
                Ok(())
            }
            RunEvent::Finished(_) => {
                let mut report = Report::new("proofmark");
                report.add_test_suites(std::mem::take(&mut self.suites).into_values());
                let text = report.to_string().map_err(io::Error::other)?;
                self.context.scanner.write(&self.path, &text)
            }
            _ => Ok(()),
        }
    }
}
