//! The Model Context Protocol over a subject's standard input and output, with every message in the journal.
//!
//! A request of ours stands there as a request of the harness to the subject with the method `MCP` and the protocol's own method as path;
//! what the subject sends by itself is a request of the subject to the harness.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{
    AnswerFact, Answerer, Body, Fact, LogFact, LogStream, Outcome, Party, RequestFact,
};
use protocol::wire;
use rmcp::RoleClient;
use rmcp::model::{ClientRequest, CustomRequest, InitializeResult};
use rmcp::service::{Peer, PeerRequestOptions, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::watch;

/// A longer message is no message.
const MESSAGE_AT_MOST: u64 = 8 * 1024 * 1024;
/// How many lines that are not messages are kept of one start.
const STRAY_LINES_KEPT: usize = 200;

/// How far the handshake has come.
#[derive(Clone)]
enum Handshake {
    /// `initialize` is on its way.
    Pending,
    /// `initialize` was answered.
    Done(Peer<RoleClient>),
    /// `initialize` failed, and will not be answered.
    Failed(String),
}

/// A channel to one start of a subject; opening it sends `initialize`.
#[derive(Clone)]
pub(crate) struct McpChannel {
    wire: Arc<Wire>,
    handshake: watch::Receiver<Handshake>,
    ended: watch::Receiver<bool>,
}

/// What both directions share.
struct Wire {
    boot: u32,
    recorder: Recorder,
    /// Absent once it is closed.
    input: tokio::sync::Mutex<Option<ChildStdin>>,
    closed: watch::Sender<bool>,
    /// Exchanges of ours that wait for their answer.
    ours: Exchanges,
    /// Exchanges that the subject began.
    theirs: Exchanges,
}

/// Exchanges by the id of the message that began them.
#[derive(Default)]
struct Exchanges(Mutex<HashMap<String, u64>>);

impl Exchanges {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl McpChannel {
    /// Greets the subject.
    pub(super) fn open(
        input: ChildStdin,
        output: ChildStdout,
        boot: u32,
        recorder: Recorder,
    ) -> Self {
        let (closed, _) = watch::channel(false);
        let wire = Arc::new(Wire {
            boot,
            recorder,
            input: tokio::sync::Mutex::new(Some(input)),
            closed,
            ours: Exchanges::default(),
            theirs: Exchanges::default(),
        });
        let (announce, handshake) = watch::channel(Handshake::Pending);
        let (end, ended) = watch::channel(false);
        let messages = Messages {
            wire: Arc::clone(&wire),
            output: BufReader::new(output),
            line: Vec::new(),
            stray: 0,
            is_greeted: false,
            end,
        };
        tokio::spawn(async move {
            match rmcp::serve_client((), messages).await {
                Ok(service) => {
                    announce.send_replace(Handshake::Done(service.peer().clone()));
                    // Serves until the subject closes its output.
                    let _ = service.waiting().await;
                }
                Err(error) => {
                    announce.send_replace(Handshake::Failed(error.to_string()));
                }
            }
        });
        Self {
            wire,
            handshake,
            ended,
        }
    }

    /// Waits until `initialize` is answered.
    pub(crate) async fn initialised(&self, within: Duration) -> Result<(), String> {
        self.peer(within).await.map(drop)
    }

    async fn peer(&self, within: Duration) -> Result<Peer<RoleClient>, String> {
        let mut handshake = self.handshake.clone();
        let settled = handshake.wait_for(|state| !matches!(state, Handshake::Pending));
        match tokio::time::timeout(within, settled)
            .await
            .map(|state| state.map(|state| state.clone()))
        {
            Ok(Ok(Handshake::Done(peer))) => Ok(peer),
            Ok(Ok(Handshake::Failed(why))) => {
                Err(format!("did not answer `initialize` as MCP wants: {why}"))
            }
            Ok(_) => Err("closed its output before it answered `initialize`".into()),
            Err(_) => Err("did not answer `initialize`".into()),
        }
    }

    /// Sends a request and waits for its answer; its outcome stands in the journal.
    pub(crate) async fn request(
        &self,
        method: &str,
        parameters: Option<Value>,
        within: Duration,
    ) -> Result<(), String> {
        let peer = self.peer(within).await?;
        let request = ClientRequest::CustomRequest(CustomRequest::new(method, parameters));
        let mut sent = None;
        let answered = async {
            let handle = peer
                .send_cancellable_request(request, PeerRequestOptions::no_options())
                .await
                .ok()?;
            sent = serde_json::to_value(&handle.id)
                .ok()
                .map(|id| id.to_string());
            // What was answered stands in the journal.
            handle.rx.await.ok()
        };
        if tokio::time::timeout(within, answered).await.is_err()
            && let Some(id) = sent
        {
            self.wire.give_up(&id);
        }
        Ok(())
    }

    /// Forgets what waits for an answer: one that still comes belongs to no exchange of the journal.
    pub(crate) fn forget(&self) {
        self.wire.ours.waiting().clear();
        self.wire.theirs.waiting().clear();
    }

    /// Resolves when the subject has closed its output.
    pub(super) async fn ended(&self) {
        // An error would mean that it is not read any more.
        self.ended.clone().wait_for(|ended| *ended).await.ok();
    }

    /// Ends the subject's input.
    pub(crate) fn close(&self) {
        self.wire.closed.send_replace(true);
        let wire = Arc::clone(&self.wire);
        tokio::spawn(async move { wire.input.lock().await.take() });
    }
}

impl Wire {
    fn request(&self, from: Party, to: Party, message: &Value, text: &str) -> u64 {
        let exchange = self.recorder.next_exchange();
        let redactor = self.recorder.redactor();
        let method = message
            .get("method")
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.recorder.record(Fact::Request(RequestFact {
            exchange,
            from,
            to,
            peer: None,
            method: wire::MCP_METHOD.into(),
            path: redactor.redact(&format!("/{method}")),
            query: String::new(),
            headers: Vec::new(),
            body: Body::text(&redactor.redact(text)),
        }));
        exchange
    }

    fn answer(&self, exchange: u64, by: Answerer, text: Option<&str>, outcome: Outcome) {
        let body = text.map_or_else(Body::empty, |text| {
            Body::text(&self.recorder.redactor().redact(text))
        });
        let status = text.map(|_| 200);
        self.recorder.record(Fact::Answer(AnswerFact {
            exchange,
            by,
            status,
            headers: Vec::new(),
            body,
            outcome,
            fault: None,
        }));
    }

    /// A request whose answer did not come in time; what waits besides it waits on.
    fn give_up(&self, id: &str) {
        let given_up = self.ours.waiting().remove(id);
        if let Some(exchange) = given_up {
            self.answer(exchange, Answerer::Nobody, None, Outcome::TimedOut);
        }
    }

    /// Exchanges that still wait for an answer get none.
    fn break_off(&self) {
        let waiting: Vec<u64> = self
            .ours
            .waiting()
            .drain()
            .map(|(_, exchange)| exchange)
            .collect();
        for exchange in waiting {
            self.answer(exchange, Answerer::Nobody, None, Outcome::Broken);
        }
    }

    /// A message on its way to the subject.
    fn note_sent(&self, message: &Value, text: &str) {
        let way = (Party::Harness, Party::Subject, Answerer::Nobody);
        self.note(way, (&self.ours, &self.theirs), message, text);
    }

    /// A message of the subject.
    fn note_received(&self, message: &Value, text: &str) {
        let way = (Party::Subject, Party::Harness, Answerer::Subject);
        self.note(way, (&self.theirs, &self.ours), message, text);
    }

    /// A message of one who has asked something, and may have been asked.
    fn note(
        &self,
        (from, to, by): (Party, Party, Answerer),
        (asked, was_asked): (&Exchanges, &Exchanges),
        message: &Value,
        text: &str,
    ) {
        let id = message
            .get("id")
            .filter(|id| !id.is_null())
            .map(Value::to_string);
        if message.get("method").is_some() {
            let exchange = self.request(from, to, message, text);
            asked.waiting().extend(id.map(|id| (id, exchange)));
        } else if let Some(exchange) = id.and_then(|id| was_asked.waiting().remove(&id)) {
            self.answer(exchange, by, Some(text), Outcome::Complete);
        }
    }

    async fn write(&self, text: String) -> std::io::Result<()> {
        let mut input = self.input.lock().await;
        let Some(input) = input.as_mut() else {
            return Err(std::io::Error::new(
                std::io::ErrorKind::BrokenPipe,
                "the input is closed",
            ));
        };
        input.write_all(text.as_bytes()).await?;
        input.write_all(b"\n").await?;
        input.flush().await
    }
}

/// Whether it is a message of JSON-RPC 2.0, of any content.
fn is_message(value: &Value) -> bool {
    value.get("jsonrpc").is_some_and(|version| version == "2.0")
        && ["method", "result", "error"]
            .iter()
            .any(|key| value.get(key).is_some())
}

/// Makes a whole answer to `initialize` of one that lacks something: the journal has it as it was, and the rest can be judged, too.
fn complete(greeting: &mut Value) {
    if serde_json::from_value::<InitializeResult>(greeting.clone()).is_err() {
        *greeting = json!({
            "protocolVersion": greeting.get("protocolVersion").and_then(Value::as_str).unwrap_or("2025-06-18"),
            "capabilities": {},
            "serverInfo": { "name": "", "version": "" },
        });
    }
}

/// Messages as lines of JSON.
struct Messages {
    wire: Arc<Wire>,
    output: BufReader<ChildStdout>,
    /// The beginning of a line; reading may be cancelled and goes on later.
    line: Vec<u8>,
    stray: usize,
    /// Whether an answer came; the first is the one to `initialize`.
    is_greeted: bool,
    /// Turns true at the end of the output.
    end: watch::Sender<bool>,
}

impl Messages {
    /// The next line; none at the end of the output.
    async fn line(&mut self) -> Option<Vec<u8>> {
        let room = MESSAGE_AT_MOST.saturating_sub(self.line.len() as u64);
        let mut bounded = (&mut self.output).take(room);
        let read = bounded.read_until(b'\n', &mut self.line).await;
        let line = std::mem::take(&mut self.line);
        match read {
            Ok(_) if !line.is_empty() => Some(line),
            _ => None,
        }
    }

    /// Something on the channel that is no message.
    fn note_stray(&mut self, line: &[u8]) {
        self.stray += 1;
        if self.stray > STRAY_LINES_KEPT {
            return;
        }
        let text = self
            .wire
            .recorder
            .redactor()
            .redact_bytes(line.get(..4096.min(line.len())).unwrap_or_default());
        self.wire.recorder.record(Fact::Log(LogFact {
            boot: self.wire.boot,
            stream: LogStream::Out,
            line: text.trim_end().to_owned(),
        }));
    }
}

impl Transport<RoleClient> for Messages {
    type Error = std::io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let wire = Arc::clone(&self.wire);
        async move {
            let message = serde_json::to_value(&item)?;
            let text = message.to_string();
            wire.note_sent(&message, &text);
            wire.write(text).await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let Some(line) = self.line().await else {
                self.wire.break_off();
                self.end.send_replace(true);
                return None;
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            // A log in JSON is no message either.
            let Some(mut message) = serde_json::from_slice::<Value>(&line)
                .ok()
                .filter(is_message)
            else {
                self.note_stray(&line);
                continue;
            };
            self.wire
                .note_received(&message, String::from_utf8_lossy(&line).trim_end());
            if !self.is_greeted
                && let Some(greeting) = message.get_mut("result")
            {
                self.is_greeted = true;
                complete(greeting);
            }
            if let Ok(known) = serde_json::from_value(message) {
                return Some(known);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.wire.input.lock().await.take();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use protocol::Redactor;

    use super::*;

    /// Answers `slow` not before it is asked `last`, and `never` not at all.
    const SERVER: &str = r#"while read -r line; do
        id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
        case $line in
        *'"initialize"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"result":{}}' ;;
        *'"slow"'*) slow=$id ;;
        *'"last"'*) for id in $slow $id; do echo '{"jsonrpc":"2.0","id":'"$id"',"result":{}}'; done ;;
        esac
    done"#;

    #[tokio::test]
    async fn a_request_that_is_not_answered_in_time_ends_no_other() {
        let mut server = tokio::process::Command::new("/bin/sh");
        server
            .args(["-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut server = server.spawn().unwrap();
        let recorder = Recorder::start(Redactor::new());
        let (input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        let channel = McpChannel::open(input, output, 1, recorder.clone());
        let long = Duration::from_secs(20);
        let others = async {
            channel
                .request("never", None, Duration::from_millis(50))
                .await
                .unwrap();
            channel.request("last", None, long).await.unwrap();
        };
        let (slow, ()) = tokio::join!(channel.request("slow", None, long), others);
        slow.unwrap();
        let events = recorder.events();
        let outcome = |path: &str| {
            let exchange = events.iter().find_map(|event| match &event.fact {
                Fact::Request(request) if request.path == path => Some(request.exchange),
                _ => None,
            })?;
            events.iter().find_map(|event| match &event.fact {
                Fact::Answer(answer) if answer.exchange == exchange => Some(answer.outcome),
                _ => None,
            })
        };
        let [slow, never, last] = ["/slow", "/never", "/last"].map(outcome);
        assert_eq!(
            [slow, never, last],
            [Outcome::Complete, Outcome::TimedOut, Outcome::Complete].map(Some)
        );
    }
}
