//! When a start counts as done: by the journal and by the agent card, never by a log line.

use std::time::Duration;

use protocol::journal::{AnswerFact, Answerer, Body, Event, Fact, Outcome, Party, RequestFact};
use protocol::{PathPattern, wire};
use scenario::manifest::{Rendering, Sign};
use scenario::plan::Readiness;
use tokio::time::{Instant, MissedTickBehavior};

use super::{Stage, StepError};

/// Between two looks at a port on which nothing listens yet.
const CARD_PAUSE: Duration = Duration::from_millis(4);

impl Stage<'_> {
    /// Waits until a start that began at `since` is as ready as asked.
    pub(super) async fn become_ready(
        &self,
        until: Readiness,
        since: u64,
        within: Duration,
    ) -> Result<(), StepError> {
        let deadline = Instant::now() + within;
        let has_port = !self.profile.polls();
        let until = if until == Readiness::Listening && !has_port {
            Readiness::Registering
        } else {
            until
        };
        let needs_register = match until {
            Readiness::Ready => return self.show_all_signs(since, within).await,
            Readiness::Launched => return Ok(()),
            Readiness::Registering => Some(false),
            Readiness::Registered | Readiness::Serving => Some(true),
            Readiness::Listening => None,
        };
        let needs_card = until == Readiness::Serving;
        if needs_card && !self.serves {
            return Err(StepError::Subject(
                "did not serve its agent card when it was probed".into(),
            ));
        }
        if let Some(answered) = needs_register
            && !self
                .wait_for(within, |journal| registered(journal, since, answered))
                .await
        {
            let what = if answered {
                "was not registered (answered 200)"
            } else {
                "did not register"
            };
            return Err(self.why_not(what, within));
        }
        let rest = deadline.saturating_duration_since(Instant::now());
        if needs_card && !self.wait_until_serving(rest).await {
            return Err(self.why_not("did not serve its agent card", within));
        }
        if until == Readiness::Listening && !self.wait_until_listening(rest).await {
            return Err(self.why_not("did not accept connections on its port", within));
        }
        Ok(())
    }

    /// Waits until the running subject is as ready as its profile usually is.
    pub(crate) async fn become_usually_ready(&self, within: Duration) -> Result<(), StepError> {
        self.show_all_signs(0, within).await
    }

    /// Waits for every sign of readiness that the subject's manifest names, or that is usual for its profile.
    async fn show_all_signs(&self, since: u64, within: Duration) -> Result<(), StepError> {
        let deadline = Instant::now() + within;
        for sign in self.signs() {
            if matches!(sign, Sign::Http(_)) && !self.serves {
                return Err(StepError::Subject(
                    "did not serve its agent card when it was probed".into(),
                ));
            }
            let rest = deadline.saturating_duration_since(Instant::now());
            if let Err(what) = self.show_sign(&sign, since, rest).await {
                return Err(self.why_not(&what, within));
            }
        }
        Ok(())
    }

    /// The signs by which the subject counts as ready.
    pub(crate) fn signs(&self) -> Vec<Sign> {
        self.manifest.conduct.signs(self.profile)
    }

    /// Waits for one sign of readiness in what happened from `since` on; otherwise what the subject did not do.
    pub(crate) async fn show_sign(
        &self,
        sign: &Sign,
        since: u64,
        rest: Duration,
    ) -> Result<(), String> {
        let (shown, what) = match sign {
            Sign::Request { method, path } => {
                let path = self.path_of_sign(path);
                let pattern = PathPattern(path.trim_end_matches('/'));
                let is_such = |request: &RequestFact| {
                    method
                        .as_deref()
                        .is_none_or(|method| request.method.eq_ignore_ascii_case(method))
                        && pattern.fits(request.path.trim_end_matches('/'))
                };
                let answers = |journal: &[Event]| answers_to(journal, since, is_such);
                let is_success = |status: &u16| (200..300).contains(status);
                let seen = |journal: &[Event]| {
                    answers(journal).is_some_and(|all| all.iter().any(is_success))
                };
                let line = format!("{} {path}", method.as_deref().unwrap_or("*"));
                let shown = self.wait_for(rest, seen).await;
                let what = match self.look(answers).as_deref() {
                    None => format!("did not send `{line}`"),
                    Some([]) => format!("sent `{line}`, but got no answer"),
                    Some([.., status]) => format!("sent `{line}`, but got {status} and no success"),
                };
                (shown, what)
            }
            Sign::Http(path) => {
                let what = if path == wire::AGENT_CARD {
                    "its agent card"
                } else {
                    path.as_str()
                };
                (
                    self.wait_until_serves(path, rest).await,
                    format!("did not serve {what}"),
                )
            }
            Sign::Tcp => (
                self.wait_until_listening(rest).await,
                "did not accept connections on its port".into(),
            ),
            Sign::Initialised => {
                match self.process.as_ref().and_then(crate::driver::Process::mcp) {
                    None => (false, "does not speak MCP".into()),
                    Some(channel) => match channel.initialised(rest).await {
                        Ok(()) => (true, String::new()),
                        Err(why) => (false, why),
                    },
                }
            }
        };
        if shown { Ok(()) } else { Err(what) }
    }

    /// The path of a request that is a sign, as the journal spells it.
    pub(crate) fn path_of_sign(&self, path: &Rendering) -> String {
        self.redact(&self.launcher.subject.rendered(path, &self.launcher.values))
    }

    /// Knocks at the subject's port until it is opened.
    async fn wait_until_listening(&self, patience: Duration) -> bool {
        let address = (std::net::Ipv4Addr::LOCALHOST, self.port.port());
        let deadline = Instant::now() + patience;
        let mut knocks = tokio::time::interval(CARD_PAUSE);
        knocks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < deadline && !self.is_interrupted() {
            knocks.tick().await;
            if self
                .process
                .as_ref()
                .is_none_or(|process| process.exit().is_some())
            {
                return false;
            }
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return true;
            }
        }
        false
    }

    fn why_not(&self, what: &str, within: Duration) -> StepError {
        if self.is_interrupted() {
            return StepError::Interrupted;
        }
        match self.process.as_ref().and_then(crate::driver::Process::exit) {
            Some(exit) => StepError::Subject(format!("{exit}; it {what}")),
            None => StepError::Late(within, what.to_owned()),
        }
    }

    /// Asks for the agent card until it is served; only the answer that settles it is recorded.
    pub(crate) async fn wait_until_serving(&self, patience: Duration) -> bool {
        self.wait_until_serves(&self.manifest.conduct.card_path, patience)
            .await
    }

    /// Asks for a path until it is served.
    async fn wait_until_serves(&self, path: &str, patience: Duration) -> bool {
        let url = format!("http://127.0.0.1:{}{path}", self.port.port());
        let deadline = Instant::now() + patience;
        let mut looks = tokio::time::interval(CARD_PAUSE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < deadline && !self.is_interrupted() {
            looks.tick().await;
            if self
                .process
                .as_ref()
                .is_none_or(|process| process.exit().is_some())
            {
                return false;
            }
            let asked = self
                .http
                .get(&url)
                .timeout(Duration::from_secs(2))
                .send()
                .await;
            let Ok(answer) = asked else { continue };
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            if status.is_success() {
                self.record_look(path, status.as_u16(), &text);
                return true;
            }
        }
        false
    }

    fn record_look(&self, path: &str, status: u16, text: &str) {
        let exchange = self.recorder.next_exchange();
        self.record(Fact::Request(RequestFact {
            exchange,
            from: Party::Harness,
            to: Party::Subject,
            peer: None,
            method: "GET".into(),
            path: path.into(),
            query: String::new(),
            headers: Vec::new(),
            body: Body::empty(),
        }));
        self.record(Fact::Answer(AnswerFact {
            exchange,
            by: Answerer::Subject,
            status: Some(status),
            headers: Vec::new(),
            body: Body::text(&self.redact(text)),
            outcome: Outcome::Complete,
            fault: None,
        }));
    }
}

/// Whether a register stands in the journal from `since` on (and was answered 200, if asked).
fn registered(journal: &[Event], since: u64, answered: bool) -> bool {
    let is_register =
        |request: &RequestFact| request.path.trim_end_matches('/').ends_with(wire::REGISTER);
    answers_to(journal, since, is_register)
        .is_some_and(|statuses| !answered || statuses.contains(&200))
}

/// The statuses that such requests of the subject were answered with from `since` on, in order; none if it sent no such request.
fn answers_to(
    journal: &[Event],
    since: u64,
    is_such: impl Fn(&RequestFact) -> bool,
) -> Option<Vec<u16>> {
    let recent = journal
        .iter()
        .skip(usize::try_from(since).unwrap_or(usize::MAX));
    let mut sent = Vec::new();
    let mut statuses = Vec::new();
    for event in recent {
        match &event.fact {
            Fact::Request(request) if request.from == Party::Subject && is_such(request) => {
                sent.push(request.exchange);
            }
            Fact::Answer(answer) if sent.contains(&answer.exchange) => {
                statuses.extend(answer.status);
            }
            _ => {}
        }
    }
    (!sent.is_empty()).then_some(statuses)
}
