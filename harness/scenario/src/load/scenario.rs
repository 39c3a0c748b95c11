//! One scenario file becomes one plan, or several when it has a matrix.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use itertools::Itertools as _;
use protocol::journal::CredentialFiles;
use protocol::{Capability, Overlay, Profile, RequirementId, Revision};
use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{
    Act, Action, CrashPoints, Peer, Plan, Readiness, Step, SubjectSetup, World, is_kebab_case,
    plain_text, read_steps, same_name, shape_of_steps, unknown_placeholders,
};
use crate::reading::{
    Covers, Field, Fragments, Read, Reader, Record, Requirements, Schema, Section, record,
    schema_of,
};
use crate::source::Source;
use crate::source::{Document, placeholders};
use crate::yaml::{Node, Text, parse};

/// A scenario file and what it may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Unit<'a> {
    /// The file.
    pub(crate) source: &'a Source,
    /// What may be used.
    pub(crate) fragments: &'a Fragments,
    /// What may be cited.
    pub(crate) requirements: Requirements<'a>,
}

record! {
    /// A scenario: one world, steps in it, and the requirements it judges.
    struct ScenarioFile {
        /// Its name in kebab case, equal to the file's stem.
        scenario: String,
        /// One sentence for people, without final period.
        title: String,
        /// The requirements it judges; each is cited by a step.
        covers: Vec<RequirementId> as Covers,
        /// The kinds of runtime it applies to; `container` and `external-push` unless said otherwise.
        profiles: Vec<Profile> = vec![Profile::Container, Profile::ExternalPush],
        /// What a runtime must claim besides.
        needs: Vec<Capability> = Vec::new(),
        /// The deployments it plays in, beside what its `platform` says already.
        overlays: Vec<Overlay> = Vec::new(),
        /// The revision from which on it applies: what it plays would mean nothing to a runtime that claims an earlier one.
        since: Revision = Revision::R0,
        /// Whether it may begin where other scenarios that say so have begun: it only needs a subject that runs, and leaves it as it was.
        shares_start: bool = false,
        /// The platform's side of the world.
        platform: World as Section,
        /// The subject's side of the world.
        subject: SubjectSetup as Section,
        /// Stubs of other workspaces by name.
        peers: BTreeMap<String, Peer> = BTreeMap::new(),
        /// Axes by name; the scenario is multiplied over their values, which replace `${matrix.NAME}` anywhere in the file.
        matrix: Vec<String> as Axes = Vec::new(),
        /// What is done and what must hold, in order.
        steps: Vec<Step> as Steps,
    }
}

/// The schema of a scenario file, draft 2020-12.
pub fn scenario_schema() -> Value {
    let description = "A scenario: one world, steps in it, and the requirements it judges.";
    schema_of("Proofmark scenario", description, ScenarioFile::fields)
}

/// The schema of a fragment file, draft 2020-12.
pub fn fragment_schema() -> Value {
    schema_of(
        "Proofmark fragment",
        "Steps that scenarios share through `use`.",
        || {
            let steps = "Steps; `${with.NAME}` stands for what the using step gives.";
            vec![
                Field::required::<String>(
                    "fragment",
                    "Its name in kebab case, equal to the file's stem.",
                ),
                Field {
                    shape: shape_of_steps,
                    ..Field::required::<String>("steps", steps)
                },
            ]
        },
    )
}

/// A list of steps.
struct Steps;

impl Read<Vec<Step>> for Steps {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        read_steps(reader.list(node)?, reader, &mut steps);
        Some(steps)
    }

    fn shape(schema: &mut Schema) -> Value {
        shape_of_steps(schema)
    }
}

/// The names of axes; their values were put into the text before it was read.
struct Axes;

impl Read<Vec<String>> for Axes {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
        let entries = reader.keys(node)?.map.entries();
        Some(
            entries
                .iter()
                .filter_map(|(name, values)| reader.list(values).map(|_| name.value.clone()))
                .collect(),
        )
    }

    fn shape(_: &mut Schema) -> Value {
        let values =
            json!({ "type": "array", "items": { "type": ["string", "number", "boolean"] } });
        json!({ "type": "object", "additionalProperties": values })
    }
}

/// One value for each axis.
type Choice = Vec<(String, String)>;

/// Reads, expands and checks a scenario; every mistake is reported once, whichever values of the matrix show it.
pub(crate) fn read_scenario(unit: Unit<'_>) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let veiled = parse(&Document::veiled(unit.source.clone())).map_err(|mistake| vec![*mistake])?;
    let axes = veiled.get("matrix").map(Node::entries).unwrap_or_default();
    let mut root = Reader::new(Document::plain(unit.source.clone()));
    let choices = choices(axes, &mut root);
    let mut diagnostics = root.into_diagnostics();
    let mut plans = Vec::new();
    for choice in choices {
        let document = Document::substituted(unit.source.clone(), |placeholder| {
            let chosen = choice.iter().find(|(axis, _)| *axis == placeholder.name);
            chosen
                .filter(|_| placeholder.family == "matrix")
                .map(|(_, value)| value.clone())
        });
        let mut reader = Reader::new(document);
        plans.extend(plan(unit, &choice, &mut reader));
        if plans.is_empty() && diagnostics.is_empty() {
            reader.report_not_understood(&veiled);
        }
        for diagnostic in reader.into_diagnostics() {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    diagnostics.sort_by_key(|it| {
        (
            it.file != unit.source.file,
            it.file.clone(),
            it.span.range.start,
        )
    });
    if diagnostics.is_empty() {
        Ok(plans)
    } else {
        Err(diagnostics)
    }
}

/// Every combination of the axes' values, the last axis fastest.
fn choices(axes: &[(Text, Node)], reader: &mut Reader<'_>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = vec![Vec::new()];
    let used = placeholders(&reader.document.source.text);
    let names: Vec<String> = axes.iter().map(|(axis, _)| axis.value.clone()).collect();
    unknown_placeholders("matrix", &names, reader);
    for (Text { value: axis, mark }, values) in axes {
        if !used
            .iter()
            .any(|placeholder| placeholder.family == "matrix" && placeholder.name == *axis)
        {
            let help =
                format!("write `${{matrix.{axis}}}` where its values belong, or take it away");
            reader
                .report(
                    Code::UnusedParameter,
                    mark,
                    format!("the axis `{axis}` is never used"),
                )
                .label("only declared")
                .help(help);
        }
        if values.elements().is_empty() {
            reader
                .report(
                    Code::EmptyAxis,
                    mark,
                    format!("the axis `{axis}` has no values"),
                )
                .label("multiplies the scenario by zero")
                .help("give it values, or take it away");
            continue;
        }
        let texts: Vec<String> = values
            .elements()
            .iter()
            .filter_map(|value| axis_value(value, reader))
            .collect();
        choices = choices
            .iter()
            .flat_map(|choice| {
                texts.iter().map(|text| {
                    let mut longer = choice.clone();
                    longer.push((axis.clone(), text.clone()));
                    longer
                })
            })
            .collect();
    }
    choices
}

fn axis_value(value: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = plain_text(&value.to_json());
    if text.is_none() {
        let message = "a value of an axis is not a word, number or boolean";
        reader
            .report(Code::EmptyAxis, &value.mark, message)
            .help("values are put into the text as written");
    }
    text
}

fn plan<'a>(unit: Unit<'a>, choice: &Choice, reader: &mut Reader<'a>) -> Option<Plan> {
    let node = match parse(&reader.document) {
        Ok(node) => node,
        // What follows from a placeholder without value is not reported.
        Err(_) if !placeholders(&reader.document.text).is_empty() => return None,
        Err(mistake) => {
            reader.push(*mistake);
            return None;
        }
    };
    let scope = &mut reader.scope;
    scope.requirements = Some(unit.requirements);
    scope.fragments = Some(unit.fragments);
    scope.file.clone_from(&unit.source.file);
    scope.peers = node
        .get("peers")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(name, _)| name.value.clone())
        .collect();
    reader.scope.later = captures(&node, &reader.document);
    let file: Option<ScenarioFile> = reader.record(&node);
    let stem = unit
        .source
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if let Some(name) = node.get("scenario") {
        same_name(name, &stem, "scenario", reader);
    }
    check_names(&node, reader);
    let file = file?;
    let shares_start = file.shares_start && shares_start(&file, &node, reader);
    if !reader.is_misshapen() {
        check_purpose(&node, reader);
        if let Some(covers) = node.get("covers") {
            reader.compare_covers(&file.covers, covers);
        }
    }
    let area = area(&unit.source.file);
    let axes = choice
        .iter()
        .map(|(axis, value)| format!("{axis}={value}"))
        .join(",");
    let suffix = if file.matrix.is_empty() {
        String::new()
    } else {
        format!("[{axes}]")
    };
    Some(Plan {
        name: format!("{area}/{}{suffix}", file.scenario),
        area,
        title: file.title,
        covers: file.covers,
        profiles: file.profiles,
        needs: file.needs,
        overlays: file.overlays,
        shares_start,
        since: file.since,
        world: World {
            peers: file.peers,
            ..file.platform
        },
        subject: file.subject,
        credential_files: CredentialFiles::default(),
        steps: file.steps,
        crash_points: reader
            .scope
            .crash_points
            .take()
            .map(|of| CrashPoints { of, only: None }),
        crash_point: None,
        texts: std::mem::take(&mut reader.scope.texts),
        source: unit.source.clone(),
    })
}

/// Checks the title and the names of the peers.
fn check_names(file: &Node, reader: &mut Reader<'_>) {
    if let Some(node) = file.get("title")
        && let Some(title) = reader.text(node)
    {
        let problem = if title.trim().is_empty() {
            Some("a title is blank")
        } else if title.trim_end().ends_with('.') {
            Some("a title ends with a period")
        } else if title.trim_end().contains('\n') {
            Some("a title has several lines")
        } else {
            None
        };
        if let Some(problem) = problem {
            let help = "write one sentence without final period";
            reader
                .report(Code::BadTitle, &node.mark, problem)
                .help(help);
        }
    }
    for (name, _) in file.get("peers").into_iter().flat_map(Node::entries) {
        if !is_kebab_case(&name.value) {
            let message = format!("`{}` is not in kebab case", name.value);
            reader
                .report(Code::BadName, &name.mark, message)
                .help("small letters, digits and single dashes");
        }
    }
}

/// Whether a scenario can share its start as it asks; only what leaves subject and stage as they were may.
fn shares_start(file: &ScenarioFile, node: &Node, reader: &mut Reader<'_>) -> bool {
    let is_plain_start = |step: &Step| match &step.action {
        Action::Act(Act::Start(start)) => {
            start.until == Readiness::Ready
                && start.within.is_none()
                && start.environment.is_empty()
        }
        _ => false,
    };
    let is_harmless = |step: &Step| {
        matches!(
            step.action,
            Action::Expect(_) | Action::Act(Act::Call(_) | Act::Tell(_) | Act::Trigger(_))
        )
    };
    let why = if let Some(step) = file.steps.iter().skip(1).find(|step| !is_harmless(step)) {
        format!(
            "`{}` changes the stage for those that come after it",
            step.summary
        )
    } else if !file.steps.first().is_none_or(is_plain_start) {
        "it does not begin with a plain `- start: {}`".into()
    } else if node
        .get("subject")
        .is_some_and(|subject| !subject.entries().is_empty())
    {
        "its `subject` is prepared in a way of its own".into()
    } else {
        return true;
    };
    let mark = node
        .get("shares-start")
        .map_or(&node.mark, |asked| &asked.mark);
    reader
        .report(
            Code::UnsharableStart,
            mark,
            "this scenario cannot share its start",
        )
        .label(why)
        .help("take `shares-start` away");
    false
}

fn check_purpose(file: &Node, reader: &mut Reader<'_>) {
    let mark = file.get("scenario").map_or(&file.mark, |name| &name.mark);
    if file
        .get("steps")
        .is_some_and(|steps| steps.elements().is_empty())
    {
        reader
            .report(Code::NoSteps, mark, "a scenario without steps")
            .help("begin with `- start: {}` and say what to expect");
    } else if !reader.scope.has_cited() {
        reader
            .report(Code::NoCheck, mark, "no step cites a requirement")
            .label("judges nothing")
            .help("write `cites: [..]` on the steps that judge a requirement of `covers`");
    }
}

/// The folder a file lies in.
fn area(file: &Path) -> String {
    file.parent()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Every name captured in the file, with its place in the author's text.
fn captures(file: &Node, document: &Document) -> BTreeMap<String, Range<usize>> {
    let mut found = BTreeMap::new();
    let steps = file
        .get("steps")
        .into_iter()
        .flat_map(Node::elements)
        .flat_map(Node::entries);
    for (name, _) in steps
        .filter_map(|(_, step)| step.get("capture"))
        .flat_map(Node::entries)
    {
        found
            .entry(name.value.clone())
            .or_insert_with(|| document.original(&name.mark));
    }
    found
}
