//! The shape of a waiver file, and its mistakes.

use std::path::PathBuf;
use std::sync::Arc;

use protocol::{Catalogue, RequirementId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Target, Waiver, Waivers, is_scenario};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::judge::{Waived, rules};
use crate::language::{Located, Text, parse as parse_yaml};
use crate::load::Document;
use crate::lowering::shape_mistake;
use crate::plan::{Plan, Source};

/// A waiver file's text, and the name it is shown under.
#[derive(Debug, Clone)]
pub struct WaiverSource {
    /// The file as typed.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WaiverFile {
    /// What is known to fail; stale as soon as it passes.
    #[serde(default)]
    waivers: Vec<Located<WaiverSection>>,
    /// What is known to fail now and then; a pass proves nothing.
    #[serde(default)]
    flaky: Vec<Located<WaiverSection>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WaiverSection {
    /// The requirement that is not kept.
    #[serde(default)]
    requirement: Option<Text>,
    /// The only check that fails.
    #[serde(default)]
    check: Option<Text>,
    /// Why that is accepted.
    reason: Text,
    /// Who answers for it.
    owner: Text,
    /// Where it is tracked.
    issue: Text,
    /// The last day it holds, `YYYY-MM-DD`.
    expires: Text,
}

/// How a text begins that a draft leaves to its author; a file with such a text is refused.
pub const FILL_IN: &str = "FILL IN";

/// The schema of a waiver file, draft 2020-12.
pub fn schema() -> serde_json::Value {
    crate::schema::schema_of::<WaiverFile>("Proofmark waivers")
}

/// Reads a waiver file; a requirement or check that does not exist is a mistake like any other.
pub fn parse(
    source: &WaiverSource,
    catalogue: &Catalogue,
    plans: &[&Plan],
) -> Result<Waivers, Vec<Diagnostic>> {
    let plain = Source { file: source.file.clone(), text: Arc::from(source.text.as_str()) };
    let document = Document::plain(plain.clone());
    let file: WaiverFile =
        parse_yaml(&source.text).map_err(|mistake| vec![shape_mistake(&document, mistake)])?;
    let mut diagnostics = Vec::new();
    let mut waivers: Vec<Waiver> = Vec::new();
    let sections = [(&file.waivers, Waived::Expected), (&file.flaky, Waived::Flaky)];
    for (section, kind) in
        sections.into_iter().flat_map(|(sections, kind)| sections.iter().map(move |section| (section, kind)))
    {
        match waiver(section, kind, catalogue, plans, &plain) {
            Ok(waiver) if waivers.iter().any(|other| other.target == waiver.target) => {
                diagnostics.push(repeated(section, &waiver, &plain));
            }
            Ok(waiver) => waivers.push(waiver),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if diagnostics.is_empty() { Ok(Waivers(waivers)) } else { Err(diagnostics) }
}

/// Two entries for one thing could disagree about its kind and its day.
fn repeated(section: &Located<WaiverSection>, waiver: &Waiver, source: &Source) -> Diagnostic {
    let written = &section.value;
    let mark =
        written.requirement.as_ref().or(written.check.as_ref()).map_or(&section.mark, |text| &text.mark);
    let message = format!("`{}` has an entry already", waiver.target.name());
    Diagnostic::new(Code::BadValue, source, mark.clone(), message)
        .help("keep one: under `waivers` what always fails, under `flaky` what fails now and then")
}

fn waiver(
    section: &Located<WaiverSection>,
    kind: Waived,
    catalogue: &Catalogue,
    plans: &[&Plan],
    source: &Source,
) -> Result<Waiver, Box<Diagnostic>> {
    let written = &section.value;
    let report = |code, at: &Text, message: String| Diagnostic::new(code, source, at.mark.clone(), message);
    let target = match (&written.requirement, &written.check) {
        (Some(text), None) => Target::Requirement(known_requirement(text, catalogue, &report)?),
        (None, Some(text)) => Target::Check(known_check(text, plans, &report)?),
        _ => {
            let message = "a waiver is for one requirement or for one check";
            let diagnostic = Diagnostic::new(Code::MissingKey, source, section.mark.clone(), message);
            return Err(Box::new(diagnostic.help("give it exactly one of `requirement` and `check`")));
        }
    };
    for text in [&written.reason, &written.owner, &written.issue, &written.expires] {
        if text.value.trim_start().starts_with(FILL_IN) {
            let diagnostic = report(Code::BadValue, text, "a draft's placeholder is still here".into());
            return Err(Box::new(
                diagnostic.help("write what it asks for: nobody has answered for this yet"),
            ));
        }
    }
    for text in [&written.reason, &written.owner, &written.issue] {
        if text.value.trim().is_empty() {
            let diagnostic = report(Code::BadValue, text, "a waiver that says nothing here".into());
            return Err(Box::new(diagnostic.help("somebody must be able to answer for it")));
        }
    }
    if !is_date(&written.expires.value) {
        let message = format!("`{}` is not a day", written.expires.value);
        return Err(Box::new(
            report(Code::BadValue, &written.expires, message).help("write it as `2027-01-31`"),
        ));
    }
    Ok(Waiver {
        target,
        reason: written.reason.value.trim().to_owned(),
        owner: written.owner.value.trim().to_owned(),
        issue: written.issue.value.trim().to_owned(),
        expires: written.expires.value.clone(),
        kind,
    })
}

fn known_requirement(
    text: &Text,
    catalogue: &Catalogue,
    report: &impl Fn(Code, &Text, String) -> Diagnostic,
) -> Result<RequirementId, Box<Diagnostic>> {
    let id = RequirementId::new(text.value.as_str());
    if catalogue.find(&id).is_some() {
        return Ok(id);
    }
    let message = format!("no requirement has the number `{}`", text.value);
    Err(Box::new(
        report(Code::UnknownRequirement, text, message).help("`proofmark list --requirements` names them"),
    ))
}

/// A rule, or a scenario and one of its steps.
fn known_check(
    text: &Text,
    plans: &[&Plan],
    report: &impl Fn(Code, &Text, String) -> Diagnostic,
) -> Result<String, Box<Diagnostic>> {
    let is_known = match text.value.split_once(' ') {
        None => {
            rules().iter().any(|rule| rule.name == text.value)
                || plans.iter().any(|plan| is_scenario(&text.value, &plan.name))
        }
        Some((scenario, step)) => plans.iter().any(|plan| {
            let is_point = plan.crash_points.is_some()
                && scenario.strip_prefix(&plan.name).is_some_and(|rest| rest.starts_with('['));
            (plan.name == scenario || is_point) && plan.steps.iter().any(|known| known.check() == step)
        }),
    };
    if is_known {
        return Ok(text.value.clone());
    }
    let names = rules().iter().map(|rule| rule.name).chain(plans.iter().map(|plan| plan.name.as_str()));
    let wanted = text.value.split(' ').next().unwrap_or_default();
    let help = did_you_mean(wanted, names).filter(|help| !help.starts_with("known")).unwrap_or_else(|| {
        "write a rule's name, or a scenario and a step: `token/stored-exactly step-02`".into()
    });
    let message = format!("there is no check `{}`", text.value);
    Err(Box::new(report(Code::UnknownWord, text, message).help(help)))
}

/// Four digits, two, and two, as a day of a month can be.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, length: usize, range: std::ops::RangeInclusive<u32>| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|number| range.contains(&number))
    };
    matches!(parts.as_slice(), [year, month, day]
        if number(year, 4, 2000..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31))
}
