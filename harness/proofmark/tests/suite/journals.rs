//! Pictures of what crosses the boundary in six central scenarios.
//!
//! A journal has times, ports, identities and an order between parties that differ from run to run. The picture keeps, for each pair of parties, the distinct
//! lines in order of first appearance, without heartbeats.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use protocol::journal::{
    AnswerFact, Body, Event, Fact, FileState, Party, PlatformChange, ProcessChange, RequestFact,
    header,
};
use serde_json::Value;

use crate::program::run_with_result;

/// Headers whose values the contract speaks of.
const HEADERS: [&str; 4] = ["authorization", "content-type", "origin", "x-workspace-id"];

fn picture(name: &str) -> String {
    let (ran, _, out) = run_with_result(&["run", name]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let journal =
        std::fs::read_to_string(out.path().join(format!("journals/{name}.ndjson"))).unwrap();
    let events: Vec<Event> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut names = Names::new(&events);
    let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in &events {
        if is_routine(event) {
            continue;
        }
        if let Some((lane, line)) = project(event, &events) {
            let line = names.replace(&line);
            let lines = ways.entry(lane).or_default();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let mut text = String::new();
    for (lane, mut lines) in ways {
        // Files that one look finds together come in the directory's order.
        if lane == "disk" {
            lines.sort();
        }
        writeln!(text, "{lane}").unwrap();
        for line in lines {
            writeln!(text, "  {line}").unwrap();
        }
    }
    text
}

/// Stands identities, addresses and random parts in for words.
struct Names(Vec<(String, String)>);

impl Names {
    fn new(events: &[Event]) -> Self {
        let mut pairs = Vec::new();
        for event in events {
            if let Fact::Stage(stage) = &event.fact {
                pairs.push((stage.workspace.clone(), "<workspace>".into()));
                pairs.push((stage.platform_origin.clone(), "<platform>".into()));
                pairs.push((format!(":{}", stage.subject_port), ":<port>".into()));
                for peer in &stage.peers {
                    pairs.push((peer.id.clone(), format!("<{}>", peer.name)));
                    pairs.push((peer.url.clone(), format!("<url of {}>", peer.name)));
                }
            }
        }
        Self(pairs)
    }

    fn replace(&mut self, line: &str) -> String {
        let mut line = line.to_owned();
        for (from, to) in &self.0 {
            line = line.replace(from, to);
        }
        for prefix in ["initial-", "idle-"] {
            while let Some(start) = line.find(prefix)
                && let Some(random) = line.get(start + prefix.len()..start + prefix.len() + 8)
                && random.bytes().all(|byte| byte.is_ascii_hexdigit())
            {
                line = line.replace(&format!("{prefix}{random}"), &format!("{prefix}<random>"));
            }
        }
        // UUIDs and long hexadecimal names that nobody chose.
        let mut clean = String::new();
        for word in line
            .split_inclusive(|character: char| !(character.is_ascii_hexdigit() || character == '-'))
        {
            let (body, end) = word.split_at(
                word.trim_end_matches(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
                    .len(),
            );
            let digits = body.chars().filter(char::is_ascii_hexdigit).count();
            clean.push_str(if digits >= 32 { "<random>" } else { body });
            clean.push_str(end);
        }
        clean
    }
}

/// Traffic that goes on beside every scenario, which may end before the first of it or in the middle of the next.
fn is_routine(event: &Event) -> bool {
    let Fact::Request(request) = &event.fact else {
        return false;
    };
    request.path == "/registry/heartbeat" || request.path.ends_with("/delegations")
}

fn project(event: &Event, events: &[Event]) -> Option<(String, String)> {
    match &event.fact {
        Fact::Request(request) => {
            let lane = format!("{} to {}", request.from.name(), request.to.name());
            Some((lane, exchange(request, answer_of(request.exchange, events))))
        }
        Fact::Platform(fact) => Some(("platform state".into(), platform(&fact.change)?)),
        Fact::Process(fact) => {
            let change = match &fact.change {
                ProcessChange::Started { .. } => "started".into(),
                other => format!("{other:?}"),
            };
            Some(("process".into(), format!("start {}: {change}", fact.boot)))
        }
        Fact::Disk(fact) => {
            // Whether a temporary file is caught in the act is a matter of luck.
            let passing = Path::new(&fact.path)
                .extension()
                .is_some_and(|extension| extension == "tmp")
                || fact.path.contains("config.yaml");
            let FileState::Present(file) = &fact.state else {
                return None;
            };
            let line = format!(
                "{} {:04o} {}",
                fact.path,
                file.mode,
                file.content.as_deref().unwrap_or("-")
            );
            (!passing && file.size > 0).then(|| ("disk".into(), line))
        }
        _ => None,
    }
}

fn answer_of(exchange: u64, events: &[Event]) -> Option<&AnswerFact> {
    events.iter().find_map(|event| match &event.fact {
        Fact::Answer(answer) if answer.exchange == exchange => Some(answer),
        _ => None,
    })
}

fn exchange(request: &RequestFact, answer: Option<&AnswerFact>) -> String {
    let mut line = format!("{} {}", request.method, request.path);
    for name in HEADERS {
        if let Some(value) = header(&request.headers, name) {
            let value = value.split("boundary=").next().unwrap_or_default();
            write!(line, " [{name}: {value}]").unwrap();
        }
    }
    write!(line, " {}", shape(&request.body)).unwrap();
    // What a subject was told while it was being stopped is a matter of luck, and so is whether its prompt to itself was answered by then.
    if request.from == Party::Subject
        && request
            .body
            .as_text()
            .is_some_and(|text| text.contains("initial-"))
    {
        return line;
    }
    match answer.and_then(|answer| answer.status.map(|status| (status, answer))) {
        Some((status, answer))
            if request.from != Party::Harness || request.to != Party::Subject =>
        {
            write!(line, " -> {status} {}", shape(&answer.body)).unwrap();
        }
        Some((status, _)) => write!(line, " -> {status}").unwrap(),
        None => line.push_str(" -> nothing"),
    }
    line
}

/// The names and types of a JSON body's fields; credentials and texts that the contract fixes are kept.
fn shape(body: &Body) -> String {
    body.as_json().map_or_else(
        || format!("({} bytes)", if body.size == 0 { "0" } else { "some" }),
        |json| typed(&json),
    )
}

fn typed(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", typed(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => items
            .first()
            .map_or_else(|| "[]".into(), |first| format!("[{}]", typed(first))),
        Value::String(text) if text.contains('«') || text.len() < 24 => format!("{text:?}"),
        Value::String(_) => "text".into(),
        Value::Number(number) if number.is_f64() => "number".into(),
        Value::Number(_) => "integer".into(),
        other => other.to_string(),
    }
}

fn platform(change: &PlatformChange) -> Option<String> {
    Some(match change {
        PlatformChange::TokenIssued(token) => format!("issued {token}"),
        PlatformChange::TokensRevoked(count) => format!("revoked {count}"),
        PlatformChange::SecretSet(secret) => format!("secret {secret}"),
        PlatformChange::SecretCleared => "secret NULL".into(),
        PlatformChange::Status { from, to } => {
            format!("status {} to {to}", from.as_deref().unwrap_or("none"))
        }
        PlatformChange::Activity(row) => {
            let source = if row["source_id"].is_null() {
                "canvas"
            } else {
                "agent"
            };
            format!(
                "activity {} {} from {source}",
                row["activity_type"], row["method"]
            )
        }
        _ => return None,
    })
}

fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/journals");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.replace('/', "-"), picture(name)));
}

#[test]
fn first_boot() {
    check("register/first-boot");
}

#[test]
fn restart_on_the_same_disk() {
    check("restart/same-disk");
}

#[test]
fn late_secret_of_a_legacy_workspace() {
    check("secret/legacy-workspace-gets-no-file");
}

#[test]
fn message_from_peer_to_peer() {
    check("source/peer-message");
}

#[test]
fn upload_through_the_platform() {
    check("chat/upload-through-the-platform");
}

#[test]
fn initial_prompt() {
    check("source/initial-prompt");
}
