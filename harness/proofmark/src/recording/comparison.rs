//! Whether a judgement is the one that was saved.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use protocol::RequirementId;
use scenario::judge::{Judgement, Verdict};

use crate::report::ScenarioEntry;

/// What became of the saved verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many scenarios were judged again and had a saved verdict.
    pub compared: usize,
    /// Those that come to something else now.
    pub differences: Vec<Difference>,
    /// Scenarios without a saved verdict.
    pub unsaved: Vec<String>,
}

/// A scenario that comes to something else now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its full name.
    pub scenario: String,
    /// What was saved.
    pub then: Told,
    /// What it comes to.
    pub now: Told,
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence; absent for a pass.
    pub reason: Option<String>,
}

/// What did not hold: a check, what it judges, and its outcome.
type Unmet<'a> = BTreeSet<(&'a str, Vec<&'a str>, &'static str)>;

impl Comparison {
    /// Compares a scenario with what was saved of it.
    pub fn add(&mut self, scenario: &str, saved: Option<&ScenarioEntry>, judgement: &Judgement) {
        let Some(saved) = saved else {
            self.unsaved.push(scenario.to_owned());
            return;
        };
        self.compared += 1;
        if saved.verdict != judgement.verdict || unmet_then(saved) != unmet_now(judgement) {
            self.differences.push(Difference {
                scenario: scenario.to_owned(),
                then: Told { verdict: saved.verdict, reason: saved.reason.clone() },
                now: Told { verdict: judgement.verdict, reason: judgement.reason.clone() },
            });
        }
    }

    /// The comparison for people, lines and all.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail, here and below.
        for difference in &self.differences {
            let Difference { scenario, then, now } = difference;
            let what = if then.verdict == now.verdict {
                format!("{} as before, but for another reason", now.verdict.name())
            } else {
                format!("was {} and is {}", then.verdict.name(), now.verdict.name())
            };
            let reason = |told: &Told| told.reason.clone().unwrap_or_else(|| "everything holds".to_owned());
            let _ = writeln!(text, "differs: {scenario}: {what}");
            let _ = writeln!(text, "  then         {}", reason(then));
            let _ = writeln!(text, "  now          {}", reason(now));
        }
        for name in &self.unsaved {
            let _ = writeln!(text, "no verdict was saved of {name}");
        }
        let (compared, differing) = (self.compared, self.differences.len());
        let _ = match (compared, differing) {
            (0, _) => writeln!(text, "nothing can be compared with the saved verdicts"),
            (_, 0) => writeln!(text, "same verdicts as saved: {compared} of {compared}"),
            _ => writeln!(text, "other verdicts than saved: {differing} of {compared}"),
        };
        text
    }
}

fn is_unmet(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Pass | Verdict::NotApplicable)
}

fn unmet_then(saved: &ScenarioEntry) -> Unmet<'_> {
    let unmet = saved.findings.iter().filter(|finding| is_unmet(finding.verdict));
    unmet
        .map(|finding| {
            let requirements = finding.requirements.iter().map(String::as_str).collect();
            (finding.check.as_str(), requirements, finding.verdict.name())
        })
        .collect()
}

fn unmet_now(judgement: &Judgement) -> Unmet<'_> {
    let unmet = judgement.findings.iter().filter(|finding| is_unmet(finding.status));
    unmet
        .map(|finding| {
            let requirements = finding.requirements.iter().map(RequirementId::as_str).collect();
            (finding.check.as_str(), requirements, finding.status.name())
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
        Judgement { findings: Vec::new(), verdict, blame: None, reason: reason.map(Into::into) }
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
        comparison.add("token/a", Some(&saved), &judgement(Verdict::Fail, Some("step-02: too wide")));
        comparison.add("token/b", None, &judgement(Verdict::Pass, None));
        assert_eq!(
            comparison.in_words(),
            "differs: token/a: was pass and is fail\n  then         everything holds\n  now          step-02: too wide\n\
             no verdict was saved of token/b\nother verdicts than saved: 1 of 1\n"
        );
    }
}
