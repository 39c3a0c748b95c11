//! One line for people about a step, in plain words.

use protocol::wire;
use serde_json::Value;

use crate::language::{
    Call, Check, ClosingEvent, Condition, Counted, DiskFault, Entries, Fault, Fitting, Located, PeerReply,
    Plant, Restart, Statuses, Step, Tell, Text, TriggerStep, Use,
};

/// Longer texts are cut here.
const WIDTH: usize = 60;

impl Step {
    /// What the step does or demands: `expect POST /registry/register answered 200`.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::Use(fragment) => match &fragment.value {
                Use::Plain(name) => format!("use {name}"),
                Use::Parameterised(both) => format!("use {}", both.fragment.value),
            },
            Self::Start(launch) => match &launch.until {
                Some(until) => format!("start the subject until {}", until.text.value),
                None => "start the subject".into(),
            },
            Self::Stop(_) => "stop the subject".into(),
            Self::Crash(_) => "crash the subject".into(),
            Self::Restart(restart) => restart_summary(restart),
            Self::Reprovision(reprovision) => {
                let configs = reprovision.configs.as_ref().map_or("emptied", |word| word.text.value.as_str());
                format!("reprovision, configs {configs}")
            }
            Self::RotateToken(rotate) if rotate.on_disk == Some(false) => {
                "rotate the token, not on disk".into()
            }
            Self::RotateToken(_) => "rotate the token".into(),
            Self::RevokeTokens(_) => "revoke all tokens".into(),
            Self::RotateSecret(_) => "rotate the inbound secret".into(),
            Self::ClearSecret(_) => "clear the inbound secret".into(),
            Self::RemoveWorkspace(_) => "remove the workspace".into(),
            Self::Fault(fault) => fault_summary(fault),
            Self::DiskFault(fault) => disk_fault_summary(fault),
            Self::CrashAt(crash) => {
                let nth = crash.nth.as_ref().map(|nth| format!(" number {}", nth.value)).unwrap_or_default();
                let when = crash.when.as_ref().map_or("before", |word| word.text.value.as_str());
                match &crash.on {
                    Some(line) => format!("crash the subject {when} {}{nth}", line.value),
                    None => "crash the subject before every call that writes".into(),
                }
            }
            Self::Lift(lift) => match &lift.fault {
                Some(label) => format!("lift the fault {}", label.value),
                None => "lift all faults".into(),
            },
            Self::Outage(moment) => format!("the outage {}", moment.text.value),
            Self::Call(call) => call_summary(call),
            Self::Tell(tell) => tell_summary(tell),
            Self::Trigger(trigger) => trigger_summary(&trigger.value),
            Self::PruneActivity(_) => "prune the activity".into(),
            Self::Plant(plant) => plant_summary(plant),
            Self::Remove(remove) => format!("remove {}", remove.path.value),
            Self::FeedDelegation(feed) => format!("feed the delegation {}", feed.delegation.value),
            Self::Peer(peer) => format!("peer {} {}", peer.name.value, reply_summary(&peer.answers)),
            Self::Expect(check) => format!("expect {}", statement(check)),
            Self::Never(check) => format!("never {}{}", statement(check), until(check)),
            Self::Always(check) => format!("always {}{}", statement(check), until(check)),
        }
    }
}

fn restart_summary(restart: &Restart) -> String {
    let how = match &restart.how {
        Some(how) if how.text.value == "crash" => "crash and restart",
        _ => "restart",
    };
    let configs = restart.configs.as_ref().map_or("kept", |word| word.text.value.as_str());
    format!("{how}, configs {configs}")
}

fn fault_summary(fault: &Fault) -> String {
    let effect = if let Some(status) = &fault.status {
        format!("answers {}", status.value)
    } else if let Some(delay) = &fault.delay {
        format!("is delayed by {}", delay.value)
    } else if fault.hang.is_some() {
        "hangs".into()
    } else if fault.reset.is_some() {
        "is reset".into()
    } else if fault.truncate.is_some() {
        "is truncated".into()
    } else if fault.drip.is_some() {
        "drips".into()
    } else {
        "is edited".into()
    };
    let times = match fault.times.as_ref().map(|times| times.value) {
        Some(number) => format!(" {}", times(number)),
        None => String::new(),
    };
    format!("fault: {} {effect}{times}", fault.on.value)
}

fn disk_fault_summary(fault: &DiskFault) -> String {
    let effect = if let Some(error) = &fault.error {
        format!("fails with {}", error.text.value)
    } else if let Some(bytes) = &fault.short {
        format!("writes at most {} bytes", bytes.value)
    } else {
        format!("is delayed by {}", fault.delay.as_ref().map_or("", |delay| delay.value.as_str()))
    };
    let nth = fault.nth.as_ref().map(|nth| format!(", number {}", nth.value)).unwrap_or_default();
    format!("disk fault: {} {effect}{nth}", fault.on.value)
}

fn call_summary(call: &Call) -> String {
    let lines = [
        ("GET", &call.get),
        ("POST", &call.post),
        ("PUT", &call.put),
        ("PATCH", &call.patch),
        ("DELETE", &call.delete),
        (wire::MCP_METHOD, &call.mcp),
    ];
    let line =
        lines.into_iter().find_map(|(method, path)| Some(format!("{method} {}", path.as_ref()?.value)));
    let receiver = match call.to.as_ref().map_or("", |to| to.text.value.as_str()) {
        "edge" => "the platform's edge",
        "platform" => "the platform",
        _ => "the subject",
    };
    let answers = statuses(" answered", call.answers.as_ref());
    format!("call {} on {receiver}{answers}", line.unwrap_or_default())
}

fn tell_summary(tell: &Tell) -> String {
    let reply = tell.reply.as_ref().map(|reply| format!(", reply {}", condition(reply))).unwrap_or_default();
    format!(
        "tell the subject {}{}{reply}",
        quoted(&tell.text.value),
        statuses(", answered", tell.answers.as_ref())
    )
}

fn trigger_summary(trigger: &TriggerStep) -> String {
    let said = |text: Option<&Text>| quoted(text.map_or("hello", |text| text.value.as_str()));
    if let Some(addressed) = &trigger.peer_message {
        format!("trigger a message to {}: {}", addressed.to.value, said(addressed.text.as_ref()))
    } else if let Some(spoken) = &trigger.notify_user {
        format!("trigger a notice to the user: {}", said(spoken.text.as_ref()))
    } else {
        let spoken = trigger.self_message.as_ref().and_then(|spoken| spoken.text.as_ref());
        format!("trigger a message to itself: {}", said(spoken))
    }
}

fn plant_summary(plant: &Plant) -> String {
    let kinds = [
        ("plant the file", &plant.file),
        ("plant the directory", &plant.directory),
        ("plant the symlink", &plant.symlink),
        ("plant the pipe", &plant.pipe),
        ("change the mode of", &plant.mode_of),
        ("make read-only", &plant.read_only),
        ("fill up", &plant.full),
    ];
    let text = kinds.into_iter().find_map(|(kind, path)| Some(format!("{kind} {}", path.as_ref()?.value)));
    let temporary = plant.as_temporary.as_ref().is_some_and(|asked| asked.value);
    let at = if temporary { " at its temporary name" } else { "" };
    let mode = plant.mode.as_ref().map(|mode| format!(" with mode {}", mode.value)).unwrap_or_default();
    format!("{}{at}{mode}", text.unwrap_or_default())
}

fn reply_summary(reply: &PeerReply) -> String {
    match reply {
        PeerReply::Replies(text) => format!("replies {}", quoted(&text.value)),
        PeerReply::Fails(status) => format!("fails with {}", status.value),
        PeerReply::Busy(_) => "is busy".into(),
        PeerReply::Errors(_) => "answers an error".into(),
    }
}

fn statement(check: &Check) -> String {
    let mut text = if let Some(line) = &check.request {
        let mut text = line.value.clone();
        if let Some(from) = check.from.as_ref().filter(|from| from.text.value != "subject") {
            text.extend([" from ", &from.text.value]);
        }
        text.push_str(&statuses(" answered", check.answered.as_ref()));
        text
    } else if let Some(path) = &check.file {
        file_statement(check, &path.value)
    } else if let Some(path) = &check.directory {
        let what = if check.leftovers.is_some() { "no leftovers" } else { "nothing else" };
        format!("{what} in {}", path.value)
    } else if let Some(state) = &check.process {
        format!("the process {}", state.text.value)
    } else if let Some(line) = &check.log {
        format!("the log line {}", condition(line))
    } else {
        "an activity row".into()
    };
    for (name, entries) in
        [("headers", &check.headers), ("query", &check.query), ("body", &check.body), ("row", &check.row)]
    {
        text.push_str(&conditions(name, entries.as_ref()));
    }
    if let Some(count) = &check.count {
        text.push_str(&counted(&count.value));
    }
    text
}

fn file_statement(check: &Check, path: &str) -> String {
    let mut text = format!("the file {path}");
    if check.absent.as_ref().is_some_and(|absent| absent.value) {
        text.push_str(" absent");
    }
    if check.unchanged.as_ref().is_some_and(|unchanged| unchanged.value) {
        text.push_str(" unchanged");
    }
    if check.private_from_birth.as_ref().is_some_and(|asked| asked.value) {
        text.push_str(" private from birth");
    }
    if let Some(list) = &check.content_always {
        let words: Vec<_> = list.value.iter().map(|word| word.text.value.as_str()).collect();
        text.extend([" always ", &words.join(" or ")]);
    }
    if check.changed_only_by.is_some() {
        text.push_str(" changed only by rename");
    }
    if check.synced_before_rename.as_ref().is_some_and(|asked| asked.value) {
        text.push_str(" synced before it was renamed");
    }
    if let Some(mode) = &check.mode {
        text.extend([" mode ", &mode.value]);
    }
    if let Some(content) = &check.content {
        text.extend([" content ", &condition(content)]);
    }
    if let Some(label) = &check.before {
        text.extend([" before ", &label.value]);
    }
    text
}

fn until(check: &Check) -> String {
    let Some(ClosingEvent { request, count, .. }) = check.until.as_ref().map(|until| &until.value) else {
        return String::new();
    };
    let count = count.as_ref().map(|count| counted(&count.value)).unwrap_or_default();
    format!(", until {}{count}", request.value)
}

fn counted(count: &Counted) -> String {
    match count {
        Counted::AtLeast(number) => format!(", {}", times(*number)),
        Counted::Range(range) => {
            let most = range.at_most.as_ref().map(|most| most.value);
            match (range.at_least, most) {
                (Some(least), Some(most)) if least == most => format!(", exactly {}", times(most)),
                (Some(least), Some(most)) => format!(", {least} to {most} times"),
                (None, Some(most)) => format!(", at most {}", times(most)),
                (Some(least), None) => format!(", {}", times(least)),
                (None, None) => String::new(),
            }
        }
    }
}

fn times(number: u32) -> String {
    match number {
        1 => "once".into(),
        2 => "twice".into(),
        more => format!("{more} times"),
    }
}

fn conditions(name: &str, entries: Option<&Located<Entries<Fitting>>>) -> String {
    let Some(entries) = entries else { return String::new() };
    let all: Vec<_> =
        entries.value.iter().map(|(key, fitting)| format!("{} {}", key.value, condition(fitting))).collect();
    if all.is_empty() { String::new() } else { format!(", {name} {}", all.join(" and ")) }
}

fn condition(fitting: &Fitting) -> String {
    match &fitting.value {
        Condition::Plain(Value::String(text)) if text == "absent" || text == "present" => text.clone(),
        Condition::Plain(Value::String(text)) => quoted(text),
        Condition::Plain(value) => shortened(&value.to_string()),
        Condition::Operators(operators) => {
            if let Some(text) = &operators.contains {
                format!("contains {}", quoted(&text.value))
            } else if let Some(text) = &operators.starts_with {
                format!("starts with {}", quoted(&text.value))
            } else if let Some(text) = &operators.matches {
                format!("matches {}", quoted(&text.value))
            } else if let Some(inner) = &operators.not {
                format!("not {}", condition(inner))
            } else if let Some(word) = &operators.json_type {
                format!("of type {}", word.text.value)
            } else if let Some(list) = &operators.one_of {
                list.iter().map(condition).collect::<Vec<_>>().join(" or ")
            } else if let Some(least) = operators.at_least {
                format!("at least {least}")
            } else if let Some(most) = operators.at_most {
                format!("at most {most}")
            } else {
                "as stated".into()
            }
        }
    }
}

fn statuses(before: &str, statuses: Option<&Located<Statuses>>) -> String {
    match statuses.map(|statuses| &statuses.value) {
        None => String::new(),
        Some(Statuses::One(status)) => format!("{before} {status}"),
        Some(Statuses::Several(list)) => {
            let list: Vec<_> = list.iter().map(|status| status.value.to_string()).collect();
            format!("{before} {}", list.join(" or "))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", shortened(text))
}

fn shortened(text: &str) -> String {
    let line: String = text.lines().next().unwrap_or_default().chars().take(WIDTH).collect();
    if line.len() < text.trim_end().len() { format!("{line}...") } else { line }
}
