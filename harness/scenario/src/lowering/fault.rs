//! Faults on the subject's way to the platform.

use std::ops::Range;

use protocol::journal::Header;
use protocol::{Fault, FaultEffect};

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Fault as Written, Located};
use crate::plan::Template;

impl Context<'_> {
    /// A fault with its one effect; without a label it is called by its position.
    pub(crate) fn fault(&mut self, written: &Written, step: &Range<usize>) -> Option<Fault<Template>> {
        let (method, path) = self.request_line(&written.on);
        if let Some(times) = written.times.as_ref().filter(|times| times.value == 0) {
            self.report(Code::BadValue, times, "a fault that happens 0 times never happens", |it| {
                it.help("leave `times` out for a fault that stays until lifted")
            });
        }
        let effect = self.fault_effect(written, step);
        let label = match &written.label {
            Some(label) => label.value.clone(),
            None => format!("fault-{}", self.steps.len() + 1),
        };
        Some(Fault {
            label,
            method,
            path,
            times: written.times.as_ref().map(|times| times.value),
            after_calls: written.after_calls.unwrap_or_default(),
            after_platform: written.after_platform.unwrap_or_default(),
            effect: effect?,
        })
    }

    fn fault_effect(&mut self, written: &Written, step: &Range<usize>) -> Option<FaultEffect<Template>> {
        let effects = given_effects(written);
        match effects.as_slice() {
            [(name, _)] => {
                self.answer_only_with_status(written, name);
                Some(self.single_effect(written))
            }
            [] => {
                self.report_at(Code::FaultEffect, step, "a fault without an effect", |it| {
                    it.label("does nothing")
                        .help("give it one of `status`, `delay`, `hang`, `reset`, `truncate`, `drip`, `edit`")
                });
                None
            }
            [(first, mark), (second, other), ..] => {
                let context = self.document.original(other);
                let message = format!("a fault has two effects, `{first}` and `{second}`");
                self.report_at(Code::FaultEffect, mark, message, |it| {
                    it.label("one effect").context(context, "another effect").help("write two faults")
                });
                None
            }
        }
    }

    fn answer_only_with_status(&mut self, written: &Written, effect: &str) {
        if effect == "status" {
            return;
        }
        let body = written.body.as_ref().map(|body| ("body", body.mark.clone()));
        let headers = written.headers.0.first().map(|(name, _)| ("headers", name.mark.clone()));
        for (key, mark) in body.into_iter().chain(headers) {
            let message = format!("the key `{key}` does not belong to a fault with `{effect}`");
            self.report_at(Code::ForeignKey, &mark, message, |it| it.help("it belongs to `status`"));
        }
    }

    fn single_effect(&mut self, written: &Written) -> FaultEffect<Template> {
        if let Some(status) = &written.status {
            let headers = written
                .headers
                .iter()
                .map(|(name, value)| Header { name: name.value.clone(), value: self.template(value) })
                .collect();
            let body = self.maybe_template(written.body.as_ref());
            return FaultEffect::Status { status: self.status(status.value, status), headers, body };
        }
        if let Some(by) = self.duration(written.delay.as_ref()) {
            return FaultEffect::Delay { by };
        }
        if let Some(drip) = &written.drip {
            if drip.value.chunk.value == 0 {
                self.report(Code::BadValue, &drip.value.chunk, "pieces of 0 bytes never end", |it| {
                    it.help("a piece has one byte at least")
                });
            }
            let every = self.duration(Some(&drip.value.every)).unwrap_or_default();
            return FaultEffect::Drip { chunk: drip.value.chunk.value, every };
        }
        if let Some(edit) = &written.edit {
            let set = edit
                .value
                .fields
                .iter()
                .map(|(name, value)| (name.value.clone(), self.json(value)))
                .collect();
            let remove = edit.value.without.iter().map(|name| name.value.clone()).collect();
            return FaultEffect::Edit { set, remove };
        }
        match (&written.hang, &written.reset) {
            (Some(_), _) => FaultEffect::Hang,
            (_, Some(_)) => FaultEffect::Reset,
            _ => FaultEffect::Truncate,
        }
    }

    /// A text that stays as it is, such as a media type.
    pub(crate) fn literal(text: Option<&crate::language::Text>, default: &str) -> String {
        text.map_or_else(|| default.to_owned(), |text| text.value.clone())
    }

    /// A template, empty where nothing was written.
    pub(crate) fn template_or_empty(&mut self, text: Option<&crate::language::Text>) -> Template {
        self.maybe_template(text).unwrap_or_else(|| Template::literal(""))
    }
}

fn given_effects(written: &Written) -> Vec<(&'static str, Range<usize>)> {
    fn at<T>(value: Option<&Located<T>>) -> Option<Range<usize>> {
        value.map(|value| value.mark.clone())
    }
    [
        ("status", at(written.status.as_ref())),
        ("delay", at(written.delay.as_ref())),
        ("hang", at(written.hang.as_ref())),
        ("reset", at(written.reset.as_ref())),
        ("truncate", at(written.truncate.as_ref())),
        ("drip", at(written.drip.as_ref())),
        ("edit", at(written.edit.as_ref())),
    ]
    .into_iter()
    .filter_map(|(name, mark)| Some((name, mark?)))
    .collect()
}
