//! A journal that grows, or its beginning, with exchanges paired and steps indexed.

use std::collections::BTreeMap;

use protocol::journal::{
    AnswerFact, DiskFact, Event, Fact, FaultFact, LogFact, Party, ProcessChange, ProcessFact,
    RequestFact, StageFact, StepEnd, StepFact, StepPhase, header,
};
use protocol::{PathPattern, wire};

/// What stands where in a journal, appended to as it grows.
#[derive(Debug, Default)]
pub struct Index {
    /// How many events were read.
    length: usize,
    stage: Option<usize>,
    requests: Vec<SentRequest>,
    /// The first answer to each exchange.
    answers: BTreeMap<u64, usize>,
    steps: BTreeMap<usize, Span>,
    process: Running,
}

/// A request in the journal, and what is known of who sent it.
#[derive(Debug)]
struct SentRequest {
    position: usize,
    boot: u32,
    certain: bool,
}

/// Where a step begins and ends.
#[derive(Debug, Default)]
struct Span {
    begun: Option<usize>,
    ended: Option<usize>,
}

impl Index {
    /// The index of a journal.
    pub fn of(journal: &[Event]) -> Self {
        let mut index = Self::default();
        index.append(journal);
        index
    }

    /// Reads what a journal has grown by.
    pub fn append(&mut self, events: &[Event]) {
        for event in events {
            self.read(event);
            self.length += 1;
        }
    }

    fn read(&mut self, event: &Event) {
        let position = self.length;
        match &event.fact {
            Fact::Stage(stage) if self.stage.is_none() => {
                self.stage = Some(position);
                self.process.patience_us = stage.heartbeat_us.saturating_add(stage.slack_us);
            }
            Fact::Step(step) => {
                let span = self.steps.entry(step.index).or_default();
                let place = match step.phase {
                    StepPhase::Begun(_) => &mut span.begun,
                    StepPhase::Ended(_) => &mut span.ended,
                };
                place.get_or_insert(position);
            }
            Fact::Request(_) => self.requests.push(SentRequest {
                position,
                boot: self.process.boot,
                certain: self.process.is_alone(event.at_us),
            }),
            Fact::Answer(answer) => {
                self.answers.entry(answer.exchange).or_insert(position);
            }
            Fact::Process(ProcessFact {
                boot,
                change: ProcessChange::Started { .. },
            }) => {
                self.process.started(*boot, event.at_us);
            }
            Fact::Log(log) => self.process.is_alive |= log.boot == self.process.boot,
            _ => {}
        }
    }
}

/// A journal, or its beginning, as the judge reads it.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The events.
    pub events: &'a [Event],
    /// The world.
    pub(crate) stage: Option<&'a StageFact>,
    index: &'a Index,
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

/// The process that runs at some point of a journal.
#[derive(Debug, Default)]
struct Running {
    boot: u32,
    /// When it was launched.
    since_us: u64,
    /// For how long what the one before sent may still be read.
    patience_us: u64,
    /// Whether another process ran before it.
    is_later: bool,
    /// Whether it gave a sign of life that cannot come from the one before.
    is_alive: bool,
}

impl Running {
    fn started(&mut self, boot: u32, at_us: u64) {
        self.is_later = self.boot != 0;
        self.boot = boot;
        self.since_us = at_us;
        self.is_alive = false;
    }

    /// Whether nothing can come from the process before any more.
    fn is_alone(&self, now_us: u64) -> bool {
        !self.is_later || self.is_alive || now_us.saturating_sub(self.since_us) > self.patience_us
    }
}

/// Every fact of a kind in a record, with its sequence number.
macro_rules! facts {
    ($record:expr, $kind:ident) => {
        $record.events.iter().filter_map(|event| match &event.fact {
            Fact::$kind(fact) => Some((event.seq, fact)),
            _ => None,
        })
    };
}

impl<'a> Record<'a> {
    /// The events that an index was made of, or their beginning.
    pub fn new(events: &'a [Event], index: &'a Index) -> Self {
        let stage = index
            .stage
            .and_then(|position| match &events.get(position)?.fact {
                Fact::Stage(stage) => Some(stage),
                _ => None,
            });
        Self {
            events,
            stage,
            index,
        }
    }

    /// What of it was there when a step ended; all of it while the step lasts.
    pub(crate) fn until_end_of(self, step: usize) -> Self {
        let end = self.span(step, |span| span.ended);
        end.and_then(|end| self.events.get(..=end))
            .map_or(self, |events| Self::new(events, self.index))
    }

    /// The requests with their answers, in the order of the requests.
    pub(crate) fn exchanges(self) -> impl Iterator<Item = Exchange<'a>> + Clone {
        self.exchanges_since(None)
    }

    /// The exchanges whose request came after an event.
    pub(crate) fn exchanges_since(
        self,
        since: Option<u64>,
    ) -> impl Iterator<Item = Exchange<'a>> + Clone {
        let seq = |sent: &SentRequest| self.events.get(sent.position).map(|event| event.seq);
        let first = since.map_or(0, |since| {
            self.index
                .requests
                .partition_point(|sent| seq(sent).is_some_and(|seq| seq <= since))
        });
        let sent = self.index.requests.get(first..).unwrap_or_default();
        sent.iter()
            .map_while(move |sent| self.events.get(sent.position).map(|event| (sent, event)))
            .filter_map(move |(sent, event)| {
                let Fact::Request(request) = &event.fact else {
                    return None;
                };
                let SentRequest { boot, certain, .. } = *sent;
                let answer = self.answer(request.exchange);
                Some(Exchange {
                    seq: event.seq,
                    at_us: event.at_us,
                    boot,
                    certain,
                    request,
                    answer,
                })
            })
    }

    fn answer(self, exchange: u64) -> Option<(u64, &'a AnswerFact)> {
        let event = self.events.get(*self.index.answers.get(&exchange)?)?;
        match &event.fact {
            Fact::Answer(answer) => Some((event.seq, answer)),
            _ => None,
        }
    }

    /// The events after one, in order.
    pub(crate) fn events_since(self, since: Option<u64>) -> &'a [Event] {
        let first = since.map_or(0, |since| {
            self.events.partition_point(|event| event.seq <= since)
        });
        self.events.get(first..).unwrap_or_default()
    }

    /// When an event happened; 0 for one that is not there.
    pub(crate) fn time_of(self, seq: u64) -> u64 {
        let position = self.events.binary_search_by_key(&seq, |event| event.seq);
        position
            .ok()
            .and_then(|position| self.events.get(position))
            .map_or(0, |event| event.at_us)
    }

    fn span(self, step: usize, place: impl Fn(&Span) -> Option<usize>) -> Option<usize> {
        self.index
            .steps
            .get(&step)
            .and_then(place)
            .filter(|position| *position < self.events.len())
    }

    /// The sequence number of a step's beginning.
    pub(crate) fn begun(self, step: usize) -> Option<u64> {
        self.events
            .get(self.span(step, |span| span.begun)?)
            .map(|event| event.seq)
    }

    /// A step's end with its sequence number.
    pub(crate) fn ended(self, step: usize) -> Option<(u64, &'a StepEnd)> {
        let event = self.events.get(self.span(step, |span| span.ended)?)?;
        match &event.fact {
            Fact::Step(StepFact {
                phase: StepPhase::Ended(end),
                ..
            }) => Some((event.seq, end)),
            _ => None,
        }
    }

    /// What the subject sent to the platform, regardless of which party answered.
    pub(crate) fn to_platform(self) -> impl Iterator<Item = Exchange<'a>> {
        self.exchanges().filter(|exchange| {
            exchange.request.from == Party::Subject && exchange.request.to == Party::Platform
        })
    }

    /// What the subject sent with this method to paths that satisfy the condition, on the platform.
    pub(crate) fn sent(
        self,
        method: &'static str,
        path: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = Exchange<'a>> {
        self.to_platform().filter(move |exchange| {
            exchange.request.method == method && path(&exchange.request.path)
        })
    }

    /// Every state of a path, in order.
    pub(crate) fn disk<'b>(
        &self,
        path: &'b str,
    ) -> impl Iterator<Item = (u64, &'a DiskFact)> + use<'a, 'b> {
        self.all_disk()
            .filter(move |(_, fact)| same_path(&fact.path, path))
    }

    /// Every fact about files.
    pub(crate) fn all_disk(&self) -> impl Iterator<Item = (u64, &'a DiskFact)> + use<'a> {
        facts!(self, Disk)
    }

    /// What the subject printed.
    pub(crate) fn log(&self) -> impl Iterator<Item = (u64, &'a LogFact)> + use<'a> {
        facts!(self, Log)
    }

    /// What happened to the subject's processes.
    pub(crate) fn processes(&self) -> impl Iterator<Item = (u64, &'a ProcessFact)> + use<'a> {
        facts!(self, Process)
    }

    /// The subject's workspace, if the journal says which one it is.
    pub(crate) fn workspace(&self) -> Option<&'a str> {
        self.stage.map(|stage| stage.workspace.as_str())
    }

    /// What happened to faults.
    pub(crate) fn faults(&self) -> impl Iterator<Item = (u64, &'a FaultFact)> + use<'a> {
        facts!(self, Fault)
    }

    /// The first difficulty of the harness.
    pub(crate) fn trouble(&self) -> Option<(u64, &'a String)> {
        facts!(self, Trouble).next()
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

    /// That the request has no such header, in words.
    pub(crate) fn lacks(&self, name: &str) -> Option<String> {
        header(&self.request.headers, name)
            .is_none()
            .then(|| format!("`headers.{name}` was absent"))
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
            (Some((_, answer)), None) => {
                format!("`{method} {path}` not answered: {}", ending(answer))
            }
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
    let values = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name));
    values
        .map(|header| header.value.clone())
        .reduce(|all, value| format!("{all}, {value}"))
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
    let path = path
        .strip_prefix("./")
        .unwrap_or(path)
        .trim_end_matches('/');
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
