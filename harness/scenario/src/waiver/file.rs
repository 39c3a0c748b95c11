//! The shape of a waiver file, and its mistakes.

use std::ops::Range;

use protocol::{Catalogue, RequirementId};
use time::{Date, format_description};

use super::{Target, Waiver, Waivers, is_scenario};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::judge::{Waived, rules};
use crate::plan::Plan;
use crate::reading::{Reader, Record, record, schema_of};
use crate::source::Source;
use crate::yaml::Node;

record! {
    /// What is known to fail, and who answers for it.
    struct WaiverFile {
        /// What is known to fail; stale as soon as it passes.
        waivers: Vec<WaiverSection> = Vec::new(),
        /// What is known to fail now and then; a pass proves nothing.
        flaky: Vec<WaiverSection> = Vec::new(),
    }

    /// One expected failure; for one requirement or for one check.
    struct WaiverSection {
        /// The requirement that is not kept.
        requirement: Option<String>,
        /// The only check that fails.
        check: Option<String>,
        /// Why that is accepted.
        reason: String,
        /// Who answers for it.
        owner: String,
        /// Where it is tracked.
        issue: String,
        /// The last day it holds, `YYYY-MM-DD`.
        expires: String,
    }
}

/// How a text begins that a draft leaves to its author; a file with such a text is refused.
pub const FILL_IN: &str = "FILL IN";

/// The schema of a waiver file, draft 2020-12.
pub fn schema() -> serde_json::Value {
    schema_of(
        "Proofmark waivers",
        "What is known to fail, and who answers for it.",
        WaiverFile::fields,
    )
}

/// Reads a waiver file; a requirement or check that does not exist is a mistake like any other.
pub fn parse(
    source: &Source,
    catalogue: &Catalogue,
    plans: &[&Plan],
) -> Result<Waivers, Vec<Diagnostic>> {
    Reader::file(source.clone(), |file: WaiverFile, node, reader| {
        let mut waivers: Vec<Waiver> = Vec::new();
        let lists = [
            ("waivers", file.waivers, Waived::Expected),
            ("flaky", file.flaky, Waived::Flaky),
        ];
        for (key, sections, kind) in lists {
            let nodes = node.get(key).into_iter().flat_map(Node::elements);
            for (section, node) in sections.into_iter().zip(nodes) {
                let Some(waiver) = waiver(section, kind, (catalogue, plans), node, reader) else {
                    continue;
                };
                if waivers.iter().any(|other| other.target == waiver.target) {
                    repeated(&waiver, node, reader);
                }
                waivers.push(waiver);
            }
        }
        Waivers(waivers)
    })
}

/// Where a key of an entry stands.
fn place<'n>(entry: &'n Node, key: &str) -> &'n Range<usize> {
    entry.get(key).map_or(&entry.mark, |node| &node.mark)
}

/// Two entries for one thing could disagree about its kind and its day.
fn repeated(waiver: &Waiver, entry: &Node, reader: &mut Reader<'_>) {
    let key = match waiver.target {
        Target::Requirement(_) => "requirement",
        Target::Check(_) => "check",
    };
    let message = format!("`{}` has an entry already", waiver.target.name());
    reader
        .report(Code::BadValue, place(entry, key), message)
        .help("keep one: under `waivers` what always fails, under `flaky` what fails now and then");
}

fn waiver(
    section: WaiverSection,
    kind: Waived,
    (catalogue, plans): (&Catalogue, &[&Plan]),
    entry: &Node,
    reader: &mut Reader<'_>,
) -> Option<Waiver> {
    let WaiverSection {
        requirement,
        check,
        reason,
        owner,
        issue,
        expires,
    } = section;
    let mut bad_value = |key: &str, message: &str, help: &str| {
        reader
            .report(Code::BadValue, place(entry, key), message)
            .help(help);
    };
    for (key, text) in [
        ("reason", &reason),
        ("owner", &owner),
        ("issue", &issue),
        ("expires", &expires),
    ] {
        if text.trim_start().starts_with(FILL_IN) {
            let help = "write what it asks for: the draft is not complete yet";
            bad_value(key, "a draft's placeholder is still here", help);
        } else if key == "expires" && !is_date(text) {
            bad_value(
                key,
                &format!("`{text}` is not a day"),
                "write it as `2027-01-31`",
            );
        } else if text.trim().is_empty() {
            bad_value(
                key,
                "a waiver that says nothing here",
                "a waiver must say why, by whom and where",
            );
        }
    }
    let target = match (requirement, check) {
        (Some(id), None) => Target::Requirement(known_requirement(&id, catalogue, entry, reader)?),
        (None, Some(check)) => Target::Check(known_check(check, plans, entry, reader)?),
        _ => {
            let message = "a waiver is for one requirement or for one check";
            reader
                .report(Code::MissingKey, &entry.mark, message)
                .help("give it exactly one of `requirement` and `check`");
            return None;
        }
    };
    let trimmed = |text: &str| text.trim().to_owned();
    let (reason, owner, issue) = (trimmed(&reason), trimmed(&owner), trimmed(&issue));
    Some(Waiver {
        kind,
        target,
        reason,
        owner,
        issue,
        expires,
    })
}

fn known_requirement(
    text: &str,
    catalogue: &Catalogue,
    entry: &Node,
    reader: &mut Reader<'_>,
) -> Option<RequirementId> {
    let id = RequirementId::new(text);
    if catalogue.find(&id).is_none() {
        let message = format!("no requirement has the number `{text}`");
        reader
            .report(
                Code::UnknownRequirement,
                place(entry, "requirement"),
                message,
            )
            .help("`proofmark list --requirements` names them");
        return None;
    }
    Some(id)
}

/// A rule, or a scenario and one of its steps.
fn known_check(
    check: String,
    plans: &[&Plan],
    entry: &Node,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let is_known = match check.split_once(' ') {
        None => {
            rules().iter().any(|rule| rule.name == check)
                || plans.iter().any(|plan| is_scenario(&check, &plan.name))
        }
        Some((scenario, step)) => plans.iter().any(|plan| {
            let is_point = plan.crash_points.is_some()
                && scenario
                    .strip_prefix(&plan.name)
                    .is_some_and(|rest| rest.starts_with('['));
            (plan.name == scenario || is_point)
                && plan.steps.iter().any(|known| known.check() == step)
        }),
    };
    if is_known {
        return Some(check);
    }
    let names = rules()
        .iter()
        .map(|rule| rule.name)
        .chain(plans.iter().map(|plan| plan.name.as_str()));
    let wanted = check.split(' ').next().unwrap_or_default();
    let help = did_you_mean(wanted, names)
        .filter(|help| !help.starts_with("known"))
        .unwrap_or_else(|| {
            "write a rule's name, or a scenario and a step: `token/stored-exactly step-02`".into()
        });
    reader
        .report(
            Code::UnknownWord,
            place(entry, "check"),
            format!("there is no check `{check}`"),
        )
        .help(help);
    None
}

/// Whether a text is a day as `2027-01-31`.
fn is_date(text: &str) -> bool {
    let day = format_description::parse_borrowed::<2>("[year]-[month]-[day]");
    text.len() == 10 && text >= "2000" && day.is_ok_and(|day| Date::parse(text, &day).is_ok())
}
