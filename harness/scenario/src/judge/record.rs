//! A journal, or its beginning, with exchanges paired and steps indexed.

use std::collections::BTreeMap;

use protocol::journal::{
    AnswerFact, DiskFact, Event, Fact, FaultFact, LogFact, Party, ProcessChange, ProcessFact, RequestFact,
    StageFact, StepEnd, StepPhase, header,
};
use protocol::{PathPattern, wire};

/// A journal as the judge reads it.
pub(crate) struct Record<'a> {
    /// All events of the slice.
    pub(crate) events: &'a [Event],
    /// The world.
    pub(crate) stage: Option<&'a StageFact>,
    /// In the order of their requests.
    pub(crate) exchanges: Vec<Exchange<'a>>,
    steps: BTreeMap<usize, Span<'a>>,
}

/// A request and its answer.
#[derive(Clone, Copy)]
pub(crate) struct Exchange<'a> {
    /// The request's sequence number.
    pub(crate) seq: u64,
    /// When the request was read whole.
    pub(crate) at_us: u64,
    /// The start of the subject during which it was sent; 0 before the first.
    pub(crate) boot: u32,
    /// Whether it is certain that this process sent it: what a process sends just before it ends may be read after the next one was launched.
    pub(crate) certain: bool,
    /// The request.
    pub(crate) request: &'a RequestFact,
    /// The answer with its sequence number.
    pub(crate) answer: Option<(u64, &'a AnswerFact)>,
}

#[derive(Default)]
struct Span<'a> {
    begun: Option<u64>,
    ended: Option<(u64, &'a StepEnd)>,
}

/// The process that runs at some point of a journal.
#[derive(Default)]
struct Running {
    boot: u32,
    /// When it was launched.
    since_us: u64,
    /// Whether another process ran before it.
    is_later: bool,
    /// Whether it gave a sign of life that cannot come from the one before.
    is_alive: bool,
}

impl Running {
    fn note(&mut self, event: &Event) {
        match &event.fact {
            Fact::Process(ProcessFact { boot, change: ProcessChange::Started { .. } }) => {
                let is_later = self.boot != 0;
                *self = Self { boot: *boot, since_us: event.at_us, is_later, is_alive: false };
            }
            Fact::Log(log) => self.is_alive |= log.boot == self.boot,
            _ => {}
        }
    }

    /// Whether nothing can come from the process before any more.
    fn is_alone(&self, now_us: u64, patience_us: u64) -> bool {
        !self.is_later || self.is_alive || now_us.saturating_sub(self.since_us) > patience_us
    }
}

impl<'a> Record<'a> {
    /// Reads a slice of a journal.
    pub(crate) fn new(events: &'a [Event]) -> Self {
        let mut answers: BTreeMap<u64, (u64, &AnswerFact)> = BTreeMap::new();
        let mut steps: BTreeMap<usize, Span<'_>> = BTreeMap::new();
        let mut stage = None;
        for event in events {
            match &event.fact {
                Fact::Answer(answer) => {
                    answers.entry(answer.exchange).or_insert((event.seq, answer));
                }
                Fact::Stage(fact) => stage = stage.or(Some(fact)),
                Fact::Step(step) => {
                    let span = steps.entry(step.index).or_default();
                    match &step.phase {
                        StepPhase::Begun(_) => span.begun = span.begun.or(Some(event.seq)),
                        StepPhase::Ended(end) => span.ended = span.ended.or(Some((event.seq, end))),
                    }
                }
                _ => {}
            }
        }
        let patience = stage.map_or(0, |stage| stage.heartbeat_us.saturating_add(stage.slack_us));
        let mut process = Running::default();
        let mut exchanges = Vec::new();
        for event in events {
            process.note(event);
            if let Fact::Request(request) = &event.fact {
                exchanges.push(Exchange {
                    seq: event.seq,
                    at_us: event.at_us,
                    boot: process.boot,
                    certain: process.is_alone(event.at_us, patience),
                    request,
                    answer: answers.get(&request.exchange).copied(),
                });
            }
        }
        Self { events, stage, exchanges, steps }
    }

    /// The sequence number of a step's beginning.
    pub(crate) fn begun(&self, step: usize) -> Option<u64> {
        self.steps.get(&step).and_then(|span| span.begun)
    }

    /// A step's end with its sequence number.
    pub(crate) fn ended(&self, step: usize) -> Option<(u64, &'a StepEnd)> {
        self.steps.get(&step).and_then(|span| span.ended)
    }

    /// What the subject sent to the platform, whoever answered.
    pub(crate) fn to_platform(&self) -> impl Iterator<Item = &Exchange<'a>> {
        self.exchanges.iter().filter(|exchange| {
            exchange.request.from == Party::Subject && exchange.request.to == Party::Platform
        })
    }

    /// What the subject sent with this method to paths that satisfy the condition, on the platform.
    pub(crate) fn sent(
        &self,
        method: &'static str,
        path: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &Exchange<'a>> {
        self.to_platform()
            .filter(move |exchange| exchange.request.method == method && path(&exchange.request.path))
    }

    /// Every state of a path, in order.
    pub(crate) fn disk<'b>(&self, path: &'b str) -> impl Iterator<Item = (u64, &'a DiskFact)> + use<'a, 'b> {
        self.events.iter().filter_map(move |event| match &event.fact {
            Fact::Disk(fact) if same_path(&fact.path, path) => Some((event.seq, fact)),
            _ => None,
        })
    }

    /// Every fact about files.
    pub(crate) fn all_disk(&self) -> impl Iterator<Item = (u64, &'a DiskFact)> + use<'a> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Disk(fact) => Some((event.seq, fact)),
            _ => None,
        })
    }

    /// What the subject printed.
    pub(crate) fn log(&self) -> impl Iterator<Item = (u64, &'a LogFact)> + use<'a> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Log(fact) => Some((event.seq, fact)),
            _ => None,
        })
    }

    /// What happened to the subject's processes.
    pub(crate) fn processes(&self) -> impl Iterator<Item = (u64, &'a ProcessFact)> + use<'a> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Process(fact) => Some((event.seq, fact)),
            _ => None,
        })
    }

    /// The subject's workspace, if the journal says which one it is.
    pub(crate) fn workspace(&self) -> Option<&'a str> {
        self.stage.map(|stage| stage.workspace.as_str())
    }

    /// What became of faults.
    pub(crate) fn faults(&self) -> impl Iterator<Item = (u64, &'a FaultFact)> + use<'a> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Fault(fact) => Some((event.seq, fact)),
            _ => None,
        })
    }

    /// The first difficulty of the harness.
    pub(crate) fn trouble(&self) -> Option<(u64, &'a str)> {
        self.events.iter().find_map(|event| match &event.fact {
            Fact::Trouble(what) => Some((event.seq, what.as_str())),
            _ => None,
        })
    }
}

impl Exchange<'_> {
    /// Whether it is the subject's call of register.
    pub(crate) fn is_register(&self) -> bool {
        self.request.method == "POST" && self.request.path == wire::REGISTER
    }

    /// A header of the request; values of a repeated header are joined, as HTTP reads them.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        joined(&self.request.headers, name)
    }

    /// The status of its answer.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.and_then(|(_, answer)| answer.status)
    }

    /// Whether `Origin` is what a browser on the platform's own page would send.
    pub(crate) fn has_same_origin(&self) -> bool {
        let host = header(&self.request.headers, "host").unwrap_or_default();
        header(&self.request.headers, "origin").is_some_and(|origin| is_same_origin(origin, host))
    }

    /// The exchange in a few words: `POST /registry/register answered 401`.
    pub(crate) fn in_words(&self) -> String {
        let RequestFact { method, path, .. } = self.request;
        match (self.answer, self.status()) {
            (None, _) => format!("`{method} {path}` without an answer so far"),
            (Some(_), Some(status)) => format!("`{method} {path}` answered {status}"),
            (Some((_, answer)), None) => format!("`{method} {path}` not answered: {}", ending(answer)),
        }
    }
}

/// Whether an origin is that of a host, byte for byte (contract 1.2).
pub(crate) fn is_same_origin(origin: &str, host: &str) -> bool {
    !host.is_empty()
        && ["http://", "https://"]
            .iter()
            .any(|scheme| origin.strip_prefix(scheme).is_some_and(|rest| rest == host))
}

/// The values of a header joined by commas.
pub(crate) fn joined(headers: &[protocol::journal::Header], name: &str) -> Option<String> {
    let values: Vec<&str> = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// How an exchange ended, in words.
pub(crate) fn ending(answer: &AnswerFact) -> &'static str {
    use protocol::journal::Outcome;
    match answer.outcome {
        Outcome::Complete => "it ended without a status line",
        Outcome::Reset => "the connection was reset",
        Outcome::Truncated => "the answer was cut short",
        Outcome::TimedOut => "nothing came in time",
        Outcome::Refused => "the connection was refused",
        Outcome::Broken => "the other side closed the connection or did not speak HTTP",
    }
}

/// Whether two spellings name the same path below the stage; in the wanted one the last segment may be a glob.
pub(crate) fn same_path(one: &str, other: &str) -> bool {
    let (one, other) = (plain_path(one), plain_path(other));
    match (one.rsplit_once('/'), other.rsplit_once('/')) {
        (Some((directory, name)), Some((wanted, glob))) if glob.contains('*') => {
            directory == wanted && PathPattern(glob).fits(name)
        }
        _ => one == other,
    }
}

/// A path without a leading `./` and a trailing slash.
pub(crate) fn plain_path(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
    if path == "." { "" } else { path }
}

#[cfg(test)]
mod tests {
    use super::same_path;

    #[test]
    fn the_last_segment_of_a_wanted_path_may_be_a_glob() {
        assert!(same_path("./a/b", "a/b/"));
        assert!(same_path("a/0123-hello.txt", "a/*hello.txt"));
        assert!(!same_path("a/0123-hello.txt.tmp", "a/*hello.txt"));
        assert!(!same_path("b/0123-hello.txt", "a/*hello.txt"));
        assert!(!same_path("a/x", "*/x"));
    }
}
