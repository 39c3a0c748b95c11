//! Statements become expectations.

use std::ops::Range;

use protocol::journal::Party;

use super::context::Context;
use super::disk::history_keys;
use crate::diagnostic::Code;
use crate::language::{Check, ClosingEvent, Counted, GapRange, Located, ProcessState, Word, print_duration};
use crate::plan::{
    Count, Expectation, FileExpectation, Gaps, LogExpectation, Mode, ProcessExpectation, RequestExpectation,
    RowExpectation, Statement,
};

/// Which of the three steps a statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tense {
    /// `expect`.
    Expect,
    /// `never`.
    Never,
    /// `always`.
    Always,
}

/// The kinds of statement, each with the keys that belong to it.
const KINDS: [(&str, &[&str]); 6] = [
    (
        "request",
        &["from", "to", "headers", "query", "body", "answered", "answer", "count", "gaps", "capture"],
    ),
    (
        "file",
        &[
            "absent",
            "kind",
            "mode",
            "content",
            "size",
            "unchanged",
            "before",
            "private-from-birth",
            "content-always",
            "changed-only-by",
            "synced-before-rename",
        ],
    ),
    ("directory", &["holds-only", "leftovers"]),
    ("process", &["code"]),
    ("log", &[]),
    ("row", &["count"]),
];

impl Context<'_> {
    /// A statement and its window; nothing if it is of no kind.
    pub(crate) fn expectation(
        &mut self,
        check: &Check,
        tense: Tense,
        step: &Range<usize>,
    ) -> Option<Expectation> {
        let kind = self.statement_kind(check, step);
        if let Some(kind) = kind {
            self.foreign_keys(check, kind);
        }
        self.subject_needed(check, step);
        let mode = self.mode(check, tense, step);
        let since = check.since.as_ref().map(|label| {
            self.label_known(label, false);
            label.value.clone()
        });
        let within = self.duration(check.within.as_ref());
        let patience = self.duration(check.patience.as_ref()).unwrap_or_default();
        let cites = self.cites(&check.cites);
        let statement = kind.and_then(|kind| self.statement(check, kind));
        let capture = self.observed_captures(&check.capture);
        Some(Expectation { mode, statement: statement?, since, within, patience, cites, capture })
    }

    fn statement_kind(&mut self, check: &Check, step: &Range<usize>) -> Option<&'static str> {
        let given = given_keys(check);
        let kinds: Vec<_> =
            given.iter().filter(|(name, _)| KINDS.iter().any(|(kind, _)| kind == name)).cloned().collect();
        match kinds.as_slice() {
            [(kind, _)] => KINDS.iter().map(|(name, _)| *name).find(|name| name == kind),
            [] => {
                let names: Vec<_> = KINDS.iter().map(|(name, _)| format!("`{name}`")).collect();
                self.report_at(
                    Code::StatementKind,
                    step,
                    "a statement says of nothing what must hold",
                    |it| {
                        it.label("no kind of statement").help(format!("give it one of {}", names.join(", ")))
                    },
                );
                None
            }
            [(first, mark), (second, other), ..] => {
                let context = self.document.original(other);
                let message = format!("a statement is both about a {first} and about a {second}");
                self.report_at(Code::StatementKind, mark, message, |it| {
                    it.label("one kind").context(context, "another kind").help("write two steps")
                });
                None
            }
        }
    }

    fn foreign_keys(&mut self, check: &Check, kind: &'static str) {
        let own = KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
        for (key, mark) in given_keys(check) {
            if key == kind || own.contains(&key) {
                continue;
            }
            let homes: Vec<_> = KINDS
                .iter()
                .filter(|(_, keys)| keys.contains(&key))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let message = format!("the key `{key}` does not belong to a `{kind}` statement");
            self.report_at(Code::ForeignKey, &mark, message, |it| {
                it.label("not of this kind").help(format!("it belongs to {}", homes.join(" and ")))
            });
        }
    }

    fn subject_needed(&mut self, check: &Check, step: &Range<usize>) {
        let sent_by_subject = check.request.is_some()
            && check.from.as_ref().and_then(Word::meaning).unwrap_or(Party::Subject) == Party::Subject;
        if sent_by_subject || check.process.is_some() || check.log.is_some() {
            self.must_be_started(step);
        }
    }

    fn mode(&mut self, check: &Check, tense: Tense, step: &Range<usize>) -> Mode {
        let until = check.until.as_ref().map(|until| Box::new(self.closing_event(until)));
        match tense {
            Tense::Expect => {
                if let Some(until) = &check.until {
                    self.report(
                        Code::ForeignKey,
                        until,
                        "the key `until` does not belong to `expect`",
                        |it| {
                            it.help(
                                "it belongs to `never` and `always`; the deadline of `expect` is `within`",
                            )
                        },
                    );
                } else {
                    self.at_most_needs_until(check);
                }
                Mode::Eventually
            }
            Tense::Always => {
                if until.is_none() {
                    self.at_most_needs_until(check);
                }
                Mode::Always { until }
            }
            Tense::Never => {
                if until.is_none() {
                    self.report_at(Code::MissingUntil, step, "`never` without `until`", |it| {
                        it.label("nothing closes its window").help(
                            "name an event that must come: `until: { request: POST /registry/heartbeat, count: 2 }`",
                        )
                    });
                }
                Mode::Never { until: until.unwrap_or_else(|| Box::new(anything())) }
            }
        }
    }

    fn at_most_needs_until(&mut self, check: &Check) {
        let Some(Counted::Range(range)) = check.count.as_ref().map(|count| &count.value) else { return };
        if let Some(most) = &range.at_most {
            self.report(Code::MissingUntil, most, "`at-most` without `until`", |it| {
                it.label("nothing closes the window in which is counted").help(
                    "write `always` with an event that must come: `until: { request: POST /registry/heartbeat, count: 2 }`",
                )
            });
        }
    }

    fn statement(&mut self, check: &Check, kind: &str) -> Option<Statement> {
        match kind {
            "request" => self.request(check).map(|request| Statement::Request(Box::new(request))),
            "file" => match self.history(check) {
                Some(history) => Some(Statement::History(Box::new(history))),
                None => self.file(check).map(|file| Statement::File(Box::new(file))),
            },
            "directory" => {
                let path = self.path(check.directory.as_ref()?);
                if let Some(word) = &check.leftovers {
                    self.checked_word(word)?;
                    if let Some(names) = &check.holds_only {
                        self.report(Code::StatementKind, names, "both `leftovers` and `holds-only`", |it| {
                            it.help("write two steps")
                        });
                    }
                    return Some(Statement::NoLeftovers { path });
                }
                let Some(names) = &check.holds_only else {
                    let directory = check.directory.as_ref()?;
                    self.report(Code::EmptyCondition, directory, "nothing is said of the directory", |it| {
                        it.help(
                            "say `leftovers: none`, or what it may hold: `holds-only: [\".auth_token\", \"config.yaml\"]`",
                        )
                    });
                    return None;
                };
                let holds_only = names.value.iter().map(|name| name.value.clone()).collect();
                Some(Statement::Directory { path, holds_only })
            }
            "process" => self.process(check).map(Statement::Process),
            "log" => {
                let line = self.matcher(check.log.as_ref()?);
                Some(Statement::Log(LogExpectation { line }))
            }
            _ => {
                let fields = self.maybe_matchers(check.row.as_ref());
                let count = self.count(check.count.as_ref());
                Some(Statement::Row(RowExpectation { fields, count }))
            }
        }
    }

    fn request(&mut self, check: &Check) -> Option<RequestExpectation> {
        let (method, path) = self.request_line(check.request.as_ref()?);
        let (from, to) = self.parties(check.from.as_ref(), check.to.as_ref());
        Some(RequestExpectation {
            method,
            path,
            from,
            to,
            headers: self.maybe_matchers(check.headers.as_ref()),
            query: self.maybe_matchers(check.query.as_ref()),
            body: self.maybe_matchers(check.body.as_ref()),
            answered: self.statuses(check.answered.as_ref()),
            answer: self.maybe_matchers(check.answer.as_ref()),
            count: self.count(check.count.as_ref()),
            gaps: self.gaps(check.gaps.as_ref()),
        })
    }

    fn closing_event(&mut self, until: &Located<ClosingEvent>) -> RequestExpectation {
        let event = &until.value;
        let (method, path) = self.request_line(&event.request);
        let (from, to) = self.parties(event.from.as_ref(), event.to.as_ref());
        RequestExpectation {
            method,
            path,
            from,
            to,
            headers: self.maybe_matchers(event.headers.as_ref()),
            query: self.maybe_matchers(event.query.as_ref()),
            body: self.maybe_matchers(event.body.as_ref()),
            answered: self.statuses(event.answered.as_ref()),
            answer: self.maybe_matchers(event.answer.as_ref()),
            count: self.count(event.count.as_ref()),
            gaps: None,
        }
    }

    fn parties(&mut self, from: Option<&Word<Party>>, to: Option<&Word<Party>>) -> (Party, Party) {
        let from = self.word(from, Party::Subject);
        let receiver = if from == Party::Platform { Party::Subject } else { Party::Platform };
        (from, self.word(to, receiver))
    }

    fn count(&mut self, count: Option<&Located<Counted>>) -> Count {
        let Some(count) = count else { return Count { at_least: 1, at_most: None } };
        match &count.value {
            Counted::AtLeast(at_least) => Count { at_least: *at_least, at_most: None },
            Counted::Range(range) => {
                let at_most = range.at_most.as_ref().map(|most| most.value);
                let at_least = range.at_least.unwrap_or(u32::from(at_most.is_none()));
                if at_most.is_some_and(|most| most < at_least) {
                    self.empty_range(count);
                }
                Count { at_least, at_most }
            }
        }
    }

    fn gaps(&mut self, gaps: Option<&Located<GapRange>>) -> Option<Gaps> {
        let gaps = gaps?;
        let at_least = self.duration(gaps.value.at_least.as_ref());
        let at_most = self.duration(gaps.value.at_most.as_ref());
        let growing = gaps.value.growing.unwrap_or_default();
        if at_least.is_none() && at_most.is_none() && !growing {
            self.report(Code::EmptyCondition, gaps, "a condition says nothing", |it| {
                it.help("give it `at-least`, `at-most` or `growing: true`")
            });
        }
        if let (Some(least), Some(most)) = (at_least, at_most)
            && least > most
        {
            let label = format!("{} is above {}", print_duration(least), print_duration(most));
            self.report(Code::BadRange, gaps, "a range is empty", |it| {
                it.label(label).help("exchange the two")
            });
        }
        Some(Gaps { at_least, at_most, growing })
    }

    fn file(&mut self, check: &Check) -> Option<FileExpectation> {
        Some(FileExpectation {
            path: self.path(check.file.as_ref()?),
            absent: check.absent.as_ref().is_some_and(|absent| absent.value),
            kind: check.kind.as_ref().and_then(|kind| self.checked_word(kind)),
            mode: check.mode.as_ref().map(|mode| self.permissions(Some(mode), 0)),
            content: self.maybe_matcher(check.content.as_ref()),
            size: check.size.as_ref().map(|size| size.value),
            unchanged: check.unchanged.as_ref().is_some_and(|unchanged| unchanged.value),
            before: check.before.as_ref().map(|label| {
                self.label_known(label, false);
                label.value.clone()
            }),
        })
    }

    fn process(&mut self, check: &Check) -> Option<ProcessExpectation> {
        let word = check.process.as_ref()?;
        let state = self.checked_word(word)?;
        let code = self.maybe_matcher(check.code.as_ref());
        if let (Some(condition), true) = (&check.code, state != ProcessState::Exited) {
            self.report(Code::ForeignKey, condition, "only `process: exited` has a `code`", |it| {
                it.help("`stopped` means code 0 or 143, or the signal itself")
            });
        }
        Some(match state {
            ProcessState::Running => ProcessExpectation::Running,
            ProcessState::Exited => ProcessExpectation::Exited { code },
            ProcessState::Stopped => ProcessExpectation::Stopped,
            ProcessState::Killed => ProcessExpectation::Killed,
        })
    }
}

/// Stands in for a closing event that was never written; such a plan is not given away.
fn anything() -> RequestExpectation {
    RequestExpectation {
        method: None,
        path: crate::plan::Template::literal("/**"),
        from: Party::Subject,
        to: Party::Platform,
        headers: std::collections::BTreeMap::new(),
        query: std::collections::BTreeMap::new(),
        body: std::collections::BTreeMap::new(),
        answered: Vec::new(),
        answer: std::collections::BTreeMap::new(),
        count: Count { at_least: 1, at_most: None },
        gaps: None,
    }
}

/// The keys of a statement that are given and belong to a kind, with the places of their values.
fn given_keys(check: &Check) -> Vec<(&'static str, Range<usize>)> {
    fn at<T>(value: Option<&Located<T>>) -> Option<Range<usize>> {
        value.map(|value| value.mark.clone())
    }
    [
        ("request", at(check.request.as_ref())),
        ("file", at(check.file.as_ref())),
        ("directory", at(check.directory.as_ref())),
        ("process", check.process.as_ref().map(|word| word.text.mark.clone())),
        ("log", at(check.log.as_ref())),
        ("row", at(check.row.as_ref())),
        ("from", check.from.as_ref().map(|word| word.text.mark.clone())),
        ("to", check.to.as_ref().map(|word| word.text.mark.clone())),
        ("headers", at(check.headers.as_ref())),
        ("query", at(check.query.as_ref())),
        ("body", at(check.body.as_ref())),
        ("answered", at(check.answered.as_ref())),
        ("answer", at(check.answer.as_ref())),
        ("count", at(check.count.as_ref())),
        ("gaps", at(check.gaps.as_ref())),
        ("capture", check.capture.0.first().map(|(name, _)| name.mark.clone())),
        ("absent", at(check.absent.as_ref())),
        ("kind", check.kind.as_ref().map(|word| word.text.mark.clone())),
        ("mode", at(check.mode.as_ref())),
        ("content", at(check.content.as_ref())),
        ("size", at(check.size.as_ref())),
        ("unchanged", at(check.unchanged.as_ref())),
        ("before", at(check.before.as_ref())),
        ("holds-only", at(check.holds_only.as_ref())),
        ("leftovers", check.leftovers.as_ref().map(|word| word.text.mark.clone())),
        ("code", at(check.code.as_ref())),
    ]
    .into_iter()
    .filter_map(|(name, mark)| Some((name, mark?)))
    .chain(history_keys(check))
    .collect()
}
