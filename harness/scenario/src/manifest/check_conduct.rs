//! Readiness, triggers and the end of a runtime, checked.

use std::collections::BTreeMap;

use protocol::{Profile, Trigger, wire};
use serde_json::Value;

use super::check::Check;
use super::conduct::{Conduct, Means, Sign, Signal, Stdio, Tool};
use super::file::{ManifestFile, MeansSection, ReadinessSection, ToolSection};
use super::{Placeholder, Rendering};
use crate::diagnostic::Code;
use crate::language::{Located, Text, Word};

/// Placeholders that mean something only where a runtime is made to act.
const OF_TRIGGERS: [Placeholder; 2] = [Placeholder::Peer, Placeholder::Text];

impl Check {
    pub(super) fn conduct(&mut self, file: &ManifestFile, profile: Profile) -> Conduct {
        let speaks_mcp =
            file.launch.stdio.as_ref().and_then(Word::meaning).unwrap_or(Stdio::of(profile)) == Stdio::Mcp;
        self.only_in_triggers(file);
        let ready = file
            .ready
            .all
            .as_ref()
            .map(|signs| signs.value.iter().filter_map(|sign| self.sign(sign, speaks_mcp)).collect());
        let written = [
            (Trigger::PeerMessage, &file.trigger.peer_message),
            (Trigger::NotifyUser, &file.trigger.notify_user),
            (Trigger::SelfMessage, &file.trigger.self_message),
        ];
        let triggers = written
            .into_iter()
            .filter_map(|(trigger, means)| Some((trigger, self.means(trigger, means.as_ref()?, speaks_mcp)?)))
            .collect();
        let usual = if speaks_mcp { Signal::EndOfInput } else { Signal::default() };
        let stop = file.stop.by.as_ref().and_then(|word| self.word(word)).unwrap_or(usual);
        if stop == Signal::EndOfInput
            && !speaks_mcp
            && let Some(word) = &file.stop.by
        {
            self.report(
                Code::BadValue,
                &word.text.mark,
                "a program without input never reads its end",
                |it| it.help("write `by: TERM`, or `stdio: mcp` under `launch`"),
            );
        }
        Conduct {
            ready,
            inbound_path: self.path(file.inbound.path.as_ref(), "/"),
            card_path: self.path(file.inbound.card.as_ref(), wire::AGENT_CARD),
            triggers,
            stop,
            exits: file.stop.exits.clone(),
        }
    }

    fn path(&mut self, text: Option<&Text>, usual: &str) -> String {
        let Some(text) = text else { return usual.to_owned() };
        if !text.value.starts_with('/') || text.value.contains([' ', '?', '#']) {
            let message = format!("`{}` is not a path", text.value);
            self.report(Code::BadRequestLine, &text.mark, message, |it| {
                it.help("a path begins with `/`: `/a2a`")
            });
        }
        text.value.clone()
    }

    fn sign(&mut self, written: &Located<ReadinessSection>, speaks_mcp: bool) -> Option<Sign> {
        let section = &written.value;
        let given =
            [section.journal.is_some(), section.http.is_some(), section.tcp.is_some(), section.mcp.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            self.report(
                Code::MissingKey,
                &written.mark,
                "a sign of readiness is not exactly one thing",
                |it| {
                    it.help(
                        "write one of `journal: GET /path`, `http: /path`, `tcp: true` and `mcp: initialize`",
                    )
                },
            );
            return None;
        }
        if let Some(line) = &section.journal {
            return self.request_sign(line);
        }
        if let Some(path) = &section.http {
            return Some(Sign::Http(self.path(Some(path), "/")));
        }
        if let Some(method) = &section.mcp {
            if method.value != "initialize" || !speaks_mcp {
                self.report(Code::BadValue, &method.mark, "this is no sign of readiness", |it| {
                    it.help("write `mcp: initialize`, for a runtime with `stdio: mcp`")
                });
            }
            return Some(Sign::Initialised);
        }
        Some(Sign::Tcp)
    }

    fn request_sign(&mut self, line: &Text) -> Option<Sign> {
        let parts = line.value.split_once(' ').filter(|(_, path)| path.starts_with(['/', '$']));
        let Some((method, path)) = parts else {
            let message = format!("`{}` is not a request line", line.value);
            self.report(Code::BadRequestLine, &line.mark, message, |it| {
                it.help("write a method (or `*`) and a path: `GET /workspaces/${WORKSPACE_ID}/activity`")
            });
            return None;
        };
        let path = self.rendering(&Text { value: path.to_owned(), mark: line.mark.clone() });
        Some(Sign::Request { method: (method != "*").then(|| method.to_owned()), path })
    }

    fn means(
        &mut self,
        trigger: Trigger,
        written: &Located<MeansSection>,
        speaks_mcp: bool,
    ) -> Option<Means> {
        let section = &written.value;
        let mut found = Vec::new();
        if let Some(text) = &section.directive {
            found.push(Means::Directive(self.rendering(text)));
        }
        if let Some(tool) = &section.tool {
            if !speaks_mcp {
                self.report(Code::BadValue, &tool.mark, "a tool needs a runtime that speaks MCP", |it| {
                    it.help("write `stdio: mcp` under `launch`")
                });
            }
            found.push(Means::Tool(self.tool(&tool.value)));
        }
        if let Some(words) = &section.exec {
            found.push(Means::Program(self.argv(words)));
        }
        if section.reply == Some(true) {
            found.push(Means::Reply);
        }
        if let Some(key) = &section.config_key {
            found.push(Means::ConfigKey(key.value.clone()));
        }
        if section.delegation_row == Some(true) {
            found.push(Means::DelegationRow);
        }
        let only_to_itself = |means: &Means| matches!(means, Means::ConfigKey(_) | Means::DelegationRow);
        match found.as_slice() {
            [means] if trigger != Trigger::SelfMessage && only_to_itself(means) => {
                let message = format!("this triggers messages to itself, not a {trigger}");
                self.report(Code::ForeignKey, &written.mark, message, |it| {
                    it.help("move it to `self-message`")
                });
                None
            }
            [_] => found.pop(),
            _ => {
                self.report(Code::MissingKey, &written.mark, "a trigger has not exactly one means", |it| {
                    it.help(
                        "write one of `directive`, `tool`, `exec`, `reply: true`, `config-key` and \
                         `delegation-row: true`, or leave the trigger out",
                    )
                });
                None
            }
        }
    }

    fn tool(&mut self, section: &ToolSection) -> Tool {
        let mut texts = BTreeMap::new();
        let arguments = section
            .arguments
            .iter()
            .map(|(name, value)| {
                self.texts_in(&value.value, value, &mut texts);
                (name.value.clone(), value.value.clone())
            })
            .collect();
        Tool { name: section.name.value.clone(), arguments, texts }
    }

    fn texts_in(&mut self, value: &Value, at: &Located<Value>, texts: &mut BTreeMap<String, Rendering>) {
        match value {
            Value::String(text) => {
                let rendering = self.rendering(&Text { value: text.clone(), mark: at.mark.clone() });
                texts.insert(text.clone(), rendering);
            }
            Value::Array(items) => items.iter().for_each(|item| self.texts_in(item, at, texts)),
            Value::Object(fields) => fields.values().for_each(|field| self.texts_in(field, at, texts)),
            _ => {}
        }
    }

    /// Reports placeholders that have no value where a runtime is launched.
    fn only_in_triggers(&mut self, file: &ManifestFile) {
        let launch = &file.launch;
        let texts = launch
            .argv
            .value
            .iter()
            .chain(&launch.cwd)
            .chain(launch.env.iter().filter_map(|(_, value)| value.as_ref()))
            .chain(launch.files.iter().flat_map(|file| [&file.path, &file.template]));
        let foreign: Vec<Text> = texts
            .filter(|text| OF_TRIGGERS.iter().any(|placeholder| text.value.contains(&placeholder.written())))
            .cloned()
            .collect();
        for text in foreign {
            self.report(Code::UnknownVariable, &text.mark, "nobody is written to at the launch", |it| {
                it.label("`${PEER_ID}` and `${TEXT}` belong to triggers")
                    .help("put the program that needs them under `trigger: { peer-message: { exec: [..] } }`")
            });
        }
    }
}
