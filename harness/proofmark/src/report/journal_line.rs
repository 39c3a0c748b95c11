//! One event of a journal as one line for people.

use protocol::journal::{
    AnswerFact, DiskCallFact, DiskCause, DiskFact, DiskResult, Event, Fact, FileState, Outcome,
    PlatformChange, ProcessChange, RequestFact, StepEnd, StepPhase, header,
};

/// The event in a line: when, who, what.
pub fn journal_line(event: &Event) -> String {
    let micros = event.at_us;
    let time = format!("{:>5}.{:03}", micros / 1_000, micros % 1_000);
    format!("#{:<4} {time} ms  {}", event.seq, fact(&event.fact))
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Stage(stage) => format!("stage      {} at {}", stage.scenario, stage.platform_origin),
        Fact::Step(step) => match &step.phase {
            StepPhase::Begun(what) => format!("step {:<2}    {what}", step.index),
            StepPhase::Ended(end) => format!("step {:<2}    {}", step.index, step_end(end)),
        },
        Fact::Request(sent) => request(sent),
        Fact::Malformed(came) => format!(
            "malformed  to {}: {}: {}",
            came.to.name(),
            came.what,
            came.why
        ),
        Fact::Answer(given) => answer(given),
        Fact::Process(process) => format!(
            "process    start {} {}",
            process.boot,
            change(&process.change)
        ),
        Fact::Log(log) => format!("log        {}", shorten(&log.line, 120)),
        Fact::Disk(seen) => disk(seen),
        Fact::DiskCall(call) => disk_call(call),
        Fact::Blind(blind) => format!("blind      {}", blind.why),
        Fact::Platform(state) => format!("platform   {}", platform(&state.change)),
        Fact::Forward(forward) => format!("forward    ({}) to {}", forward.exchange, forward.to),
        Fact::Fault(fault) => format!("fault      {} {}", fault.label, fault.what),
        Fact::Trouble(what) => format!("trouble    {what}"),
    }
}

fn step_end(end: &StepEnd) -> String {
    match end {
        StepEnd::Done => "done".into(),
        StepEnd::DeadlinePassed(micros) => format!("deadline of {} ms passed", micros / 1_000),
        StepEnd::SubjectRefused(what) => format!("the subject {what}"),
        StepEnd::HarnessFailed(what) => format!("the harness failed: {what}"),
        StepEnd::Interrupted => "interrupted".into(),
    }
}

fn request(sent: &RequestFact) -> String {
    let peer = sent
        .peer
        .as_deref()
        .map(|name| format!(" {name}"))
        .unwrap_or_default();
    let query = if sent.query.is_empty() {
        String::new()
    } else {
        format!("?{}", sent.query)
    };
    let mut shown = Vec::new();
    for name in ["authorization", "origin", "x-workspace-id"] {
        if let Some(value) = header(&sent.headers, name) {
            shown.push(format!("{name}: {value}"));
        }
    }
    let headers = if shown.is_empty() {
        String::new()
    } else {
        format!("  [{}]", shown.join("; "))
    };
    format!(
        "{} -> {}{peer}  {} {}{query} ({}){headers}",
        sent.from.name(),
        sent.to.name(),
        sent.method,
        sent.path,
        sent.exchange
    )
}

fn answer(given: &AnswerFact) -> String {
    let by = given.by.name().replace('-', " ");
    let outcome = match given.outcome {
        Outcome::Complete => String::new(),
        Outcome::Reset => " reset".into(),
        Outcome::Truncated => " truncated".into(),
        Outcome::TimedOut => " timed out".into(),
        Outcome::Refused => " refused".into(),
        Outcome::Broken => " broken off".into(),
    };
    let status = given
        .status
        .map_or_else(|| "no status".into(), |status| status.to_string());
    let body = given
        .body
        .as_text()
        .map(|text| shorten(text, 100))
        .unwrap_or_default();
    format!(
        "answer ({}) by {by}: {status}{outcome} {body}",
        given.exchange
    )
}

fn change(change: &ProcessChange) -> String {
    match change {
        ProcessChange::Started { command, .. } => format!("launched: {}", command.join(" ")),
        ProcessChange::Signalled(name) => format!("was sent {name}"),
        ProcessChange::Exited {
            code: Some(code), ..
        } => format!("exited with code {code}"),
        ProcessChange::Exited {
            signal: Some(signal),
            ..
        } => format!("was ended by signal {signal}"),
        ProcessChange::Exited { .. } => "ended".into(),
        ProcessChange::Survivors(count) => format!("left {count} process(es) of its group behind"),
    }
}

fn disk(seen: &DiskFact) -> String {
    let who = match seen.cause {
        DiskCause::Harness => " (by the harness)".to_owned(),
        DiskCause::External => " (by another process)".to_owned(),
        DiskCause::Call(class) | DiskCause::Notice(class) => format!(" ({})", class.name()),
        DiskCause::Found => String::new(),
    };
    match &seen.state {
        FileState::Absent => format!("disk       {} is absent{who}", seen.path),
        FileState::Present(file) => {
            let content = file
                .content
                .as_deref()
                .map(|text| format!(" {:?}", shorten(text, 60)))
                .unwrap_or_default();
            format!(
                "disk       {} {:?} {:04o} {} bytes{content}{who}",
                seen.path, file.kind, file.mode, file.size
            )
        }
    }
}

fn disk_call(call: &DiskCallFact) -> String {
    let result = call.result.as_ref().map(|result| match result {
        DiskResult::Value(value) => value.to_string(),
        DiskResult::Error(name) => name.clone(),
    });
    let named = (call.name.as_str(), call.path.as_str(), call.to.as_deref());
    let told = call_in_words(named, &call.flags, call.mode, call.length, result);
    let fault = call
        .fault
        .as_deref()
        .map(|label| format!(" (fault {label})"))
        .unwrap_or_default();
    format!("call       {told}{fault}")
}

/// A call on the disk, the one or two paths that it names, and what it came to.
pub(crate) fn call_in_words(
    (name, path, to): (&str, &str, Option<&str>),
    flags: &[String],
    mode: Option<u32>,
    length: Option<u64>,
    result: Option<String>,
) -> String {
    let to = to.map(|to| format!(" -> {to}")).unwrap_or_default();
    let flags = if flags.is_empty() {
        String::new()
    } else {
        format!(" {}", flags.join("|"))
    };
    let mode = mode.map(|mode| format!(" {mode:04o}")).unwrap_or_default();
    let length = length
        .map(|length| format!(" {length} bytes"))
        .unwrap_or_default();
    let result = result.unwrap_or_else(|| "killed".into());
    format!("{name} {path}{to}{flags}{mode}{length} = {result}")
}

fn platform(change: &PlatformChange) -> String {
    match change {
        PlatformChange::TokenIssued(token) => format!("issued {token}"),
        PlatformChange::TokensRevoked(count) => format!("revoked {count} token(s)"),
        PlatformChange::SecretSet(secret) => format!("inbound secret is {secret}"),
        PlatformChange::SecretCleared => "inbound secret is NULL".into(),
        PlatformChange::Status { from, to } => {
            format!("status {} -> {to}", from.as_deref().unwrap_or("none"))
        }
        PlatformChange::Activity(row) => format!("activity {}", shorten(&row.to_string(), 120)),
        PlatformChange::ActivityPruned(count) => format!("pruned {count} row(s) of activity"),
        PlatformChange::Broadcast { event, .. } => format!("event {event}"),
        PlatformChange::Queued(id) => format!("queued {id}"),
        PlatformChange::Drained(id) => format!("drained {id}"),
    }
}

/// A text in one line of at most so many characters.
pub(crate) fn shorten(text: &str, at_most: usize) -> String {
    let line: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    if line.chars().count() <= at_most {
        line
    } else {
        let kept: String = line.chars().take(at_most.saturating_sub(1)).collect();
        format!("{kept}…")
    }
}

#[cfg(test)]
mod tests {
    use protocol::journal::{Body, Header, Party};

    use super::*;

    #[test]
    fn a_request_shows_the_headers_that_matter() {
        let event = Event {
            seq: 7,
            at_us: 12_345,
            fact: Fact::Request(RequestFact {
                exchange: 3,
                from: Party::Subject,
                to: Party::Platform,
                peer: None,
                method: "POST".into(),
                path: "/registry/register".into(),
                query: String::new(),
                headers: vec![
                    Header::new("origin", "http://a"),
                    Header::new("accept", "*/*"),
                ],
                body: Body::empty(),
            }),
        };
        assert_eq!(
            journal_line(&event),
            "#7       12.345 ms  subject -> platform  POST /registry/register (3)  [origin: http://a]"
        );
    }

    #[test]
    fn long_texts_are_cut_by_characters() {
        assert_eq!(shorten("äöü\nß", 4), "äöü…");
        assert_eq!(shorten("äöü", 3), "äöü");
    }
}
