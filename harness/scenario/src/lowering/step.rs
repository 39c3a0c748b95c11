//! Steps become acts and expectations; fragments are inserted on the way.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::check::Tense;
use super::context::Context;
use super::scope::Labelled;
use crate::diagnostic::{Code, did_you_mean};
use crate::language::{
    Check, Entries, Feed as WrittenFeed, FragmentFile, Launch, Located, OutageMoment, Step as Written, Text,
    Use, parse,
};
use crate::load::Document;
use crate::plan::{
    Act, Action, Configs, Feed, How, Readiness, Reprovision, Restart, RotateToken, Start, Step, Template,
};

impl Context<'_> {
    /// Steps in order; each may refer to what the earlier ones left.
    pub(crate) fn steps(&mut self, list: &[Located<Written>]) {
        for written in list {
            if let Written::Use(fragment) = &written.value {
                self.insert(fragment, &written.mark);
                continue;
            }
            let action = self.action(&written.value, &written.mark);
            let label = label(&written.value);
            if let Some(label) = label {
                self.remember_label(label, is_fault(&written.value));
            }
            if let Some(action) = action {
                self.steps.push(Step {
                    index: self.steps.len(),
                    position: self.position(&written.mark),
                    label: label.map(|label| label.value.clone()),
                    action,
                    summary: written.value.summary(),
                });
            }
        }
    }

    fn action(&mut self, written: &Written, mark: &Range<usize>) -> Option<Action> {
        let act = match written {
            Written::Expect(check) => return self.expect(check, Tense::Expect, mark),
            Written::Never(check) => return self.expect(check, Tense::Never, mark),
            Written::Always(check) => return self.expect(check, Tense::Always, mark),
            Written::Use(_) => return None,
            Written::Start(launch) => {
                let start = self.launch(launch);
                self.scope.started = true;
                Act::Start(start)
            }
            Written::Stop(stop) => {
                self.must_be_started(mark);
                Act::Stop { within: self.duration(stop.within.as_ref()) }
            }
            Written::Crash(_) => {
                self.must_be_started(mark);
                Act::Crash
            }
            Written::Restart(restart) => {
                self.must_be_started(mark);
                let launch = Launch {
                    until: restart.until.clone(),
                    within: restart.within.clone(),
                    environment: restart.environment.clone(),
                };
                Act::Restart(Restart {
                    how: self.word(restart.how.as_ref(), How::default()),
                    configs: self.word(restart.configs.as_ref(), Configs::Kept),
                    start: self.launch(&launch),
                })
            }
            Written::Reprovision(reprovision) => {
                self.must_be_started(mark);
                let launch = Launch {
                    until: reprovision.until.clone(),
                    within: reprovision.within.clone(),
                    environment: reprovision.environment.clone(),
                };
                Act::Reprovision(Reprovision {
                    configs: self.word(reprovision.configs.as_ref(), Configs::Emptied),
                    start: self.launch(&launch),
                })
            }
            Written::RotateToken(rotate) => {
                Act::RotateToken(RotateToken { on_disk: rotate.on_disk.unwrap_or(true) })
            }
            Written::RevokeTokens(_) => Act::RevokeTokens,
            Written::RotateSecret(_) => Act::RotateSecret,
            Written::ClearSecret(_) => Act::ClearSecret,
            Written::RemoveWorkspace(_) => Act::RemoveWorkspace,
            Written::Fault(fault) => Act::Fault(self.fault(fault, mark)?),
            Written::DiskFault(fault) => Act::DiskFault(self.disk_fault(fault, mark)?),
            Written::CrashAt(crash) => self.crash_at(crash, mark)?,
            Written::Lift(lift) => {
                if let Some(label) = &lift.fault {
                    self.label_known(label, true);
                }
                Act::Lift(lift.fault.as_ref().map(|label| label.value.clone()))
            }
            Written::Outage(moment) => match self.checked_word(moment)? {
                OutageMoment::Begins => Act::OutageBegins,
                OutageMoment::Ends => Act::OutageEnds,
            },
            Written::Call(call) => Act::Call(Box::new(self.call(call, mark)?)),
            Written::Tell(tell) => Act::Tell(Box::new(self.tell(tell, mark))),
            Written::Trigger(trigger) => Act::Trigger(self.trigger(trigger)?),
            Written::PruneActivity(_) => Act::PruneActivity,
            Written::Plant(plant) => match (&plant.read_only, &plant.full) {
                (Some(directory), None) if self.is_one_kind(plant, mark) => {
                    Act::DiskFault(self.refusing_directory(directory, plant.label.as_ref(), false))
                }
                (None, Some(directory)) if self.is_one_kind(plant, mark) => {
                    Act::DiskFault(self.refusing_directory(directory, plant.label.as_ref(), true))
                }
                _ => Act::Plant(self.plant(plant, mark)?),
            },
            Written::Remove(remove) => Act::Remove(self.path(&remove.path)),
            Written::FeedDelegation(feed) => Act::Feed(self.feed(feed)),
            Written::Peer(peer) => {
                if !self.scope.peers.contains(&peer.name.value) {
                    self.unknown_peer(&peer.name.value, &peer.name.mark);
                }
                Act::Peer { name: peer.name.value.clone(), answers: self.peer_answer(&peer.answers) }
            }
        };
        Some(Action::Act(act))
    }

    fn expect(&mut self, check: &Check, tense: Tense, mark: &Range<usize>) -> Option<Action> {
        self.expectation(check, tense, mark).map(Action::Expect)
    }

    fn launch(&mut self, launch: &Launch) -> Start {
        Start {
            until: self.word(launch.until.as_ref(), Readiness::default()),
            within: self.duration(launch.within.as_ref()),
            environment: self.environment(&launch.environment),
        }
    }

    fn feed(&mut self, feed: &WrittenFeed) -> Feed {
        let status = Self::literal(feed.status.as_ref(), "completed");
        if let Some(text) =
            feed.status.as_ref().filter(|text| !["completed", "failed"].contains(&text.value.as_str()))
        {
            self.report(Code::UnknownWord, text, format!("unknown status `{}`", text.value), |it| {
                it.maybe_help(did_you_mean(&text.value, ["completed", "failed"]))
            });
        }
        Feed {
            delegation: self.template(&feed.delegation),
            source: self.maybe_template(feed.source.as_ref()).unwrap_or_else(|| Template {
                pieces: vec![crate::plan::Piece::Variable("workspace".into())],
            }),
            target: self.template(&feed.target),
            status,
            summary: self.template_or_empty(feed.summary.as_ref()),
            response_preview: self.maybe_template(feed.response_preview.as_ref()),
            error: self.maybe_template(feed.error.as_ref()),
        }
    }

    /// Reports a step that needs the subject before any step started it.
    pub(crate) fn must_be_started(&mut self, mark: &Range<usize>) {
        if !self.scope.started {
            self.report_at(
                Code::NotStarted,
                mark,
                "this step needs the subject, which nothing has started",
                |it| it.label("the subject does not run yet").help("put `- start: {}` before it"),
            );
            // One report is enough; the author knows now.
            self.scope.started = true;
        }
    }

    fn remember_label(&mut self, label: &Text, is_fault: bool) {
        let place = (!self.in_fragment()).then(|| self.document.original(&label.mark));
        let labelled = Labelled { place, is_fault };
        if let Some(before) = self.scope.labels.insert(label.value.clone(), labelled) {
            let in_scenario = if self.in_fragment() {
                // The fragment is shown, and it may be the scenario that uses it twice.
                format!(" in `{}`", self.file.display())
            } else {
                String::new()
            };
            let message = format!("two steps have the label `{}`{in_scenario}", label.value);
            let in_fragment = self.in_fragment();
            self.report(Code::RepeatedLabel, label, message, |it| {
                let it = it.label("again here").help("take another label");
                match before.place.filter(|_| !in_fragment) {
                    Some(place) => it.context(place, "first here"),
                    None => it,
                }
            });
        }
    }

    /// Reports a label that no earlier step has; `lift` needs a fault's.
    pub(crate) fn label_known(&mut self, label: &Text, fault: bool) {
        let known: Vec<String> = self
            .scope
            .labels
            .iter()
            .filter(|(_, labelled)| labelled.is_fault || !fault)
            .map(|(name, _)| name.clone())
            .collect();
        if known.contains(&label.value) {
            return;
        }
        let what = if fault { "fault" } else { "step" };
        let help = did_you_mean(&label.value, known.iter().map(String::as_str))
            .unwrap_or_else(|| format!("label an earlier {what} with `as: {}`", label.value));
        let message = format!("unknown label `{}`", label.value);
        self.report(Code::UnknownLabel, label, message, |it| {
            it.label(format!("no earlier {what} has this label")).help(help)
        });
    }

    fn insert(&mut self, used: &Located<Use>, step: &Range<usize>) {
        let none = Entries::default();
        let (name, with) = match &used.value {
            Use::Plain(name) => (Text { value: name.clone(), mark: used.mark.clone() }, &none),
            Use::Parameterised(both) => (both.fragment.clone(), &both.with),
        };
        let Some(source) = self.fragments.get(&name.value) else {
            let help = did_you_mean(&name.value, self.fragments.keys().map(String::as_str))
                .unwrap_or_else(|| format!("write it: `fragments/{}.yaml`", name.value));
            self.report(Code::UnknownFragment, &name, format!("unknown fragment `{}`", name.value), |it| {
                it.label("no such file in `fragments`").help(help)
            });
            return;
        };
        if self.inserting.contains(&name.value) {
            let path =
                [self.inserting.as_slice(), std::slice::from_ref(&name.value)].concat().join("` uses `");
            self.report_at(Code::FragmentCycle, step, "a fragment uses itself", |it| {
                it.label(format!("`{path}`")).help("take this step away")
            });
            return;
        }
        let document = Document::substituted(source.clone(), |placeholder| {
            let (_, value) = with.iter().find(|(key, _)| key.value == placeholder.name)?;
            (placeholder.family == "with").then(|| plain_text(&value.value))?
        });
        self.unused_parameters(with, source);
        let outer = std::mem::replace(&mut self.document, Arc::new(document));
        self.inserting.push(name.value.clone());
        self.unknown_placeholders("with", &with.names().map(str::to_owned).collect::<Vec<_>>());
        self.insert_steps(&name.value);
        self.inserting.pop();
        self.document = outer;
    }

    fn insert_steps(&mut self, name: &str) {
        match parse::<FragmentFile>(&self.document.text) {
            Ok(file) => {
                self.same_name(&file.fragment, name, "fragment");
                if file.steps.is_empty() {
                    self.report(Code::NoSteps, &file.fragment, "a fragment without steps", |it| {
                        it.help("take the file away, or write steps")
                    });
                }
                self.steps(&file.steps);
            }
            Err(mistake) => self.push_shape(mistake),
        }
    }

    fn unused_parameters(&mut self, with: &Entries<Located<Value>>, source: &crate::plan::Source) {
        let used = crate::load::placeholders(&source.text);
        for (key, value) in with.iter() {
            if !used.iter().any(|placeholder| placeholder.family == "with" && placeholder.name == key.value) {
                let known: Vec<&str> = used.iter().map(|placeholder| placeholder.name.as_str()).collect();
                let help = did_you_mean(&key.value, known).unwrap_or_else(|| "take it away".into());
                let message = format!("the fragment has no `${{with.{}}}`", key.value);
                self.report(Code::UnusedParameter, key, message, |it| it.label("never used").help(help));
            }
            if plain_text(&value.value).is_none() {
                let message = format!("the parameter `{}` is not a word, number or boolean", key.value);
                self.report(Code::BadValue, value, message, |it| {
                    it.help("parameters are put into the text as written")
                });
            }
        }
    }
}

/// A scalar as it is put into a text.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a step sets something that can be lifted.
fn is_fault(written: &Written) -> bool {
    matches!(written, Written::Fault(_) | Written::DiskFault(_) | Written::CrashAt(_) | Written::Plant(_))
}

fn label(written: &Written) -> Option<&Text> {
    match written {
        Written::DiskFault(fault) => fault.label.as_ref(),
        Written::CrashAt(crash) => crash.label.as_ref(),
        Written::Plant(plant) => plant.label.as_ref(),
        Written::Fault(fault) => fault.label.as_ref(),
        Written::Trigger(trigger) => trigger.value.label.as_ref(),
        Written::Call(call) => call.label.as_ref(),
        Written::Tell(tell) => tell.label.as_ref(),
        Written::Expect(check) | Written::Never(check) | Written::Always(check) => check.label.as_ref(),
        _ => None,
    }
}
