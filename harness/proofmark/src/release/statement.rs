//! The conformance statement: which subject was judged by which suite, requirement by requirement, and what was not examined.

use std::collections::BTreeSet;

use protocol::{Bound, RequirementId};
use scenario::judge::{Verdict, Waived};
use scenario::waiver::{Waiver, WaiverEntry};
use serde::Serialize;

use super::deciding::{Decision, Question};
use super::merging::MergedRun;
use crate::runner::{Counts, RunIdentity};

/// The version of the shape.
const STATEMENT_FORMAT: u32 = 1;

/// Everything a reader must know to believe a badge.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReleaseStatement<'a> {
    format: u32,
    decision: DecisionSection,
    identity: &'a RunIdentity,
    /// The day of the decision.
    decided: &'a str,
    duration_ms: u64,
    start_ms: Option<u64>,
    scenarios: Counts,
    requirements_kept: usize,
    requirements_judged: usize,
    requirements: Vec<RequirementSection<'a>>,
    waivers: Vec<WaiverEntry>,
    not_applicable: Vec<ReasonSection<'a>>,
    untested: Vec<ReasonSection<'a>>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct DecisionSection {
    releasable: bool,
    exit_code: u8,
    sentence: String,
    causes: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct RequirementSection<'a> {
    id: &'a RequirementId,
    level: &'a str,
    verdict: Verdict,
    statement: &'a str,
    scenarios: &'a [String],
}

#[derive(Debug, Clone, Serialize)]
struct ReasonSection<'a> {
    name: &'a str,
    reason: String,
}

impl<'a> ReleaseStatement<'a> {
    /// The statement of a decision on a run.
    pub fn new(run: &'a MergedRun, decision: &Decision, question: &Question<'a>) -> Self {
        let (requirements_kept, requirements_judged) = run.kept();
        let requirements = run
            .requirements
            .values()
            .map(|row| RequirementSection {
                id: &row.id,
                level: &row.level,
                verdict: row.verdict,
                statement: question
                    .catalogue
                    .find(&row.id)
                    .map_or("", |requirement| requirement.statement.as_str()),
                scenarios: &row.scenarios,
            })
            .collect();
        let not_applicable = run
            .scenarios
            .values()
            .filter(|scenario| scenario.verdict == Verdict::NotApplicable)
            .map(|scenario| ReasonSection {
                name: &scenario.name,
                reason: scenario.reason.clone().unwrap_or_default(),
            })
            .collect();
        Self {
            format: STATEMENT_FORMAT,
            decision: DecisionSection {
                releasable: decision.causes.is_empty(),
                exit_code: decision.exit().number(),
                sentence: decision.sentence(),
                causes: decision
                    .causes
                    .iter()
                    .map(|cause| cause.sentence.clone())
                    .collect(),
            },
            identity: &run.identity,
            decided: question.today,
            duration_ms: run.duration_ms,
            start_ms: run.start_ms,
            scenarios: counts(run),
            requirements_kept,
            requirements_judged,
            requirements,
            waivers: run
                .waivers
                .iter()
                .map(|entry| entry.clone().on(question.today))
                .collect(),
            not_applicable,
            untested: untested(run, question),
        }
    }

    /// For machines.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// For people.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Conformance statement\n\n**{}**\n\n",
            cell(&self.decision.sentence)
        );
        if self.decision.causes.len() > 1 {
            line!(text, "Everything that stands against a release:\n");
            for cause in &self.decision.causes {
                line!(text, "- {}", cell(cause));
            }
            text.push('\n');
        }
        self.facts(&mut text);
        line!(
            text,
            "\n## Requirements\n\n| Requirement | Level | Verdict | What it demands |\n|---|---|---|---|"
        );
        for row in &self.requirements {
            line!(
                text,
                "| {} | {} | {} | {} |",
                row.id,
                row.level,
                row.verdict.name(),
                cell(row.statement)
            );
        }
        self.waivers(&mut text);
        reasons(
            &mut text,
            "What does not apply",
            &self.not_applicable,
            "Every scenario of the suite applies.",
        );
        reasons(
            &mut text,
            "What is untested",
            &self.untested,
            "Every requirement that binds a runtime of this revision was judged.",
        );
        text
    }

    fn facts(&self, text: &mut String) {
        let identity = self.identity;
        let runtime = identity.runtime.as_ref();
        let version = runtime.map_or("not told, since no manifest describes it", |runtime| {
            &runtime.version
        });
        let name = runtime.map_or(identity.subject.as_str(), |runtime| &runtime.name);
        let strict = if identity.strict {
            "a violated SHOULD fails"
        } else {
            "a violated SHOULD warns"
        };
        let claims: Vec<String> = identity
            .claims
            .capabilities
            .iter()
            .map(ToString::to_string)
            .collect();
        let counts = &self.scenarios;
        let scenarios = format!(
            "{} passed, {} warned ({} flaky), {} failed, {} inconclusive, {} untestable, {} not applicable",
            counts.passed,
            counts.warned,
            counts.flaky,
            counts.failed,
            counts.inconclusive,
            counts.untestable,
            counts.not_applicable
        );
        let start = self
            .start_ms
            .map_or("not measured".into(), |start| format!("{start} ms"));
        line!(text, "| | |\n|---|---|");
        for (what, value) in [
            ("Runtime", name.to_owned()),
            ("Version", version.to_owned()),
            (
                "Seeded defect",
                identity.defect.clone().unwrap_or_else(|| "none".into()),
            ),
            ("Profile", identity.claims.profile.to_string()),
            ("Revision", identity.claims.revision.to_string()),
            ("Claims", claims.join(", ")),
            ("Terms", strict.to_owned()),
            ("Suite", identity.suite.clone()),
            ("Proofmark", identity.proofmark.clone()),
            ("Disk observer", identity.disk_observer.clone()),
            ("Run", identity.started.clone()),
            ("Decided", self.decided.to_owned()),
            (
                "Requirements",
                format!(
                    "{} kept of {} judged",
                    self.requirements_kept, self.requirements_judged
                ),
            ),
            ("Scenarios", scenarios),
            ("One start of the runtime", start),
            ("The whole run", format!("{} ms", self.duration_ms)),
        ] {
            line!(text, "| {what} | {} |", cell(&value));
        }
    }

    fn waivers(&self, text: &mut String) {
        line!(text, "\n## Waivers\n");
        if self.waivers.is_empty() {
            line!(text, "None.");
            return;
        }
        line!(
            text,
            "| Target | Kind | Covers | Until | Owner | Issue | Reason |\n|---|---|---|---|---|---|---|"
        );
        for WaiverEntry {
            waiver, covered, ..
        } in &self.waivers
        {
            let Waiver {
                kind,
                target,
                reason,
                owner,
                issue,
                expires,
            } = waiver;
            let cells = [
                target.name(),
                kind.name(),
                &covered.to_string(),
                expires,
                owner,
                issue,
                reason,
            ]
            .map(cell);
            line!(text, "| {} |", cells.join(" | "));
        }
    }
}

fn reasons(text: &mut String, title: &str, entries: &[ReasonSection<'_>], none: &str) {
    line!(text, "\n## {title}\n");
    if entries.is_empty() {
        line!(text, "{none}");
    }
    for entry in entries {
        line!(text, "- {}: {}", cell(entry.name), cell(&entry.reason));
    }
}

/// A text that cannot leave its place in a Markdown document.
fn cell(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    flat.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
}

fn counts(run: &MergedRun) -> Counts {
    let mut counts = Counts::default();
    for scenario in run.scenarios.values() {
        counts.add(scenario.verdict);
        let is_flaky = scenario
            .findings
            .iter()
            .any(|finding| finding.waived == Some(Waived::Flaky));
        counts.flaky += usize::from(is_flaky && scenario.verdict == Verdict::Warn);
    }
    counts
}

/// The requirements that bind a runtime of this revision and were not judged, with what is known of why.
fn untested<'a>(run: &MergedRun, question: &Question<'a>) -> Vec<ReasonSection<'a>> {
    let covered: BTreeSet<&RequirementId> = question
        .plans
        .iter()
        .flat_map(|plan| &plan.covers)
        .collect();
    question
        .catalogue
        .iter()
        .filter(|requirement| {
            requirement.bound == Bound::Runtime && requirement.since <= run.identity.claims.revision
        })
        .filter_map(|requirement| {
            let id = &requirement.id;
            let reason = match run.requirements.get(id).map(|row| row.verdict) {
                Some(Verdict::Pass | Verdict::Warn | Verdict::Fail) => return None,
                Some(Verdict::Inconclusive) => "nothing was seen by which it could be decided",
                Some(Verdict::Untestable) => "what it needs was not met",
                Some(Verdict::NotApplicable) => {
                    "it does not apply to what the runtime claims or did"
                }
                None if covered.contains(id) => "no scenario that covers it was played",
                None => "no scenario of the suite covers it",
            };
            Some(ReasonSection {
                name: id.as_str(),
                reason: reason.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::badge::Badge;
    use super::super::deciding::decide;
    use super::super::testing::{finding, merged, result, scenario, suite, waiver};
    use super::*;

    fn snapshot(name: &str, text: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/release"),
        );
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }

    #[test]
    fn a_statement_says_everything_a_badge_cannot() {
        let (plans, catalogue) = suite();
        let question = Question {
            plans: &plans,
            catalogue: &catalogue,
            digest: "cafe",
            profile: None,
            revision: None,
            today: "2027-01-31",
        };
        let mut warned = finding("REG-001", Verdict::Warn);
        warned.waived = Some(Waived::Flaky);
        let mut result = result(vec![
            scenario("area/one", vec![warned, finding("REG-002", Verdict::Pass)]),
            scenario("area/elsewhere", Vec::new()),
        ]);
        result.waivers.push(waiver(Waived::Flaky, "REG-001", 1, 1));
        result.start_ms = Some(120);
        let run = merged(result);
        let decision = decide(&run, &question, None).unwrap();
        let statement = ReleaseStatement::new(&run, &decision, &question);
        snapshot("statement", &statement.markdown());
        snapshot("statement-json", &statement.json());
        snapshot("badge", &Badge::new(&run, &decision).svg());
    }

    #[test]
    fn what_others_wrote_stays_in_its_cell() {
        assert_eq!(cell("a|b\n<img>\\"), "a\\|b &lt;img>\\\\");
    }
}
