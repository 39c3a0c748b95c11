//! What to do about a finding, in one sentence, with the key of the manifest and an example.

use protocol::{Profile, Trigger};

use super::words::as_written;
use crate::runner::{Credential, Ending, Mark, Seen, is_private};

/// What to do about a finding, if anything.
pub(super) fn of(seen: &Seen) -> Option<String> {
    let mend = match seen {
        Seen::SetupFailed(_) => {
            "run that step by hand in the manifest's directory; one that is only slow gets longer by `within: 5m`".into()
        }
        Seen::NoStage(_) => "free what it names; the subject has no part in this".into(),
        Seen::NotLaunched(_) => {
            "name a program on PATH, or a file beside the manifest: `launch: { argv: [python3, \"${MANIFEST_DIR}/runtime.py\"] }`".into()
        }
        Seen::EndedAtOnce { .. } | Seen::SignMissing { ended: Some(_), .. } => {
            "see what it printed; it finds nothing in its environment but PATH, LANG, what the contract sets and `launch: { env: { NAME: value } }`".into()
        }
        Seen::SignMissing { ended: None, .. } => {
            "give it longer by `ready: { within: 30s }`, or name what it shows when it is ready: `ready: { all: [{ tcp: true }] }`".into()
        }
        Seen::NotRegistered { rejection: Some(_), .. } => {
            "see `proofmark list --requirements` for what a register holds (REG-...)".into()
        }
        Seen::NotRegistered { rejection: None, .. } => {
            "a runtime that never registers has another profile: `runtime: { profile: mcp-tools }` or `cli`".into()
        }
        Seen::Pace { measured, told } => {
            told.filter(|_| seen.mark() != Mark::Fine)?;
            format!("tell its real pace: `timing: {{ heartbeat: {} }}`", as_written(*measured))
        }
        Seen::PaceUnseen { told: None, .. } => {
            "put its pace into the manifest, so that no run waits to measure it: `timing: { heartbeat: 30s }`".into()
        }
        Seen::PaceUnseen { .. } if seen.mark() == Mark::Fine => return None,
        Seen::PaceUnseen { .. } => {
            "tell its real pace: `timing: { heartbeat: 30s }`".into()
        }
        Seen::Kept { mode, .. } if !is_private(*mode) => {
            "create the file with mode 0600, regardless of the umask; the suite judges that".into()
        }
        Seen::KeptElsewhere { which, path, .. } => {
            format!("say so: `state: [{{ holds: {}, path: \"{}\" }}]`", holds(*which), below_the_stage(path))
        }
        Seen::NotKept { which, expected: None } => {
            format!("say where it lies: `state: [{{ holds: {}, path: \"${{STATE}}/{0}\" }}]`", holds(*which))
        }
        Seen::NotKept { which, .. } => format!(
            "store it there, or say where it lies: `state: [{{ holds: {}, path: \"${{STATE}}/{0}\" }}]`",
            holds(*which)
        ),
        Seen::TokenHanded(false) => {
            "hand it one: `launch: { files: [{ path: \"${CONFIGS}/.auth_token\", mode: \"0600\", template: \"${WORKSPACE_TOKEN}\" }] }`".into()
        }
        Seen::Idle { profile, trigger, .. } => format!(
            "name the means that work, such as `{}`; without any, what needs it does not apply",
            example(*profile, *trigger)
        ),
        Seen::NoMeans { profile, trigger, scenarios } if *scenarios > 0 => {
            format!("name what makes it act, such as `{}`", example(*profile, *trigger))
        }
        Seen::Ended { ending, graceful } => return of_ending(ending, *graceful),
        Seen::EndedTooSoon(_) => {
            "it must run until it is asked to end; one that does one thing and ends has another profile: `runtime: { profile: cli }`".into()
        }
        Seen::Killed { .. } => {
            "heed that signal, name another one by `stop: { by: INT }`, or give it longer by `stop: { within: 10s }`".into()
        }
        _ => return None,
    };
    Some(mend)
}

fn of_ending(ending: &Ending, graceful: bool) -> Option<String> {
    if !graceful {
        return Some(match ending.code {
            Some(code) => {
                format!("exit with 0, or say that this is as good: `stop: {{ exits: [{code}] }}`")
            }
            None => "end by the signal that asked for it, or with 0".into(),
        });
    }
    (ending.survivors > 0).then(|| "end what it starts before it ends itself".into())
}

/// A means for a trigger that a runtime of this kind can have.
fn example(profile: Profile, trigger: Trigger) -> String {
    let tool = matches!(profile, Profile::McpBridge | Profile::McpTools);
    let means = match (trigger, profile) {
        (Trigger::SelfMessage, _) => "{ config-key: initial_prompt }",
        (_, Profile::ExternalPoll) => "{ reply: true }",
        (Trigger::PeerMessage, Profile::Cli) => {
            "{ exec: [my-runtime, \"${PEER_ID}\", \"${TEXT}\"] }"
        }
        (Trigger::NotifyUser, Profile::Cli) => "{ exec: [my-runtime, \"${TEXT}\"] }",
        (Trigger::PeerMessage, _) if tool => {
            "{ tool: { name: send_message, arguments: { peer: \"${PEER_ID}\", text: \"${TEXT}\" } } }"
        }
        (Trigger::NotifyUser, _) if tool => {
            "{ tool: { name: notify_user, arguments: { message: \"${TEXT}\" } } }"
        }
        (Trigger::PeerMessage, _) => "{ directive: \"proofmark send ${PEER_ID} ${TEXT}\" }",
        (Trigger::NotifyUser, _) => "{ directive: \"proofmark notify ${TEXT}\" }",
    };
    format!("trigger: {{ {trigger}: {means} }}")
}

fn holds(which: Credential) -> &'static str {
    match which {
        Credential::Token => "token",
        Credential::Secret => "secret",
    }
}

/// A path of the stage as a manifest writes it.
fn below_the_stage(path: &str) -> String {
    let (directory, rest) = path.split_once('/').unwrap_or((path, ""));
    match directory {
        "configs" => format!("${{CONFIGS}}/{rest}"),
        "tmp" => format!("${{SCRATCH}}/{rest}"),
        _ => format!("${{STATE}}/{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use scenario::Source;
    use scenario::manifest::parse;

    use super::*;

    #[test]
    fn every_example_of_a_means_can_be_read_in_a_manifest_of_its_profile() {
        for profile in Profile::ALL {
            for trigger in Trigger::ALL {
                let head = format!(
                    "runtime: {{ name: a, version: \"1\", revision: r2, profile: {profile} }}"
                );
                let text = format!(
                    "{head}\nlaunch: {{ argv: [a] }}\n{}\n",
                    example(profile, trigger)
                );
                let read = parse(&Source::new("runtime.yaml", text.as_str()));
                assert!(
                    read.is_ok_and(|manifest| manifest.conduct.triggers.contains_key(&trigger)),
                    "{text}"
                );
            }
        }
    }
}
