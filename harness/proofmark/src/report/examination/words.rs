//! What was seen, in one line.

use std::time::Duration;

use crate::report::journal_line::shorten;
use crate::runner::{Credential, Ending, Rejection, Seen, in_words, is_private};

/// A longer quoted line is cut.
const LINE_AT_MOST: usize = 160;

/// A finding in one line.
pub(super) fn of(seen: &Seen) -> String {
    match seen {
        Seen::SetUp { steps: 0 } => "nothing to do".into(),
        Seen::SetUp { steps: 1 } => "1 step done".into(),
        Seen::SetUp { steps } => format!("{steps} steps done"),
        Seen::SetupFailed(why) => why
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(':')
            .to_owned(),
        Seen::NoStage(why) => format!("the stage could not be built: {why}"),
        Seen::Launched { command } => command.clone(),
        Seen::LaunchedToAct => "nothing runs before it is made to act".into(),
        Seen::NotLaunched(why) => why.clone(),
        Seen::EndedAtOnce { how, .. } => format!("it {how} before it was seen to do anything"),
        Seen::Sign { sign } => sign.clone(),
        Seen::SignMissing {
            what,
            within,
            ended: None,
            ..
        } => {
            format!("it {what} within {}", in_words(*within))
        }
        Seen::SignMissing {
            what,
            ended: Some(ended),
            ..
        } => format!("it {ended}; it {what}"),
        Seen::Registered {
            address: Some(address),
        } => format!("answered 200, with the address {address}"),
        Seen::Registered { address: None } => "answered 200, without an address".into(),
        Seen::NotRegistered { within, rejection } => not_registered(*within, rejection.as_ref()),
        Seen::Pace { measured, told } => pace(*measured, *told),
        Seen::PaceUnseen {
            heartbeats,
            waited,
            told,
        } => pace_unseen(*heartbeats, *waited, *told),
        Seen::Kept {
            path,
            mode,
            alone,
            which,
        } => kept(*which, path, *mode, *alone),
        Seen::KeptElsewhere {
            which,
            expected,
            path,
            mode,
        } => kept_elsewhere(*which, path, *mode, expected.as_deref()),
        Seen::NotKept { which, expected } => {
            let place = expected
                .as_deref()
                .unwrap_or("any file that could be looked at");
            format!("{} was handed out and is not in {place}", noun(*which))
        }
        Seen::NotReceived { which } => format!("the platform handed out no {}", name(*which)),
        Seen::TokenHanded(true) => "the manifest hands it a token before it starts".into(),
        Seen::TokenHanded(false) => "it never registers, and the manifest hands it no token".into(),
        Seen::Acted { trigger, means } => format!("{trigger} by {means}"),
        Seen::Idle {
            trigger,
            means,
            why,
            ..
        } => format!("{trigger} by {means}: {why}"),
        Seen::NoMeans {
            trigger, scenarios, ..
        } => format!("no means for {trigger}{}", lost(*scenarios)),
        Seen::Ended { ending, .. } | Seen::EndedTooSoon(ending) => ended(ending),
        Seen::Killed { ending, within } => killed(ending, *within),
        Seen::Observer {
            kind,
            concession: None,
        } => match kind {
            protocol::journal::DiskObserverKind::Trace => {
                "trace: every call and every state is seen".into()
            }
            other => format!("{}, as it was asked for", other.name()),
        },
        Seen::Observer {
            concession: Some(concession),
            ..
        } => concession.clone(),
    }
}

fn kept(which: Credential, path: &str, mode: u32, alone: bool) -> String {
    let beside = if alone {
        ""
    } else {
        ", with something else beside it"
    };
    let others = if is_private(mode) {
        ""
    } else {
        ", which lets others read it"
    };
    format!(
        "{} lies in {path}, mode {mode:04o}{others}{beside}",
        noun(which)
    )
}

fn kept_elsewhere(which: Credential, path: &str, mode: u32, expected: Option<&str>) -> String {
    let instead = expected.map_or_else(
        || "and the manifest does not say so".to_owned(),
        |expected| format!("and not in {expected}"),
    );
    format!("{} lies in {path}, mode {mode:04o}, {instead}", noun(which))
}

/// What the subject printed last, where that tells why something failed.
pub(super) fn printed(seen: &Seen) -> Vec<String> {
    match seen {
        Seen::SetupFailed(why) => why.lines().skip(1).map(str::to_owned).collect(),
        Seen::EndedAtOnce { printed, .. } | Seen::SignMissing { printed, .. } => printed
            .iter()
            .map(|line| shorten(line, LINE_AT_MOST))
            .collect(),
        _ => Vec::new(),
    }
}

fn not_registered(within: Duration, rejection: Option<&Rejection>) -> String {
    match rejection {
        None => format!("it did not register within {}", in_words(within)),
        Some(Rejection {
            status: Some(status),
            says,
        }) => {
            let says = shorten(says.trim_end(), LINE_AT_MOST);
            format!("the platform answered {status} to its register: {says}")
        }
        Some(Rejection { status: None, .. }) => "its register got no answer".into(),
    }
}

fn pace(measured: Duration, told: Option<Duration>) -> String {
    let every = format!("every {}", in_words(measured));
    match told {
        None => format!(
            "{every}; a run measures it, or takes `timing: {{ heartbeat: {} }}`",
            as_written(measured)
        ),
        Some(told) => format!("{every}, told was {}", in_words(told)),
    }
}

fn pace_unseen(heartbeats: usize, waited: Duration, told: Option<Duration>) -> String {
    let waited = in_words(waited);
    let seen = match heartbeats {
        0 => format!("none within {waited}"),
        1 => format!("one within {waited}, so the pace was not seen"),
        several => format!("{several} within {waited}"),
    };
    match told {
        None => seen,
        Some(told) => format!("{seen}; told was {}", in_words(told)),
    }
}

fn ended(ending: &Ending) -> String {
    let how = match (ending.code, ending.signal) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".into(),
    };
    let asked = match ending.asked.as_deref() {
        None => " by itself".to_owned(),
        Some("stdin-eof") => " at the end of its input".into(),
        Some(signal) => format!(" after {signal}"),
    };
    format!("{how}{asked}{}", survivors(ending))
}

fn killed(ending: &Ending, within: Duration) -> String {
    let asked = ending.asked.as_deref().unwrap_or("nothing");
    format!(
        "did not end within {} of {asked} and was killed{}",
        in_words(within),
        survivors(ending)
    )
}

/// What goes with a means that is missing.
fn lost(scenarios: usize) -> String {
    match scenarios {
        0 => ", and no scenario that wants one".into(),
        1 => ": 1 scenario does not apply for that alone".into(),
        several => format!(": {several} scenarios do not apply for that alone"),
    }
}

fn survivors(ending: &Ending) -> String {
    match ending.survivors {
        0 => String::new(),
        1 => "; 1 process of its own outlived it".into(),
        several => format!("; {several} processes of its own outlived it"),
    }
}

fn noun(which: Credential) -> &'static str {
    match which {
        Credential::Token => "the token",
        Credential::Secret => "the inbound secret",
    }
}

fn name(which: Credential) -> &'static str {
    match which {
        Credential::Token => "token",
        Credential::Secret => "inbound secret",
    }
}

/// A duration as a manifest has it, rounded up to what is worth writing.
pub(super) fn as_written(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let step = if milliseconds < 1_000 { 50 } else { 500 };
    let rounded = milliseconds.div_ceil(step) * step;
    if rounded % 1_000 == 0 {
        format!("{}s", rounded / 1_000)
    } else {
        format!("{rounded}ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_written_as_a_manifest_has_it() {
        assert_eq!(as_written(Duration::from_micros(201_300)), "250ms");
        assert_eq!(as_written(Duration::from_millis(1_300)), "1500ms");
        assert_eq!(as_written(Duration::from_millis(29_800)), "30s");
    }
}
