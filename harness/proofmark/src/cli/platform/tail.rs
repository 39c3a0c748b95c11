//! The journal on the terminal while it is written.

use platform::Recorder;
use protocol::journal::{Event, Fact, PlatformChange};

use super::super::interruption::Interruption;
use super::super::output::Output;
use crate::report::{journal_line, shorten};

/// Events that are copied at a time.
const PIECE: usize = 256;

/// Follows a journal until the platform is ended.
pub(super) struct Tail {
    pub(super) recorder: Recorder,
    pub(super) quiet: bool,
}

impl Tail {
    /// Prints every event until an interruption or the end is asked for.
    pub(super) async fn follow(self, output: &mut Output, mut ending: Interruption) {
        let colour = output.colour();
        let mut next = 0;
        let mut journal = self.recorder.watch();
        loop {
            // Asked anew each time: a terminal can change its size.
            let width = output.width();
            let events = self.recorder.piece(next, PIECE);
            next = events.last().map_or(next, |last| last.seq + 1);
            if !self.quiet {
                let lines: String = events
                    .iter()
                    .map(|event| line(event, width, colour))
                    .collect();
                output.print(&lines);
            }
            if events.len() == PIECE {
                continue;
            }
            tokio::select! {
                changed = journal.changed() => if changed.is_err() { return },
                () = ending.asked() => return,
            }
        }
    }
}

/// An event in a line that fits the terminal, in the colour of what it means: what is refused is red or yellow, what the
/// platform does to itself is faint.
fn line(event: &Event, width: Option<usize>, colour: bool) -> String {
    let text = shorten(&journal_line(event), width.unwrap_or(usize::MAX));
    let code = if colour { tint(&event.fact) } else { None };
    match code {
        Some(code) => format!("\x1b[{code}m{text}\x1b[0m\n"),
        None => format!("{text}\n"),
    }
}

fn tint(fact: &Fact) -> Option<&'static str> {
    match fact {
        Fact::Request(_) => Some("36"),
        Fact::Answer(answer) => match answer.status {
            Some(200..=299) => Some("32"),
            Some(300..=499) => Some("33"),
            _ => Some("31"),
        },
        Fact::Platform(state) => match state.change {
            PlatformChange::Status { .. } => Some("1"),
            PlatformChange::TokenIssued(_)
            | PlatformChange::TokensRevoked(_)
            | PlatformChange::SecretSet(_)
            | PlatformChange::SecretCleared => Some("35"),
            _ => Some("2"),
        },
        Fact::Fault(_) | Fact::Malformed(_) | Fact::Trouble(_) => Some("31"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_a_line_is_the_line() {
        let event = Event {
            seq: 0,
            at_us: 0,
            fact: Fact::Trouble("the disk is full".into()),
        };
        assert_eq!(
            line(&event, None, false),
            "#0        0.000 ms  trouble    the disk is full\n"
        );
        assert!(line(&event, None, true).starts_with("\x1b[31m#0"));
        assert_eq!(line(&event, Some(12), false), "#0        0…\n");
    }
}
