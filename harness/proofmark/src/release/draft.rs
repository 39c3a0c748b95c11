//! A draft of a waiver file for what a run found violated; it has no owner until a person fills it in.

use std::collections::BTreeSet;

use scenario::judge::Verdict;
use scenario::waiver::FILL_IN;

use super::merging::MergedRun;

/// What is known already of what every entry must say.
#[derive(Debug, Clone, Default)]
pub struct Author {
    /// Why the failures are accepted.
    pub reason: Option<String>,
    /// Who answers for them.
    pub owner: Option<String>,
    /// Where they are tracked.
    pub issue: Option<String>,
    /// The last day, as `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// The draft, and how many entries it has.
pub fn draft(run: &MergedRun, author: &Author) -> (String, usize) {
    let mut targets: BTreeSet<(&str, String)> = BTreeSet::new();
    for scenario in run.scenarios.values() {
        for finding in scenario
            .findings
            .iter()
            .filter(|finding| finding.status == Verdict::Fail)
        {
            if finding.requirements.is_empty() {
                // A rule is known by its own name, a step by its scenario's, too.
                let is_step = finding.check.starts_with("step-");
                let check = if is_step {
                    format!("{} {}", scenario.name, finding.check)
                } else {
                    finding.check.clone()
                };
                targets.insert(("check", check));
            }
            targets.extend(
                finding
                    .requirements
                    .iter()
                    .map(|id| ("requirement", id.to_string())),
            );
        }
        if scenario.verdict == Verdict::Fail && scenario.findings.is_empty() {
            targets.insert(("check", scenario.name.clone()));
        }
    }
    let mut text = String::new();
    line!(
        text,
        "# Expected failures of {}, drafted from the run of {}.",
        flat(&run.subject()),
        run.identity.started
    );
    line!(
        text,
        "# Keep what is accepted, move what fails only now and then below `flaky:`, delete the rest."
    );
    if targets.is_empty() {
        line!(text, "waivers: []");
    } else {
        line!(text, "waivers:");
    }
    for (kind, target) in &targets {
        line!(text, "  - {kind}: {}", quoted(target));
        for (key, known, asks) in [
            ("reason", &author.reason, "why this is accepted for now"),
            ("owner", &author.owner, "who answers for it"),
            (
                "issue",
                &author.issue,
                "the address of the issue that tracks it",
            ),
            ("expires", &author.expires, "its last day, as 2027-01-31"),
        ] {
            let value = known
                .clone()
                .unwrap_or_else(|| format!("{FILL_IN}: {asks}"));
            line!(text, "    {key}: {}", quoted(&value));
        }
    }
    (text, targets.len())
}

/// A text that ends with its line, and with it the comment it stands in.
fn flat(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A text in double quotes, where JSON and YAML agree.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{finding, merged, result, scenario};
    use super::*;

    #[test]
    fn each_violated_requirement_has_one_entry_and_a_check_without_one_its_own() {
        let mut bare = finding("REG-001", Verdict::Fail);
        bare.requirements.clear();
        let run = merged(result(vec![
            scenario(
                "a/b",
                vec![
                    finding("REG-002", Verdict::Fail),
                    bare,
                    finding("REG-003", Verdict::Pass),
                ],
            ),
            scenario("a/c", vec![finding("REG-002", Verdict::Fail)]),
        ]));
        let author = Author {
            owner: Some("ada \"the\" first".into()),
            ..Author::default()
        };
        let (text, count) = draft(&run, &author);
        assert_eq!(count, 2, "{text}");
        assert!(
            text.contains("  - check: \"a/b step-02\"\n    reason: \"FILL IN: why"),
            "{text}"
        );
        assert!(
            text.contains("    owner: \"ada \\\"the\\\" first\"\n"),
            "{text}"
        );
        assert_eq!(text.matches("REG-002").count(), 1);
        let (text, count) = draft(&merged(result(vec![])), &author);
        assert!(count == 0 && text.ends_with("waivers: []\n"), "{text}");
    }
}
