//! Single values: templates, words, durations, permission bits, paths, bytes, statuses.

use std::time::Duration;

use protocol::Vocabulary;
use serde_json::Value;

use super::context::Context;
use crate::diagnostic::{Code, did_you_mean};
use crate::language::{Entries, Located, Statuses, Text, Word, parse_duration};
use crate::plan::{Template, TemplateError};

impl Context<'_> {
    /// A text with variables, each of which must have a value by now.
    pub(crate) fn template(&mut self, text: &Text) -> Template {
        self.template_in(&text.value, text)
    }

    /// An optional text with variables.
    pub(crate) fn maybe_template(&mut self, text: Option<&Text>) -> Option<Template> {
        text.map(|text| self.template(text))
    }

    /// A text that stands somewhere inside a greater value.
    pub(crate) fn template_in<T>(&mut self, text: &str, at: &Located<T>) -> Template {
        match Template::parse(text) {
            Ok(template) => {
                for variable in template.variables() {
                    self.check_variable(variable, at);
                }
                template
            }
            Err(error) => {
                let help = match error {
                    TemplateError::Open => "close it with `}`, or write `$${` for a literal `${`",
                    TemplateError::Nameless => "name a variable, such as `${workspace}`",
                };
                self.report(Code::BadTemplate, at, error.to_string(), |it| it.help(help));
                Template::literal(text)
            }
        }
    }

    fn check_variable<T>(&mut self, variable: &str, at: &Located<T>) {
        let substituted = variable.starts_with("matrix.") || variable.starts_with("with.");
        if substituted || self.scope.knows(variable) {
            return;
        }
        let mark = self.place_of_variable(variable, at);
        if let Some(peer) = variable.strip_prefix("peer.") {
            let name = peer.split('.').next().unwrap_or_default().to_owned();
            if !self.scope.peers.contains(&name) {
                return self.unknown_peer(&name, &mark);
            }
        }
        if let Some(place) = self.scope.later.get(variable).cloned().filter(|_| !self.in_fragment()) {
            let message = format!("`{variable}` is used before it is captured");
            self.report_at(Code::CapturedLater, &mark, message, |it| {
                it.label("used here").context(place, "captured here").help("capture it in an earlier step")
            });
            return;
        }
        let known = self.scope.variables();
        let help = did_you_mean(variable, known.iter().map(String::as_str));
        self.report_at(Code::UnknownVariable, &mark, format!("unknown variable `{variable}`"), |it| {
            it.label("no such variable, and no earlier step captures it").maybe_help(help)
        });
    }

    /// Reports a peer that was not declared.
    pub(crate) fn unknown_peer(&mut self, name: &str, mark: &std::ops::Range<usize>) {
        let help = did_you_mean(name, self.scope.peers.iter().map(String::as_str))
            .unwrap_or_else(|| format!("declare it: `peers: {{ {name}: {{ relation: sibling }} }}`"));
        self.report_at(Code::UnknownPeer, mark, format!("unknown peer `{name}`"), |it| {
            it.label("not declared under `peers`").help(help)
        });
    }

    fn place_of_variable<T>(&self, variable: &str, at: &Located<T>) -> std::ops::Range<usize> {
        let text = self.document.text.get(at.mark.start..).unwrap_or_default();
        // A map or list is marked at its beginning, so the search goes on past the mark there.
        let limit = if at.mark.len() > 1 { at.mark.len() } else { text.len() };
        let window = text.get(..limit).unwrap_or(text);
        for (start, _) in window.match_indices("${") {
            let inside = window.get(start + 2..).unwrap_or_default();
            let end = inside.find('}').unwrap_or(inside.len());
            if inside.get(..end).unwrap_or_default().trim() == variable {
                let start = at.mark.start + start;
                return start..start + 2 + end + 1;
            }
        }
        at.mark.clone()
    }

    /// A word of a closed list; its default where it is absent or wrong.
    pub(crate) fn word<T: Vocabulary>(&mut self, word: Option<&Word<T>>, default: T) -> T {
        word.and_then(|word| self.checked_word(word)).unwrap_or(default)
    }

    /// A word of a closed list; nothing where it is wrong.
    pub(crate) fn checked_word<T: Vocabulary>(&mut self, word: &Word<T>) -> Option<T> {
        let meaning = word.meaning();
        if meaning.is_none() {
            let help = did_you_mean(&word.text.value, T::words());
            let message = format!("unknown {} `{}`", T::NOUN, word.text.value);
            self.report(Code::UnknownWord, &word.text, message, |it| {
                it.label("not one of the words").maybe_help(help)
            });
        }
        meaning
    }

    /// An optional duration.
    pub(crate) fn duration(&mut self, text: Option<&Text>) -> Option<Duration> {
        let text = text?;
        let duration = parse_duration(&text.value);
        if duration.is_none() {
            let digits = text.value.chars().all(|c| c.is_ascii_digit()) && !text.value.is_empty();
            let help = if digits {
                format!("did you mean `{0}ms` or `{0}s`?", text.value)
            } else {
                "write a whole number and a unit: `250ms`, `2s` or `1m`".into()
            };
            self.report(Code::BadDuration, text, format!("`{}` is not a duration", text.value), |it| {
                it.help(help)
            });
        }
        Some(duration.unwrap_or_default())
    }

    /// Permission bits, with a default.
    pub(crate) fn permissions(&mut self, text: Option<&Text>, default: u32) -> u32 {
        let Some(text) = text else { return default };
        let shaped = (3..=4).contains(&text.value.len());
        match u32::from_str_radix(&text.value, 8) {
            Ok(bits) if shaped && bits <= 0o7777 => bits,
            _ => {
                let message = format!("`{}` is not permission bits", text.value);
                self.report(Code::BadMode, text, message, |it| {
                    it.help("write three or four octal digits in quotes: `\"0600\"`")
                });
                default
            }
        }
    }

    /// A path below the stage directory.
    pub(crate) fn path(&mut self, text: &Text) -> String {
        let problem = if text.value.trim().is_empty() {
            Some("a path is empty")
        } else if text.value.starts_with('/') {
            Some("a path is absolute")
        } else if text.value.split('/').any(|part| part == "..") {
            Some("a path leaves the stage directory")
        } else if text.value.contains("${") {
            Some("a path has a variable, which paths do not take")
        } else {
            None
        };
        if let Some(problem) = problem {
            self.report(Code::BadPath, text, problem, |it| {
                it.help("paths begin below the stage directory: `configs/.auth_token`")
            });
        }
        text.value.clone()
    }

    /// Bytes in hexadecimal.
    pub(crate) fn bytes(&mut self, text: Option<&Text>) -> Option<Vec<u8>> {
        let text = text?;
        let digits: Option<Vec<u32>> = text.value.chars().map(|c| c.to_digit(16)).collect();
        match digits {
            Some(digits) if digits.len() % 2 == 0 => {
                let byte = |pair: &[u32]| pair.iter().fold(0, |sum, digit| sum * 16 + digit);
                Some(digits.chunks(2).filter_map(|pair| u8::try_from(byte(pair)).ok()).collect())
            }
            _ => {
                let message = format!("`{}` is not bytes in hexadecimal", text.value);
                self.report(Code::BadBytes, text, message, |it| it.help("two digits a byte: `\"00ff\"`"));
                Some(Vec::new())
            }
        }
    }

    /// The statuses an answer may have; empty for any.
    pub(crate) fn statuses(&mut self, statuses: Option<&Located<Statuses>>) -> Vec<u16> {
        let Some(statuses) = statuses else { return Vec::new() };
        match &statuses.value {
            Statuses::One(status) => vec![self.status(*status, statuses)],
            Statuses::Several(list) if list.is_empty() => {
                self.report(Code::BadStatus, statuses, "a list of statuses is empty", |it| {
                    it.help("leave the key out if any status will do")
                });
                Vec::new()
            }
            Statuses::Several(list) => list.iter().map(|status| self.status(status.value, status)).collect(),
        }
    }

    /// One status.
    pub(crate) fn status<T>(&mut self, status: u16, at: &Located<T>) -> u16 {
        if !(100..=599).contains(&status) {
            self.report(Code::BadStatus, at, format!("{status} is not an HTTP status"), |it| {
                it.help("statuses are between 100 and 599")
            });
        }
        status
    }

    /// A JSON value whose texts are templates; checks them and gives the value back.
    pub(crate) fn json(&mut self, value: &Located<Value>) -> Value {
        self.check_texts(&value.value, value);
        value.value.clone()
    }

    fn check_texts(&mut self, value: &Value, at: &Located<Value>) {
        match value {
            Value::String(text) => {
                self.template_in(text, at);
            }
            Value::Array(list) => list.iter().for_each(|item| self.check_texts(item, at)),
            Value::Object(map) => map.values().for_each(|item| self.check_texts(item, at)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Variables of the subject's environment.
    pub(crate) fn environment(
        &mut self,
        entries: &Entries<Option<Text>>,
    ) -> std::collections::BTreeMap<String, Option<Template>> {
        let entries = entries.iter();
        entries.map(|(name, value)| (name.value.clone(), self.maybe_template(value.as_ref()))).collect()
    }

    /// Templates by name.
    pub(crate) fn templates(
        &mut self,
        entries: &Entries<Text>,
    ) -> std::collections::BTreeMap<String, Template> {
        entries.iter().map(|(name, value)| (name.value.clone(), self.template(value))).collect()
    }
}
