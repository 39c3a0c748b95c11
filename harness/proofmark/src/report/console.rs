//! The terminal: a progress bar where there is one, plain lines elsewhere, failures as they come, one sentence at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use itertools::Itertools as _;
use scenario::judge::{Blame, Finding, Verdict};

use super::failure::heading;
use super::{ReportContext, Reporter};
use crate::exit;
use crate::runner::{ProbeOutcome, RunEvent, RunHeader, RunSummary, ScenarioReport, Survey};

/// From this cost on, starts of the subject are mentioned.
const SLOW_START: std::time::Duration = std::time::Duration::from_millis(100);

/// How the terminal is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether colours are used.
    pub colour: bool,
    /// Whether a bar is drawn on standard error.
    pub bar: bool,
    /// Whether every scenario gets a line, not only those that want to be read.
    pub every: bool,
}

/// Writes to standard output (or anything else that takes text).
pub struct Console<W: Write> {
    out: W,
    look: Look,
    context: ReportContext,
    bar: Option<ProgressBar>,
    /// Whether the cost of starts is mentioned.
    starts_slowly: bool,
    /// Scenarios that could not be tried, by reason: a reason is explained once, however many scenarios it stops.
    untried: BTreeMap<String, Vec<String>>,
    /// In how many scenarios an always-on rule was broken: it is shown in the first, since the others say the same.
    broken_rules: BTreeMap<String, usize>,
}

impl<W: Write> Console<W> {
    /// A console.
    pub fn new(out: W, look: Look, context: ReportContext) -> Self {
        Self {
            out,
            look,
            context,
            bar: None,
            starts_slowly: false,
            untried: BTreeMap::new(),
            broken_rules: BTreeMap::new(),
        }
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let clean = self.context.scanner.clean("the terminal", text);
        let out = &mut self.out;
        match &self.bar {
            // The bar is taken away while a line is written, or it would be torn.
            Some(bar) => bar.suspend(|| writeln!(out, "{clean}")),
            None => writeln!(out, "{clean}"),
        }
    }

    fn painted(&self, verdict: Verdict, text: &str) -> String {
        if !self.look.colour {
            return text.to_owned();
        }
        let code = match verdict {
            Verdict::Pass => "32",
            Verdict::Warn | Verdict::Untestable | Verdict::Inconclusive => "33",
            Verdict::Fail => "1;31",
            Verdict::NotApplicable => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    fn started(&mut self, header: &RunHeader) -> io::Result<()> {
        let RunHeader {
            identity, selected, ..
        } = header;
        let defect = identity
            .defect
            .as_ref()
            .map(|name| format!(", with the defect `{name}`"));
        self.line(&format!(
            "proofmark: {selected} scenario{} on {}{} ({})",
            if *selected == 1 { "" } else { "s" },
            identity.subject,
            defect.unwrap_or_default(),
            identity.terms()
        ))?;
        for remark in &header.remarks {
            self.line(&format!("  {remark}"))?;
        }
        if self.look.bar {
            let bar =
                ProgressBar::with_draw_target(Some(*selected as u64), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        Ok(())
    }

    fn probed(&mut self, outcome: &ProbeOutcome) -> io::Result<()> {
        self.starts_slowly = outcome.boot >= SLOW_START;
        if outcome.measured {
            let ready = if outcome.serves == Some(false) {
                "registers"
            } else {
                "ready"
            };
            self.line(&format!(
                "  probed: {ready} after {:.2} s, heartbeat every {:.2} s (measured; deadlines derive from it)",
                outcome.boot.as_secs_f64(),
                outcome.cadence.heartbeat.as_secs_f64()
            ))?;
        }
        if outcome.serves == Some(false) {
            self.line("  probed: the subject registers, but serves no agent card; scenarios that need it served are untestable")?;
        }
        if outcome.heartbeats == Some(false) {
            self.line("  probed: the subject sent no heartbeat")?;
        }
        for why in outcome.untriggered.values() {
            self.line(&format!(
                "  probed: {why}; scenarios that need it are untestable"
            ))?;
        }
        Ok(())
    }

    fn surveyed(&mut self, survey: &Survey) -> io::Result<()> {
        let points = survey.points.len();
        if let Some(bar) = &self.bar {
            bar.inc_length((points as u64).saturating_sub(1));
        }
        self.line(&format!(
            "  {}: {points} crash points found and played",
            survey.scenario
        ))
    }

    fn scenario(&mut self, report: &ScenarioReport) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(report.plan.name.clone());
        }
        let (name, judgement) = (&report.plan.name, &report.judgement);
        let verdict = judgement.verdict;
        let reason = judgement.reason.as_deref().unwrap_or_default();
        let word = if verdict == Verdict::NotApplicable {
            "N/A ".to_owned()
        } else {
            heading(verdict)
        };
        let word = self.painted(verdict, &word);
        match verdict {
            Verdict::Pass if self.look.every => self.line(&format!(
                "{word} {name} ({} ms)",
                report.duration.as_millis()
            )),
            Verdict::Pass => Ok(()),
            Verdict::Untestable if self.was_explained(report) => Ok(()),
            Verdict::Fail | Verdict::Warn if self.only_broke_known_rules(report) => Ok(()),
            Verdict::Inconclusive if report.journal.is_empty() => {
                let blame = judgement.blame.map_or("nobody", Blame::name);
                self.line(&format!(
                    "{word} {name}   blame: {blame}\n  because      {reason}"
                ))
            }
            _ if verdict == Verdict::NotApplicable || report.journal.is_empty() => {
                if self.look.every {
                    self.line(&format!("{word} {name}: {reason}"))
                } else {
                    Ok(())
                }
            }
            _ => {
                let text = self.context.failure(report);
                let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
                let first = self.painted(verdict, first);
                self.line(&format!("\n{first}\n{rest}"))
            }
        }
    }

    /// Whether another scenario could not be tried for the same reason; notes this one.
    fn was_explained(&mut self, report: &ScenarioReport) -> bool {
        let reason = report.judgement.reason.clone().unwrap_or_default();
        let names = self.untried.entry(reason).or_default();
        names.push(report.plan.name.clone());
        names.len() > 1
    }

    /// Whether nothing went wrong but always-on rules that were shown broken before; counts them.
    fn only_broke_known_rules(&mut self, report: &ScenarioReport) -> bool {
        let wrong =
            |finding: &&Finding| !matches!(finding.status, Verdict::Pass | Verdict::NotApplicable);
        let mut only_known = true;
        for finding in report.judgement.findings.iter().filter(wrong) {
            if finding.position.is_some() {
                only_known = false;
            } else {
                let rule = format!("{} ({})", finding.check, finding.requirements.join(", "));
                let times = self.broken_rules.entry(rule).or_default();
                only_known &= *times > 0;
                *times += 1;
            }
        }
        only_known
    }

    /// How often each broken rule was broken.
    fn broken_rules(&mut self) -> io::Result<()> {
        for (rule, times) in std::mem::take(&mut self.broken_rules) {
            if times > 1 {
                self.line(&format!(
                    "the rule {rule} is broken in {times} scenarios; one of them is shown above"
                ))?;
            }
        }
        Ok(())
    }

    /// The scenarios behind each reason that stopped more than one.
    fn untried(&mut self) -> io::Result<()> {
        for (reason, mut names) in std::mem::take(&mut self.untried) {
            if names.len() > 1 {
                names.sort();
                self.line(&format!(
                    "{} scenarios are untestable because {reason}:\n  {}",
                    names.len(),
                    names.join("\n  ")
                ))?;
            }
        }
        Ok(())
    }

    fn finished(&mut self, summary: &RunSummary) -> io::Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if let Some(reason) = &summary.nothing_judged {
            self.line(&format!("nothing was judged: {reason}"))?;
        } else {
            self.untried()?;
            self.broken_rules()?;
        }
        let with = |verdict| {
            summary
                .requirements
                .values()
                .filter(move |row| row.verdict == verdict)
        };
        let failed = with(Verdict::Fail).map(|row| row.id.as_str()).join(", ");
        if !failed.is_empty() {
            self.line(&format!("requirements violated: {failed}"))?;
        }
        for sentence in summary.waivers.sentences() {
            self.line(&sentence)?;
        }
        for left in &summary.left_behind {
            self.line(&format!(
                "left on the platform: {left}; give it back by `proofmark sweep`"
            ))?;
        }
        if self.starts_slowly {
            self.line(&format!(
                "starts of the subject took {:.1} s and what was played after them {:.1} s, summed over what ran side by side",
                summary.starting.as_secs_f64(),
                summary.playing.as_secs_f64()
            ))?;
        }
        let kept = with(Verdict::Pass).count();
        let code = exit::code_of(summary);
        let verdict = match code {
            exit::Exit::Conformant => Verdict::Pass,
            exit::Exit::NotConformant => Verdict::Fail,
            _ => Verdict::Inconclusive,
        };
        let text = format!("{}; {kept} requirements seen to be kept", sentence(summary));
        let text = self.painted(verdict, &text);
        self.line(&text)?;
        self.out.flush()
    }
}

/// The run in one sentence.
pub(super) fn sentence(summary: &RunSummary) -> String {
    let counts = summary.counts;
    let warned = if counts.flaky > 0 {
        format!("warned ({} flaky)", counts.flaky)
    } else {
        "warned".into()
    };
    let mut parts = vec![
        format!("{} passed", counts.passed),
        format!("{} failed", counts.failed),
    ];
    for (count, word) in [
        (counts.warned, warned.as_str()),
        (counts.inconclusive, "inconclusive"),
        (counts.untestable, "untestable"),
        (counts.not_applicable, "not applicable"),
    ] {
        if count > 0 || word == "inconclusive" {
            parts.push(format!("{count} {word}"));
        }
    }
    let verdict = match exit::code_of(summary) {
        exit::Exit::Conformant => "conformant",
        exit::Exit::StaleWaiver => "conformant, but a waiver must go",
        exit::Exit::NotConformant => "not conformant",
        exit::Exit::Interrupted => "interrupted",
        exit::Exit::LeftBehind => "something is left on the platform",
        exit::Exit::Invalid | exit::Exit::Incomplete => "incomplete",
    };
    format!(
        "{verdict}: {} in {:.2} s",
        parts.join(", "),
        summary.duration.as_secs_f64()
    )
}

impl<W: Write> Reporter for Console<W> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Started(header) => self.started(header),
            RunEvent::Probed(Ok(outcome)) => self.probed(outcome),
            RunEvent::Probed(Err(_)) => Ok(()),
            RunEvent::Surveyed(survey) => self.surveyed(survey),
            RunEvent::ScenarioStarted { name } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(name.clone());
                }
                Ok(())
            }
            RunEvent::ScenarioFinished(report) => self.scenario(report),
            RunEvent::Finished(summary) => self.finished(summary),
        }
    }
}
