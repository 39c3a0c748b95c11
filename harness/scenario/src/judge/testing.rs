//! Small journals and plans for tests.

use std::collections::BTreeMap;

use protocol::journal::{
    AnswerFact, Answerer, Body, DiskCallClass, DiskCallFact, DiskCause, DiskFact, DiskObserverKind,
    DiskResult, Event, Fact, FileKind, FileState, GracefulEnd, Header, JOURNAL_FORMAT, LogFact,
    LogStream, Outcome, Party, PeerFact, PlatformChange, PlatformFact, PresentFile, ProcessChange,
    ProcessFact, RequestFact, StageFact, StepEnd, StepFact, StepPhase,
};
use protocol::requirement::CatalogueFile;
use protocol::{
    Addresses, Bound, Catalogue, Deployment, Edge, Level, Profile, Requirement, RequirementId,
    Revision,
};
use serde_json::Value;

use super::{Index, Progress, Record, Unresolved};
use crate::plan::{
    Act, Action, Count, Expectation, InboundSecret, Matcher, Mode, Plan, Position,
    RequestExpectation, RequestLine, RequestStatement, Start, Statement, Step, SubjectSetup,
    Template, TokenSeed, World,
};
use crate::source::Source;

/// The subject's workspace in every test.
pub(crate) const WORKSPACE: &str = "11111111-1111-4111-8111-111111111111";
/// The platform's origin in every test.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:4000";
/// A heartbeat interval in every test, in microseconds.
pub(crate) const HEARTBEAT_US: u64 = 100_000;

/// A journal under construction; every event comes a millisecond after the one before.
pub(crate) struct Journal {
    /// What was written so far.
    pub(crate) events: Vec<Event>,
    /// When the next event happens.
    pub(crate) now_us: u64,
    exchanges: u64,
}

impl Journal {
    /// A journal that begins with its stage.
    pub(crate) fn new() -> Self {
        Self::with_platform_url(Some(ORIGIN))
    }

    /// A journal whose subject got this `PLATFORM_URL`.
    pub(crate) fn with_platform_url(platform_url: Option<&str>) -> Self {
        let mut journal = Self {
            events: Vec::new(),
            now_us: 0,
            exchanges: 0,
        };
        journal.add(Fact::Stage(StageFact {
            format: JOURNAL_FORMAT,
            scenario: "area/name".into(),
            profile: Profile::Container,
            revision: Revision::R1,
            deployment: Deployment::Docker,
            workspace: WORKSPACE.into(),
            organisation: "organisation".into(),
            platform_origin: ORIGIN.into(),
            platform_url: platform_url.map(str::to_owned),
            subject_port: 5000,
            peers: vec![PeerFact {
                name: "ada".into(),
                id: "ada-id".into(),
                url: "http://127.0.0.1:6000".into(),
            }],
            heartbeat_us: HEARTBEAT_US,
            slack_us: 1000,
            credential_files: protocol::journal::CredentialFiles::default(),
            disk_observer: DiskObserverKind::Trace,
            graceful_end: GracefulEnd::default(),
        }));
        journal
    }

    /// Writes a fact and returns its sequence number.
    pub(crate) fn add(&mut self, fact: Fact) -> u64 {
        let seq = self.events.len() as u64;
        self.events.push(Event {
            seq,
            at_us: self.now_us,
            fact,
        });
        self.now_us += 1000;
        seq
    }

    /// A step begins.
    pub(crate) fn begin(&mut self, index: usize) -> u64 {
        self.add(Fact::Step(StepFact {
            index,
            phase: StepPhase::Begun("step".into()),
        }))
    }

    /// A step ends.
    pub(crate) fn end(&mut self, index: usize, end: StepEnd) -> u64 {
        self.add(Fact::Step(StepFact {
            index,
            phase: StepPhase::Ended(end),
        }))
    }

    /// A step begins and ends at once.
    pub(crate) fn done(&mut self, index: usize) {
        self.begin(index);
        self.end(index, StepEnd::Done);
    }

    /// A step begins and its deadline passes.
    pub(crate) fn late(&mut self, index: usize) {
        self.begin(index);
        self.end(index, StepEnd::DeadlinePassed(300_000));
    }

    /// A request; returns its exchange.
    pub(crate) fn request(
        &mut self,
        from: Party,
        to: Party,
        line: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> u64 {
        self.exchanges += 1;
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = headers
            .iter()
            .map(|(name, value)| Header::new(name, *value))
            .collect();
        self.add(Fact::Request(RequestFact {
            exchange: self.exchanges,
            from,
            to,
            peer: None,
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers,
            body: Body::text(body),
        }));
        self.exchanges
    }

    /// An answer with a status and a JSON body.
    pub(crate) fn answer(&mut self, exchange: u64, by: Answerer, status: u16, body: &str) -> u64 {
        self.add(Fact::Answer(AnswerFact {
            exchange,
            by,
            status: Some(status),
            headers: Vec::new(),
            body: Body::text(body),
            outcome: Outcome::Complete,
            fault: None,
        }))
    }

    /// An exchange that ends without an answer.
    pub(crate) fn broken(&mut self, exchange: u64, outcome: Outcome) -> u64 {
        self.add(Fact::Answer(AnswerFact {
            exchange,
            by: Answerer::Nobody,
            status: None,
            headers: Vec::new(),
            body: Body::empty(),
            outcome,
            fault: None,
        }))
    }

    /// A request of the subject to the platform, from the right origin, answered by the platform; returns the request's event.
    pub(crate) fn sent(
        &mut self,
        line: &str,
        headers: &[(&str, &str)],
        body: &str,
        status: u16,
        answer: &str,
    ) -> u64 {
        let mut all = vec![("host", "127.0.0.1:4000")];
        all.extend(headers);
        let exchange = self.request(Party::Subject, Party::Platform, line, &all, body);
        self.answer(exchange, Answerer::Platform, status, answer) - 1
    }

    /// A register answered so.
    pub(crate) fn register(&mut self, headers: &[(&str, &str)], status: u16, answer: &str) -> u64 {
        let body =
            format!(r#"{{"id":"{WORKSPACE}","url":"http://localhost:5000","agent_card":{{}}}}"#);
        self.sent("POST /registry/register", headers, &body, status, answer)
    }

    /// A heartbeat answered 200.
    pub(crate) fn heartbeat(&mut self, headers: &[(&str, &str)]) -> u64 {
        let body = format!(r#"{{"workspace_id":"{WORKSPACE}","active_tasks":0,"error_rate":0.5}}"#);
        self.sent(
            "POST /registry/heartbeat",
            headers,
            &body,
            200,
            r#"{"status":"ok"}"#,
        )
    }

    /// The subject's process changes.
    pub(crate) fn process(&mut self, boot: u32, change: ProcessChange) -> u64 {
        self.add(Fact::Process(ProcessFact { boot, change }))
    }

    /// The subject is launched.
    pub(crate) fn started(&mut self, boot: u32) -> u64 {
        self.process(
            boot,
            ProcessChange::Started {
                command: Vec::new(),
                environment: Vec::new(),
            },
        )
    }

    /// The subject prints a line.
    pub(crate) fn log(&mut self, line: &str) -> u64 {
        self.add(Fact::Log(LogFact {
            boot: 1,
            stream: LogStream::Out,
            line: line.into(),
        }))
    }

    /// The platform's state changes for the subject's workspace.
    pub(crate) fn platform(&mut self, change: PlatformChange) -> u64 {
        self.add(Fact::Platform(PlatformFact {
            workspace: WORKSPACE.into(),
            change,
        }))
    }

    fn present(&self, mode: u32, inode: u64, content: &str) -> PresentFile {
        PresentFile {
            kind: FileKind::File,
            mode,
            owner: 0,
            size: content.len() as u64,
            inode,
            modified_ns: i128::from(self.now_us),
            content: Some(content.into()),
            digest: None,
            target: None,
        }
    }

    /// A file is seen.
    pub(crate) fn file(
        &mut self,
        path: &str,
        mode: u32,
        inode: u64,
        content: &str,
        by_harness: bool,
    ) -> u64 {
        let present = self.present(mode, inode, content);
        let cause = if by_harness {
            DiskCause::Harness
        } else {
            DiskCause::Found
        };
        self.add(Fact::Disk(DiskFact {
            path: path.into(),
            state: FileState::Present(present),
            cause,
        }))
    }

    /// A call of the subject leaves a file in a new state.
    pub(crate) fn called(
        &mut self,
        class: DiskCallClass,
        path: &str,
        mode: u32,
        inode: u64,
        content: &str,
    ) -> u64 {
        let present = self.present(mode, inode, content);
        self.call(class, path, None, Some(present.clone()));
        let state = FileState::Present(present);
        self.add(Fact::Disk(DiskFact {
            path: path.into(),
            state,
            cause: DiskCause::Call(class),
        }))
    }

    /// The last call had this flag.
    pub(crate) fn flagged(&mut self, flag: &str) {
        let call = self
            .events
            .iter_mut()
            .rev()
            .find_map(|event| match &mut event.fact {
                Fact::DiskCall(call) => Some(call),
                _ => None,
            });
        call.unwrap().flags.push(flag.into());
    }

    /// The subject renames a file.
    pub(crate) fn renamed(&mut self, from: &str, to: &str, inode: u64, content: &str) -> u64 {
        let seq = self.called(DiskCallClass::Rename, to, 0o600, inode, content);
        if let Some(Event {
            fact: Fact::DiskCall(call),
            ..
        }) = self.events.iter_mut().rev().nth(1)
        {
            call.path = from.into();
            call.to = Some(to.into());
        }
        let cause = DiskCause::Call(DiskCallClass::Rename);
        self.add(Fact::Disk(DiskFact {
            path: from.into(),
            state: FileState::Absent,
            cause,
        }));
        seq
    }

    /// The subject acts on a path.
    pub(crate) fn call(
        &mut self,
        class: DiskCallClass,
        path: &str,
        to: Option<&str>,
        after: Option<PresentFile>,
    ) -> u64 {
        let index = self.events.len() as u64;
        self.add(Fact::DiskCall(Box::new(DiskCallFact {
            boot: 1,
            index,
            process: 7,
            thread: 7,
            name: class.name().into(),
            class,
            path: path.into(),
            to: to.map(str::to_owned),
            flags: Vec::new(),
            mode: None,
            length: None,
            result: Some(DiskResult::Value(0)),
            after,
            nameless: false,
            fault: None,
        })))
    }

    /// From now on the journal is another observer's.
    pub(crate) fn observed_by(mut self, kind: DiskObserverKind) -> Self {
        for event in &mut self.events {
            if let Fact::Stage(stage) = &mut event.fact {
                stage.disk_observer = kind;
            }
        }
        self
    }

    /// A path is seen to be gone.
    pub(crate) fn gone(&mut self, path: &str) -> u64 {
        self.add(Fact::Disk(DiskFact {
            path: path.into(),
            state: FileState::Absent,
            cause: DiskCause::Found,
        }))
    }
}

/// A template from its source text.
pub(crate) fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

/// A matcher for an exact text.
pub(crate) fn equals(text: &str) -> Matcher {
    Matcher::Equals(template(text))
}

/// Conditions by name.
pub(crate) fn conditions<const N: usize>(pairs: [(&str, Matcher); N]) -> BTreeMap<String, Matcher> {
    pairs
        .into_iter()
        .map(|(name, matcher)| (name.to_owned(), matcher))
        .collect()
}

/// A request expectation of the subject on the platform without conditions.
pub(crate) fn wanted(line: &str) -> RequestExpectation {
    let (method, path) = line.split_once(' ').unwrap();
    RequestExpectation {
        line: RequestLine {
            method: (method != "*").then(|| method.to_owned()),
            path: template(path),
        },
        from: Party::Subject,
        to: Party::Platform,
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: BTreeMap::new(),
        answered: Vec::new(),
        answer: BTreeMap::new(),
        count: Count {
            at_least: 1,
            at_most: None,
        },
    }
}

/// An expectation of a statement, citing these.
pub(crate) fn expect(statement: Statement, cites: &[&str]) -> Expectation {
    Expectation {
        mode: Mode::Eventually,
        statement,
        since: None,
        within: None,
        patience: std::time::Duration::ZERO,
        cites: cites.iter().map(|id| RequirementId::new(*id)).collect(),
    }
}

/// An expectation of a request, citing these.
pub(crate) fn expect_request(request: impl Into<RequestStatement>, cites: &[&str]) -> Action {
    Action::Expect(expect(Statement::Request(Box::new(request.into())), cites))
}

/// Launching the subject.
pub(crate) fn start() -> Action {
    Action::Act(Act::Start(Start::default()))
}

/// A plan of these steps.
pub(crate) fn plan(actions: Vec<Action>) -> Plan {
    let source = Source::new("area/name.yaml", "");
    let step = |(index, action)| Step {
        index,
        position: Position {
            source: source.clone(),
            line: index + 1,
            column: 1,
            span: 0..1,
        },
        label: Some(format!("label-{index}")),
        action,
        summary: format!("the step {index}"),
    };
    Plan {
        name: "area/name".into(),
        area: "area".into(),
        title: "Title".into(),
        covers: Vec::new(),
        profiles: Vec::new(),
        needs: Vec::new(),
        overlays: Vec::new(),
        shares_start: false,
        since: Revision::R0,
        world: World {
            deployment: Deployment::Docker,
            revision: Revision::R1,
            edge: Edge::Open,
            addresses: Addresses::LoopbackAllowed,
            inbound_secret: InboundSecret::Minted,
            token: TokenSeed::None,
            platform_url: Some(template("${platform.origin}")),
            peers: BTreeMap::new(),
        },
        subject: SubjectSetup::default(),
        credential_files: protocol::journal::CredentialFiles::default(),
        steps: actions.into_iter().enumerate().map(step).collect(),
        crash_points: None,
        crash_point: None,
        texts: Vec::new(),
        source: source.clone(),
    }
}

/// A value that is JSON.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// `REG-001` is a MUST, `REG-012` a SHOULD, `A2A-010` a MAY, `WAF-001` a MUST from r2 on.
pub(crate) fn catalogue() -> Catalogue {
    let requirement = |(id, level, since): (&str, Level, Revision)| Requirement {
        id: RequirementId::new(id),
        bound: Bound::Runtime,
        level,
        since,
        area: "Area".into(),
        statement: "Sentence".into(),
        seen_by: "log".into(),
        source: "somewhere".into(),
        broken_upstream: false,
    };
    let requirements = [
        ("REG-001", Level::Must, Revision::R0),
        ("REG-012", Level::Should, Revision::R0),
        ("A2A-010", Level::May, Revision::R0),
        ("WAF-001", Level::Must, Revision::R2),
        ("WAF-002", Level::Must, Revision::R2),
        ("WAF-005", Level::Must, Revision::R2),
    ];
    Catalogue::new(CatalogueFile {
        requirements: requirements.into_iter().map(requirement).collect(),
    })
    .unwrap()
}

/// How far a step is at the end of a journal.
pub(crate) fn progress(plan: &Plan, step: usize, journal: &[Event]) -> Progress {
    super::progress(plan, step, Record::new(journal, &Index::of(journal)))
}

/// Whether a scenario goes on after a step.
pub(crate) fn goes_on(plan: &Plan, step: usize, journal: &[Event]) -> bool {
    super::goes_on(plan, step, Record::new(journal, &Index::of(journal)))
}

/// A template's text at the end of a journal.
pub(crate) fn resolve(
    template: &Template,
    plan: &Plan,
    journal: &[Event],
) -> Result<String, Unresolved> {
    super::resolve(template, plan, Record::new(journal, &Index::of(journal)))
}
