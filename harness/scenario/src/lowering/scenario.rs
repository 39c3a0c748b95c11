//! One scenario file becomes one plan, or several when it has a matrix.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use protocol::{Profile, Revision};
use serde_json::Value;

use super::context::{Context, Fragments};
use super::mistake::shape_mistake;
use super::requirement::Requirements;
use super::scope::Scope;
use super::step::plain_text;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::{
    Entries, Located, MatrixProbe, ScenarioFile, Step as Written, SubjectSection, Text, parse,
};
use crate::load::{Document, placeholders};
use crate::plan::{Act, Action, Plan, Readiness, Source, Step};

/// The kinds of runtime that speak the whole contract.
const DEFAULT_PROFILES: [Profile; 2] = [Profile::Container, Profile::ExternalPush];

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

/// One value for each axis.
type Choice = Vec<(String, String)>;

/// Reads, expands and checks a scenario; every mistake is reported once, whichever values of the matrix show it.
pub(crate) fn lower(unit: Unit<'_>) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let veiled = Document::veiled(unit.source);
    let original = Document::plain(unit.source.clone());
    let probe: MatrixProbe = match parse(&veiled) {
        Ok(probe) => probe,
        Err(mistake) => return Err(vec![shape_mistake(&original, mistake)]),
    };
    let mut root = context(unit, original);
    let choices = root.choices(&probe.matrix);
    let mut diagnostics = std::mem::take(&mut root.diagnostics);
    let mut plans = Vec::new();
    for choice in choices {
        let document = Document::substituted(unit.source.clone(), |placeholder| {
            let chosen = choice.iter().find(|(axis, _)| *axis == placeholder.name);
            chosen.filter(|_| placeholder.family == "matrix").map(|(_, value)| value.clone())
        });
        let mut context = context(unit, document);
        let plan = context.plan(&choice, probe.matrix.is_empty());
        for diagnostic in context.diagnostics {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
        plans.extend(plan);
    }
    diagnostics.sort_by_key(|it| (it.file != unit.source.file, it.file.clone(), it.span.range.start));
    if diagnostics.is_empty() { Ok(plans) } else { Err(diagnostics) }
}

fn context(unit: Unit<'_>, document: Document) -> Context<'_> {
    Context {
        requirements: unit.requirements,
        fragments: unit.fragments,
        file: unit.source.file.clone(),
        document: Arc::new(document),
        inserting: Vec::new(),
        scope: Scope::default(),
        steps: Vec::new(),
        crash_points: None,
        cited: Vec::new(),
        diagnostics: Vec::new(),
    }
}

impl Context<'_> {
    /// Every combination of the axes' values, the last axis fastest.
    fn choices(&mut self, matrix: &Entries<Vec<Located<Value>>>) -> Vec<Choice> {
        let mut choices: Vec<Choice> = vec![Vec::new()];
        let used = placeholders(&self.document.source.text);
        let axes: Vec<String> = matrix.names().map(str::to_owned).collect();
        self.unknown_placeholders("matrix", &axes);
        for (axis, values) in matrix.iter() {
            if !used
                .iter()
                .any(|placeholder| placeholder.family == "matrix" && placeholder.name == axis.value)
            {
                let message = format!("the axis `{}` is never used", axis.value);
                let help =
                    format!("write `${{matrix.{}}}` where its values belong, or take it away", axis.value);
                self.report(Code::UnusedParameter, axis, message, |it| it.label("only declared").help(help));
            }
            if values.is_empty() {
                let message = format!("the axis `{}` has no values", axis.value);
                self.report(Code::EmptyAxis, axis, message, |it| {
                    it.label("multiplies the scenario by zero").help("give it values, or take it away")
                });
                continue;
            }
            let texts: Vec<String> = values.iter().filter_map(|value| self.axis_value(value)).collect();
            choices = choices
                .iter()
                .flat_map(|choice| {
                    texts.iter().map(|text| {
                        let mut longer = choice.clone();
                        longer.push((axis.value.clone(), text.clone()));
                        longer
                    })
                })
                .collect();
        }
        choices
    }

    fn axis_value(&mut self, value: &Located<Value>) -> Option<String> {
        let text = plain_text(&value.value);
        if text.is_none() {
            self.report(
                Code::EmptyAxis,
                value,
                "a value of an axis is not a word, number or boolean",
                |it| it.help("values are put into the text as written"),
            );
        }
        text
    }

    /// Reports placeholders of this family without a value, and those of the other family, which has no place here.
    pub(crate) fn unknown_placeholders(&mut self, family: &str, names: &[String]) {
        for placeholder in placeholders(&self.document.source.text.clone()) {
            if placeholder.family == family && names.contains(&placeholder.name) {
                continue;
            }
            let written = format!("${{{}.{}}}", placeholder.family, placeholder.name);
            let help = if placeholder.family == family {
                did_you_mean(&placeholder.name, names.iter().map(String::as_str)).unwrap_or_else(|| {
                    match family {
                        "matrix" => format!("declare it: `matrix: {{ {}: [..] }}`", placeholder.name),
                        _ => format!(
                            "give it where the fragment is used: `with: {{ {}: .. }}`",
                            placeholder.name
                        ),
                    }
                })
            } else if family == "matrix" {
                "`${with.NAME}` belongs into fragments".into()
            } else {
                "a fragment takes what it needs by `${with.NAME}`; pass `\"${matrix.NAME}\"` under `with`"
                    .into()
            };
            let source = self.document.source.clone();
            let diagnostic = Diagnostic::new(
                Code::UnknownSubstitution,
                &source,
                placeholder.range,
                format!("nothing gives `{written}` a value"),
            )
            .label("stays empty")
            .help(help);
            self.push(diagnostic);
        }
    }

    fn plan(&mut self, choice: &Choice, single: bool) -> Option<Plan> {
        let document = Arc::clone(&self.document);
        let file: ScenarioFile = match parse(&document.text) {
            Ok(file) => file,
            Err(mistake) => {
                self.push_shape(mistake);
                return None;
            }
        };
        let stem = stem(&self.file);
        self.same_name(&file.scenario, &stem, "scenario");
        self.check_title(&file.title);
        self.scope.peers = file.peers.names().map(str::to_owned).collect();
        self.check_peer_names(&file);
        let world = self.world(&file.platform, &file.peers);
        let subject = self.subject(&file.subject);
        let profiles = match &file.profiles {
            None => DEFAULT_PROFILES.to_vec(),
            Some(words) => words.iter().filter_map(|word| self.checked_word(word)).collect(),
        };
        let needs = file.needs.iter().filter_map(|word| self.checked_word(word)).collect();
        let overlays = file.overlays.iter().filter_map(|word| self.checked_word(word)).collect();
        let since = self.word(file.since.as_ref(), Revision::R0);
        let covers = self.requirement_ids(&file.covers);
        self.scope.later = captures(&file.steps, &document);
        self.steps(&file.steps);
        let shares_start = self.shares_start(&file);
        self.check_purpose(&file);
        self.compare_covers(&file.covers, &covers);
        let area = area(&self.file);
        let axes: Vec<_> = choice.iter().map(|(axis, value)| format!("{axis}={value}")).collect();
        let suffix = if single { String::new() } else { format!("[{}]", axes.join(",")) };
        Some(Plan {
            name: format!("{area}/{}{suffix}", file.scenario.value),
            area,
            title: file.title.value,
            covers,
            profiles,
            needs,
            overlays,
            shares_start,
            since,
            world,
            subject,
            steps: std::mem::take(&mut self.steps),
            crash_points: self.crash_points.take(),
            crash_point: None,
            source: document.source.clone(),
        })
    }

    fn check_title(&mut self, title: &Text) {
        let problem = if title.value.trim().is_empty() {
            "a title is blank"
        } else if title.value.trim_end().ends_with('.') {
            "a title ends with a period"
        } else if title.value.trim_end().contains('\n') {
            "a title has several lines"
        } else {
            return;
        };
        self.report(Code::BadTitle, title, problem, |it| it.help("write one sentence without final period"));
    }

    fn check_peer_names(&mut self, file: &ScenarioFile) {
        for (name, _) in file.peers.iter() {
            if !super::world::is_kebab_case(&name.value) {
                let message = format!("`{}` is not in kebab case", name.value);
                self.report(Code::BadName, name, message, |it| {
                    it.help("small letters, digits and single dashes")
                });
            }
        }
    }

    /// Whether it shares its start; only what leaves subject and stage as they were may.
    fn shares_start(&mut self, file: &ScenarioFile) -> bool {
        let Some(asked) = file.shares_start.as_ref().filter(|asked| asked.value) else { return false };
        let plain_start = |step: &Step| match &step.action {
            Action::Act(Act::Start(start)) => {
                start.until == Readiness::Ready && start.within.is_none() && start.environment.is_empty()
            }
            _ => false,
        };
        let harmless = |step: &Step| {
            matches!(
                step.action,
                Action::Expect(_) | Action::Act(Act::Call(_) | Act::Tell(_) | Act::Trigger(_))
            )
        };
        let begins = self.steps.first().is_none_or(plain_start);
        let changed = self.steps.iter().skip(1).find(|step| !harmless(step)).map(|step| step.summary.clone());
        let is_plain = file.subject == SubjectSection::default();
        let why = match changed {
            Some(summary) => format!("`{summary}` changes the stage for those that come after it"),
            None if !begins => "it does not begin with a plain `- start: {}`".into(),
            None if !is_plain => "its `subject` is prepared in a way of its own".into(),
            None => return true,
        };
        self.report(Code::UnsharableStart, asked, "this scenario cannot share its start", |it| {
            it.label(why).help("take `shares-start` away")
        });
        false
    }

    fn check_purpose(&mut self, file: &ScenarioFile) {
        if file.steps.is_empty() {
            self.report(Code::NoSteps, &file.scenario, "a scenario without steps", |it| {
                it.help("begin with `- start: {}` and say what to expect")
            });
        } else if self.cited.is_empty() {
            self.report(Code::NoCheck, &file.scenario, "no step cites a requirement", |it| {
                it.label("judges nothing")
                    .help("write `cites: [..]` on the steps that judge a requirement of `covers`")
            });
        }
    }
}

/// The file's name without its ending.
fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The folder a file lies in.
fn area(file: &Path) -> String {
    file.parent()
        .and_then(Path::file_name)
        .map(|area| area.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Every name captured in the file, with its place in the author's text.
fn captures(steps: &[Located<Written>], document: &Document) -> BTreeMap<String, Range<usize>> {
    let mut found = BTreeMap::new();
    for step in steps {
        let entries = match &step.value {
            Written::Call(call) => &call.capture,
            Written::Tell(tell) => &tell.capture,
            Written::Expect(check) | Written::Never(check) | Written::Always(check) => &check.capture,
            _ => continue,
        };
        for (name, _) in entries.iter() {
            found.entry(name.value.clone()).or_insert_with(|| document.original(&name.mark));
        }
    }
    found
}
