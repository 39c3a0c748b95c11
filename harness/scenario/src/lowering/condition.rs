//! Conditions become matchers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Condition, Entries, Fitting, Located, Operators, Text};
use crate::plan::{Matcher, Pattern, Template};

/// A matcher made of another.
type Wrap = fn(Box<Matcher>) -> Matcher;

impl Context<'_> {
    /// One condition.
    pub(crate) fn matcher(&mut self, condition: &Fitting) -> Matcher {
        match &condition.value {
            Condition::Plain(Value::String(text)) if text == "absent" => Matcher::Absent,
            Condition::Plain(Value::String(text)) if text == "present" => Matcher::Present,
            Condition::Plain(value) => self.equal_to(value, condition),
            Condition::Operators(operators) => self.operators(operators, condition),
        }
    }

    /// An optional condition.
    pub(crate) fn maybe_matcher(&mut self, condition: Option<&Fitting>) -> Option<Matcher> {
        condition.map(|condition| self.matcher(condition))
    }

    /// Conditions by name or dotted path.
    pub(crate) fn matchers(&mut self, entries: &Entries<Fitting>) -> BTreeMap<String, Matcher> {
        entries.iter().map(|(name, condition)| (name.value.clone(), self.matcher(condition))).collect()
    }

    /// Optional conditions by name or dotted path.
    pub(crate) fn maybe_matchers(
        &mut self,
        entries: Option<&Located<Entries<Fitting>>>,
    ) -> BTreeMap<String, Matcher> {
        entries.map(|entries| self.matchers(&entries.value)).unwrap_or_default()
    }

    fn equal_to<T>(&mut self, value: &Value, at: &Located<T>) -> Matcher {
        match value {
            Value::String(text) => Matcher::Equals(self.template_in(text, at)),
            other => {
                let located = Located { value: other.clone(), mark: at.mark.clone() };
                Matcher::Is(self.json(&located))
            }
        }
    }

    fn operators(&mut self, operators: &Operators, at: &Fitting) -> Matcher {
        let mut all = self.text_operators(operators);
        all.extend(self.nested_operators(operators));
        if let Some(word) = &operators.json_type {
            all.extend(self.checked_word(word).map(Matcher::Type));
        }
        all.extend(operators.length.map(Matcher::Length));
        if operators.at_least.is_some() || operators.at_most.is_some() {
            if let (Some(least), Some(most)) = (operators.at_least, operators.at_most)
                && least > most
            {
                self.empty_range(at);
            }
            all.push(Matcher::Range { at_least: operators.at_least, at_most: operators.at_most });
        }
        let presence = [operators.present, operators.absent.map(|absent| !absent)];
        all.extend(
            presence
                .into_iter()
                .flatten()
                .map(|there| if there { Matcher::Present } else { Matcher::Absent }),
        );
        match all.len() {
            0 if operators.json_type.is_none() && operators.matches.is_none() => {
                self.report(Code::EmptyCondition, at, "a condition says nothing", |it| {
                    it.help("give it an operator such as `matches`, or write `is: {}` for an empty map")
                });
                Matcher::Present
            }
            0 => Matcher::Present,
            1 => all.remove(0),
            _ => Matcher::Both(all),
        }
    }

    /// Reports a range without a number in it.
    pub(crate) fn empty_range<T>(&mut self, at: &Located<T>) {
        self.report(Code::BadRange, at, "a range is empty", |it| {
            it.label("`at-least` is above `at-most`").help("exchange the two")
        });
    }

    fn text_operators(&mut self, operators: &Operators) -> Vec<Matcher> {
        let mut all = Vec::new();
        for value in operators.equals.iter().chain(&operators.is) {
            all.push(self.equal_to(&value.value, value));
        }
        if let Some(text) = &operators.matches {
            all.extend(self.pattern(text).map(Matcher::Matches));
        }
        if let Some(text) = &operators.contains {
            let part = self.nonempty(text);
            all.push(Matcher::Contains(part));
        }
        if let Some(text) = &operators.starts_with {
            let part = self.nonempty(text);
            all.push(Matcher::StartsWith(part));
        }
        all
    }

    fn nested_operators(&mut self, operators: &Operators) -> Vec<Matcher> {
        let mut all = Vec::new();
        if let Some(list) = &operators.one_of {
            all.push(Matcher::OneOf(list.iter().map(|condition| self.matcher(condition)).collect()));
        }
        let nested: [(&Option<Fitting>, Wrap); 4] = [
            (&operators.not, Matcher::Not),
            (&operators.any, Matcher::Any),
            (&operators.all, Matcher::All),
            (&operators.none, Matcher::None),
        ];
        for (condition, wrap) in nested {
            all.extend(self.maybe_matcher(condition.as_ref()).map(|inner| wrap(Box::new(inner))));
        }
        if let Some(fields) = &operators.fields {
            all.push(Matcher::Fields(self.matchers(fields)));
        }
        all
    }

    /// An empty text is contained in every text.
    fn nonempty(&mut self, text: &Text) -> Template {
        if text.value.is_empty() {
            self.report(Code::EmptyCondition, text, "a condition says nothing", |it| {
                it.label("every text has this").help("write `present` if any value will do")
            });
        }
        self.template(text)
    }

    fn pattern(&mut self, text: &Text) -> Option<Pattern> {
        match regex::Regex::new(&text.value) {
            Ok(regex) => Some(Pattern(regex)),
            Err(error) => {
                let text_of_error = error.to_string();
                let reason =
                    text_of_error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let message = format!("`{}` is not a regular expression", text.value);
                self.report(Code::BadPattern, text, message, |it| it.label(reason));
                None
            }
        }
    }
}
