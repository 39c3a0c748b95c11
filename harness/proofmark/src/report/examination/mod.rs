//! An examination as people read it: a line for every stop of the walk, what to mend, and what a run would play.

mod mend;
mod words;

use std::fmt::Write as _;

use crate::runner::{Conclusion, Coverage, Finding, Mark, Station};

/// A finding in lines, without the last line end.
pub fn finding_text(finding: &Finding, colour: bool) -> String {
    let seen = &finding.seen;
    let took = finding
        .took
        .map_or_else(String::new, |took| format!("{:.2} s", took.as_secs_f64()));
    let mark = painted(seen.mark(), colour);
    let mut text = format!(
        "  {mark} {:<11} {took:>8}  {}",
        title(seen.station()),
        words::of(seen)
    );
    for line in words::printed(seen) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{BELOW}| {line}");
    }
    if let Some(mend) = mend::of(seen) {
        let _ = write!(text, "\n{BELOW}mend: {mend}");
    }
    text
}

/// What stands before the further lines of a finding.
const BELOW: &str = "                              ";

/// The conclusion of the examination: how much of the suite would be played, and by which command.
pub fn conclusion_text(conclusion: Conclusion, coverage: &Coverage, next: &str) -> String {
    let total = coverage.applying + coverage.not_applying();
    let mut text = match conclusion {
        Conclusion::Judgeable => {
            format!(
                "ready to be judged: {} of {total} scenarios apply",
                coverage.applying
            )
        }
        Conclusion::NotJudgeable => {
            format!(
                "not ready to be judged: mend what is marked FAIL; {} of {total} scenarios apply",
                coverage.applying
            )
        }
        Conclusion::Interrupted => {
            return "interrupted: the subject was not examined to the end".into();
        }
    };
    if coverage.not_applying() > 0 {
        let _ = write!(text, ", {} do not:", coverage.not_applying());
    }
    for (reason, count) in &coverage.reasons {
        let _ = write!(text, "\n  {count:>4}  {reason}");
    }
    let _ = write!(text, "\nnext: {next}");
    text
}

fn title(station: Station) -> &'static str {
    match station {
        Station::Setup => "setup",
        Station::Launch => "launch",
        Station::Ready => "ready",
        Station::Register => "register",
        Station::Heartbeat => "heartbeat",
        Station::TokenFile => "token file",
        Station::SecretFile => "secret file",
        Station::Trigger => "trigger",
        Station::Stop => "stop",
        Station::Disk => "disk",
    }
}

fn painted(mark: Mark, colour: bool) -> String {
    let (word, code) = match mark {
        Mark::Fine => ("ok  ", "32"),
        Mark::Note => ("note", "33"),
        Mark::Fail => ("FAIL", "1;31"),
    };
    if colour {
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::runner::{Credential, Ending, Seen};
    use protocol::{Profile, Trigger};

    fn line(seen: Seen) -> String {
        finding_text(
            &Finding {
                took: Some(Duration::from_millis(1_234)),
                seen,
            },
            false,
        )
    }

    #[test]
    fn a_finding_has_its_mark_its_stop_its_time_and_what_was_seen() {
        assert_eq!(
            line(Seen::Sign {
                sign: "the agent card is served".into()
            }),
            "  ok   ready         1.23 s  the agent card is served"
        );
        let none = Finding {
            took: None,
            seen: Seen::TokenHanded(true),
        };
        assert!(finding_text(&none, true).contains("\u{1b}[32mok  \u{1b}[0m token file"));
    }

    #[test]
    fn what_cannot_be_seen_has_a_mend_with_the_key_and_an_example() {
        let unseen = Seen::PaceUnseen {
            heartbeats: 1,
            waited: Duration::from_secs(3),
            told: None,
        };
        assert!(line(unseen).contains("`timing: { heartbeat: 30s }`"));
        let elsewhere = Seen::KeptElsewhere {
            which: Credential::Token,
            expected: Some("configs/.auth_token".into()),
            path: "home/state/token".into(),
            mode: 0o600,
        };
        assert!(
            line(elsewhere).contains("`state: [{ holds: token, path: \"${STATE}/state/token\" }]`")
        );
        let profile = Profile::Container;
        let idle = Seen::NoMeans {
            profile,
            trigger: Trigger::PeerMessage,
            scenarios: 12,
        };
        let text = line(idle);
        assert!(
            text.contains("12 scenarios") && text.contains("trigger: { peer-message: {"),
            "{text}"
        );
        let ending = Ending {
            asked: Some("TERM".into()),
            code: Some(3),
            ..Ending::default()
        };
        assert!(
            line(Seen::Ended {
                ending,
                graceful: false
            })
            .contains("`stop: { exits: [3] }`")
        );
        let one = Seen::NoMeans {
            profile,
            trigger: Trigger::PeerMessage,
            scenarios: 1,
        };
        assert!(line(one).contains("1 scenario does not apply"));
    }

    #[test]
    fn the_conclusion_groups_reasons_and_ends_with_a_command() {
        let coverage = Coverage {
            applying: 7,
            reasons: vec![
                ("the subject does not claim uploads".into(), 2),
                ("other".into(), 1),
            ],
            ..Coverage::default()
        };
        let text = conclusion_text(
            Conclusion::Judgeable,
            &coverage,
            "proofmark run --runtime runtime.yaml",
        );
        assert_eq!(
            text,
            "ready to be judged: 7 of 10 scenarios apply, 3 do not:\n     2  the subject does not claim uploads\n     1  other\nnext: proofmark run --runtime runtime.yaml"
        );
    }
}
