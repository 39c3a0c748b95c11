//! Faults at the subject's calls on its disk, and statements about a file's whole history.

use std::ops::Range;

use protocol::journal::DiskCallClass;

use super::context::Context;
use crate::diagnostic::{Code, did_you_mean};
use crate::language::{Check, CrashAt, DiskFault as Written, Located, Text, Word};
use crate::plan::{Act, CrashPoints, DiskEffect, DiskError, DiskFault, DiskMoment, HistoryExpectation};

impl Context<'_> {
    /// A disk fault with its one effect.
    pub(crate) fn disk_fault(&mut self, written: &Written, step: &Range<usize>) -> Option<DiskFault> {
        let (class, path) = self.disk_line(&written.on);
        let error = written.error.as_ref().map(|word| ("error", word.text.mark.clone()));
        let short = written.short.as_ref().map(|bytes| ("short", bytes.mark.clone()));
        let delay = written.delay.as_ref().map(|text| ("delay", text.mark.clone()));
        let effects: Vec<_> = [error, short, delay].into_iter().flatten().collect();
        let effect = match effects.as_slice() {
            [_] => self.disk_effect(written),
            [] => {
                self.report_at(Code::DiskFaultEffect, step, "a disk fault without an effect", |it| {
                    it.label("does nothing")
                        .help("give it one of `error`, `short`, `delay`; `crash-at` kills")
                });
                None
            }
            [(first, mark), (second, other), ..] => {
                let context = self.document.original(other);
                let message = format!("a disk fault has two effects, `{first}` and `{second}`");
                self.report_at(Code::DiskFaultEffect, mark, message, |it| {
                    it.label("one effect").context(context, "another effect").help("write two faults")
                });
                None
            }
        };
        Some(DiskFault {
            label: self.disk_label(written.label.as_ref()),
            class,
            path,
            nth: self.nth(written.nth.as_ref()),
            moment: self.word(written.when.as_ref(), DiskMoment::default()),
            effect: effect?,
        })
    }

    /// A kill at one call.
    pub(crate) fn crash_at(&mut self, written: &CrashAt, step: &Range<usize>) -> Option<Act> {
        let (on, every) = (written.on.as_ref(), written.every.as_ref());
        let line = match (on, every) {
            (Some(line), None) => line,
            (None, Some(files)) => return self.crash_points(files, written),
            (Some(line), Some(files)) => {
                let context = self.document.original(&files.mark);
                self.report(Code::DiskFaultEffect, line, "a crash at one call and at every call", |it| {
                    it.label("one").context(context, "every").help("write two scenarios")
                });
                return None;
            }
            (None, None) => {
                self.report_at(Code::MissingKey, step, "the key `on` is missing", |it| {
                    it.label("at no call").help("say which calls: `on: rename configs/.auth_token`")
                });
                return None;
            }
        };
        let (class, path) = self.disk_line(line);
        Some(Act::DiskFault(DiskFault {
            label: self.disk_label(written.label.as_ref()),
            class,
            path,
            nth: Some(self.nth(written.nth.as_ref()).unwrap_or(1)),
            moment: self.word(written.when.as_ref(), DiskMoment::default()),
            effect: DiskEffect::Kill,
        }))
    }

    fn crash_points(&mut self, files: &Located<Vec<Text>>, written: &CrashAt) -> Option<Act> {
        let others = [
            ("nth", written.nth.as_ref().map(|nth| nth.mark.clone())),
            ("when", written.when.as_ref().map(|word| word.text.mark.clone())),
        ];
        for (key, mark) in others.into_iter().filter_map(|(key, mark)| Some((key, mark?))) {
            let message = format!("the key `{key}` does not belong to `every`");
            self.report_at(Code::ForeignKey, &mark, message, |it| it.help("it belongs to `on`"));
        }
        if files.value.is_empty() {
            self.report(Code::EmptyCondition, files, "no file is named", |it| {
                it.help("name what is written: `[configs/.auth_token]`")
            });
        }
        let of = files.value.iter().map(|file| self.path(file)).collect();
        if self.crash_points.replace(CrashPoints { of, only: None }).is_some() {
            self.report(Code::RepeatedKey, files, "a second `crash-at` with `every`", |it| {
                it.help("write two scenarios")
            });
            return None;
        }
        Some(Act::CrashPoint)
    }

    /// A directory that refuses: changes with EROFS, or writes with ENOSPC.
    pub(crate) fn refusing_directory(
        &mut self,
        directory: &Text,
        label: Option<&Text>,
        is_full: bool,
    ) -> DiskFault {
        let (class, error) = if is_full {
            (Some(DiskCallClass::Write), DiskError::NoSpace)
        } else {
            (None, DiskError::ReadOnly)
        };
        DiskFault {
            label: self.disk_label(label),
            class,
            path: format!("{}/*", self.path(directory).trim_end_matches('/')),
            nth: None,
            moment: DiskMoment::Before,
            effect: DiskEffect::Error(error),
        }
    }

    fn disk_effect(&mut self, written: &Written) -> Option<DiskEffect> {
        if let Some(word) = &written.error {
            return self.checked_word(word).map(DiskEffect::Error);
        }
        if let Some(bytes) = &written.short {
            return Some(DiskEffect::Short(bytes.value));
        }
        self.duration(written.delay.as_ref()).map(DiskEffect::Delay)
    }

    fn disk_label(&mut self, label: Option<&Text>) -> String {
        label.map_or_else(|| format!("disk-fault-{}", self.steps.len() + 1), |label| label.value.clone())
    }

    fn nth(&mut self, nth: Option<&Located<u32>>) -> Option<u32> {
        let nth = nth?;
        if nth.value == 0 {
            self.report(Code::BadValue, nth, "calls are counted from 1", |it| {
                it.help("leave `nth` out for every call")
            });
        }
        Some(nth.value)
    }

    /// A class of calls (none for `*`) and a path pattern.
    fn disk_line(&mut self, text: &Text) -> (Option<DiskCallClass>, String) {
        let names = DiskCallClass::ALL.map(DiskCallClass::name);
        let Some((word, path)) = text.value.split_once(' ') else {
            let message = format!("`{}` does not say which calls on which path", text.value);
            self.report(Code::BadDiskLine, text, message, |it| {
                it.help("write a class of calls and a path: `rename configs/.auth_token*`")
            });
            return (None, String::new());
        };
        let class = DiskCallClass::ALL.into_iter().find(|class| class.name() == word);
        if class.is_none() && word != "*" {
            let help = did_you_mean(word, names)
                .unwrap_or_else(|| format!("known are {}, or `*` for any", names.join(", ")));
            let message = format!("unknown class of calls `{word}`");
            self.report(Code::BadDiskLine, text, message, |it| it.help(help));
        }
        let path = Text { value: path.trim().to_owned(), mark: text.mark.clone() };
        (class, self.path(&path))
    }

    /// What must hold of a file's history; nothing if the statement is about its state now.
    pub(crate) fn history(&mut self, check: &Check) -> Option<HistoryExpectation> {
        let given = history_keys(check);
        let (first, mark) = given.first()?;
        let state = [
            ("absent", check.absent.as_ref().map(|value| value.mark.clone())),
            ("kind", check.kind.as_ref().map(|word| word.text.mark.clone())),
            ("mode", check.mode.as_ref().map(|text| text.mark.clone())),
            ("content", check.content.as_ref().map(|fitting| fitting.mark.clone())),
            ("size", check.size.as_ref().map(|size| size.mark.clone())),
            ("unchanged", check.unchanged.as_ref().map(|value| value.mark.clone())),
            ("before", check.before.as_ref().map(|label| label.mark.clone())),
        ];
        for (key, other) in state.into_iter().filter_map(|(key, mark)| Some((key, mark?))) {
            let context = self.document.original(mark);
            let message = format!("`{key}` says how the file must be now, `{first}` how it always was");
            self.report_at(Code::MixedFile, &other, message, |it| {
                it.label("now").context(context, "always").help("write two steps")
            });
        }
        let content_always = check.content_always.as_ref().map(|list| {
            if list.value.is_empty() {
                self.report(Code::EmptyCondition, list, "a condition says nothing", |it| {
                    it.help("name what the content may be: `[absent, previous, issued]`")
                });
            }
            list.value.iter().filter_map(|word| self.checked_word(word)).collect()
        });
        let history = HistoryExpectation {
            path: self.path(check.file.as_ref()?),
            private_from_birth: check.private_from_birth.as_ref().is_some_and(|asked| asked.value),
            content_always,
            only_by_rename: check.changed_only_by.as_ref().and_then(|word| self.checked_word(word)).is_some(),
            synced_before_rename: check.synced_before_rename.as_ref().is_some_and(|asked| asked.value),
        };
        let is_asked = history.private_from_birth || history.synced_before_rename;
        if !is_asked && check.content_always.is_none() && check.changed_only_by.is_none() {
            let message = format!("nothing is said of the file's history: `{first}` is not asked for");
            self.report_at(Code::EmptyCondition, mark, message, |it| {
                it.help("write `true`, or leave it out")
            });
        }
        Some(history)
    }
}

/// The keys of a statement about a file's history that are given, with their places.
pub(crate) fn history_keys(check: &Check) -> Vec<(&'static str, Range<usize>)> {
    let way = check.changed_only_by.as_ref().map(|word: &Word<_>| word.text.mark.clone());
    [
        ("private-from-birth", check.private_from_birth.as_ref().map(|value| value.mark.clone())),
        ("content-always", check.content_always.as_ref().map(|list| list.mark.clone())),
        ("changed-only-by", way),
        ("synced-before-rename", check.synced_before_rename.as_ref().map(|value| value.mark.clone())),
    ]
    .into_iter()
    .filter_map(|(name, mark)| Some((name, mark?)))
    .collect()
}
