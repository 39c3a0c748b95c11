//! The picture of a finding that is not a pass: where, what was expected, what was seen, the nearest miss, what happened around it, and how
//! to see it again.

use itertools::Itertools as _;
use protocol::Catalogue;
use protocol::journal::{Event, Fact};
use scenario::judge::{Finding, Verdict};
use scenario::plan::Position;

use super::journal_line::{journal_line, shorten};
use crate::runner::ScenarioReport;

/// How many events are shown before and after the one that matters.
const BEFORE: usize = 6;
const AFTER: usize = 3;

/// Every finding of a scenario that wants to be read, and the command that plays it again.
pub fn failure_text(report: &ScenarioReport, catalogue: &Catalogue, again: &str) -> String {
    let mut text = String::new();
    let plan = &report.plan;
    let judgement = &report.judgement;
    let blame = judgement
        .blame
        .map(|blame| format!("   blame: {}", blame.name()))
        .unwrap_or_default();
    line!(text, "{} {}{blame}", heading(judgement.verdict), plan.name);
    line!(text, "  {}", plan.title);
    if let Some(reason) = &judgement.reason {
        line!(text, "  because      {reason}");
    }
    for finding in &judgement.findings {
        if !matches!(finding.status, Verdict::Pass | Verdict::NotApplicable)
            && !merely_follows(finding)
        {
            describe(&mut text, &report.journal, finding, catalogue);
        }
    }
    let follow = judgement
        .findings
        .iter()
        .filter(|finding| merely_follows(finding))
        .count();
    if follow > 0 {
        line!(
            text,
            "\n  {follow} more check(s) of this scenario could not be tried after that"
        );
    }
    if judgement.verdict == Verdict::Untestable && !plan.needs.is_empty() {
        let takes_back = plan
            .needs
            .iter()
            .map(|need| format!("--without {need}"))
            .join(" ");
        line!(
            text,
            "  or           {} if the subject does not claim it",
            takes_back
        );
    }
    line!(text, "  again        {again}");
    text
}

/// Whether a finding only says that an earlier step kept it from being judged.
fn merely_follows(finding: &Finding) -> bool {
    finding.status == Verdict::Untestable && !finding.requirements.is_empty()
}

/// The word a verdict is announced with.
pub(super) fn heading(verdict: Verdict) -> String {
    verdict.name().to_uppercase().replace('-', " ")
}

fn describe(text: &mut String, journal: &[Event], finding: &Finding, catalogue: &Catalogue) {
    let ids = finding.requirements.join(", ");
    let level = finding
        .level
        .map(|level| format!(" {level}"))
        .unwrap_or_default();
    let judged = if ids.is_empty() {
        "precondition".to_owned()
    } else {
        ids
    };
    line!(
        text,
        "\n  {} {judged}{level}   {}",
        heading(finding.status).to_lowercase(),
        finding.check
    );
    for id in &finding.requirements {
        if let Some(requirement) = catalogue.find(id) {
            line!(text, "  requirement  {id}: {}", requirement.statement);
        }
    }
    line!(text, "  check        {}", finding.summary);
    line!(text, "  expected     {}", finding.expected);
    line!(text, "  seen         {}", finding.seen);
    if let Some(reason) = &finding.reason {
        line!(text, "  because      {reason}");
    }
    if let Some(blame) = finding.blame {
        line!(text, "  blame        {}", blame.name());
    }
    if let Some(miss) = &finding.nearest_miss {
        line!(
            text,
            "  nearest      #{} {}",
            miss.seq,
            shorten(&miss.what, 140)
        );
        for difference in &miss.differences {
            line!(
                text,
                "                 {}: expected {}, seen {}",
                difference.field,
                shorten(&difference.expected, 100),
                shorten(&difference.seen, 100)
            );
        }
    }
    if let Some(position) = &finding.position {
        picture(text, position);
    }
    around(text, journal, finding);
}

/// The line of the scenario with a caret below it.
fn picture(text: &mut String, position: &Position) {
    let Some(line) = position
        .source
        .text
        .lines()
        .nth(position.line.saturating_sub(1))
    else {
        return;
    };
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(position.column.saturating_sub(1));
    let rest = line
        .chars()
        .count()
        .saturating_sub(position.column.saturating_sub(1))
        .max(1);
    let carets = "^".repeat(position.span.len().clamp(1, rest));
    line!(text, "  {margin}--> {position}");
    line!(text, "  {margin} |");
    line!(text, "  {number} | {line}");
    line!(text, "  {margin} | {indent}{carets}");
}

fn around(text: &mut String, journal: &[Event], finding: &Finding) {
    let Some(seq) = finding.around else { return };
    let Some(middle) = journal.iter().position(|event| event.seq == seq) else {
        return;
    };
    let wanted = |event: &&Event| !matches!(event.fact, Fact::Stage(_));
    let before: Vec<&Event> = journal
        .iter()
        .take(middle)
        .rev()
        .filter(wanted)
        .take(BEFORE)
        .collect();
    let from_there = journal.iter().skip(middle).filter(wanted).take(AFTER + 1);
    line!(text, "  around");
    for event in before.into_iter().rev().chain(from_there) {
        let mark = if event.seq == seq { '>' } else { ' ' };
        line!(text, "   {mark} {}", shorten(&journal_line(event), 200));
    }
}
