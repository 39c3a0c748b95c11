//! Whether a judgement is the one that was saved.

use std::collections::BTreeSet;

use protocol::RequirementId;
use scenario::judge::{Finding, Judgement, Verdict};

use crate::report::ScenarioEntry;
use crate::runner::Outcome;

/// How new verdicts compare with the saved ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many scenarios were judged again and had a saved verdict.
    pub compared: usize,
    /// Those with another outcome now.
    pub differences: Vec<Difference>,
    /// Scenarios without a saved verdict.
    pub unsaved: Vec<String>,
}

/// A scenario with another outcome now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its full name.
    pub scenario: String,
    /// What was saved.
    pub then: Outcome,
    /// The new outcome.
    pub now: Outcome,
}

impl Comparison {
    /// Compares a scenario with what was saved of it.
    pub fn add(&mut self, scenario: &str, saved: Option<&ScenarioEntry>, judgement: &Judgement) {
        let Some(saved) = saved else {
            self.unsaved.push(scenario.to_owned());
            return;
        };
        self.compared += 1;
        if saved.verdict != judgement.verdict
            || unmet(&saved.findings) != unmet(&judgement.findings)
        {
            self.differences.push(Difference {
                scenario: scenario.to_owned(),
                then: Outcome {
                    verdict: saved.verdict,
                    reason: saved.reason.clone(),
                },
                now: Outcome {
                    verdict: judgement.verdict,
                    reason: judgement.reason.clone(),
                },
            });
        }
    }

    /// The comparison for people, lines and all.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        for difference in &self.differences {
            let Difference {
                scenario,
                then,
                now,
            } = difference;
            let what = if then.verdict == now.verdict {
                format!("{} as before, but for another reason", now.verdict.name())
            } else {
                format!("was {} and is {}", then.verdict.name(), now.verdict.name())
            };
            let reason = |told: &Outcome| {
                told.reason
                    .clone()
                    .unwrap_or_else(|| "everything holds".to_owned())
            };
            line!(text, "differs: {scenario}: {what}");
            line!(text, "  then         {}", reason(then));
            line!(text, "  now          {}", reason(now));
        }
        for name in &self.unsaved {
            line!(text, "no verdict was saved of {name}");
        }
        let (compared, differing) = (self.compared, self.differences.len());
        match (compared, differing) {
            (0, _) => line!(text, "nothing can be compared with the saved verdicts"),
            (_, 0) => line!(text, "same verdicts as saved: {compared} of {compared}"),
            _ => line!(text, "other verdicts than saved: {differing} of {compared}"),
        }
        text
    }
}

/// What did not hold: a check, what it judges, and its outcome.
fn unmet(findings: &[Finding]) -> BTreeSet<(&str, &[RequirementId], Verdict)> {
    let unmet =
        |finding: &&Finding| !matches!(finding.status, Verdict::Pass | Verdict::NotApplicable);
    let unmet = findings.iter().filter(unmet);
    unmet
        .map(|finding| {
            (
                finding.check.as_str(),
                finding.requirements.as_slice(),
                finding.status,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(verdict: Verdict, reason: Option<&str>) -> ScenarioEntry {
        ScenarioEntry {
            name: "token/a".into(),
            title: String::new(),
            verdict,
            blame: None,
            reason: reason.map(Into::into),
            unwaived: None,
            duration_ms: 1,
            events: 2,
            crash_point: None,
            again: String::new(),
            findings: Vec::new(),
        }
    }

    fn judgement(verdict: Verdict, reason: Option<&str>) -> Judgement {
        Judgement {
            findings: Vec::new(),
            verdict,
            blame: None,
            reason: reason.map(Into::into),
        }
    }

    #[test]
    fn the_same_verdicts_are_said_to_stand() {
        let mut comparison = Comparison::default();
        let saved = saved(Verdict::Pass, None);
        comparison.add("token/a", Some(&saved), &judgement(Verdict::Pass, None));
        assert_eq!(comparison.in_words(), "same verdicts as saved: 1 of 1\n");
    }

    #[test]
    fn another_verdict_is_told_with_both_reasons() {
        let mut comparison = Comparison::default();
        let saved = saved(Verdict::Pass, None);
        comparison.add(
            "token/a",
            Some(&saved),
            &judgement(Verdict::Fail, Some("step-02: too wide")),
        );
        comparison.add("token/b", None, &judgement(Verdict::Pass, None));
        assert_eq!(
            comparison.in_words(),
            "differs: token/a: was pass and is fail\n  then         everything holds\n  now          step-02: too wide\n\
             no verdict was saved of token/b\nother verdicts than saved: 1 of 1\n"
        );
    }
}
