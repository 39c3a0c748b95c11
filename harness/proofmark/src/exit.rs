//! Exit codes of a run and of all other verbs.

use crate::runner::RunSummary;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was judged holds.
    Conformant,
    /// A binding requirement was violated.
    NotConformant,
    /// What was typed, or a file, is invalid; nothing was run.
    Invalid,
    /// Nothing was judged, or not everything could be, or the harness failed.
    Incomplete,
    /// A waiver covers nothing any more, or its last day has passed.
    StaleWaiver,
    /// Something that was created on a live platform could not be given back.
    LeftBehind,
    /// The user or the system ended the run.
    Interrupted,
}

impl Exit {
    /// Every way to end, for the documentation and its test.
    pub const ALL: [Self; 7] = [
        Self::Conformant,
        Self::NotConformant,
        Self::Invalid,
        Self::Incomplete,
        Self::StaleWaiver,
        Self::LeftBehind,
        Self::Interrupted,
    ];

    /// The number the shell sees.
    pub fn number(self) -> u8 {
        match self {
            Self::Conformant => 0,
            Self::NotConformant => 1,
            Self::Invalid => 2,
            Self::Incomplete => 3,
            Self::StaleWaiver => 4,
            Self::LeftBehind => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// How a finished run ends: a witnessed violation outweighs what could not be judged, an interruption outweighs both, and what is left
/// on a live platform everything: a person has to look at it.
pub fn code_of(summary: &RunSummary) -> Exit {
    let counts = summary.counts;
    if !summary.left_behind.is_empty() {
        Exit::LeftBehind
    } else if summary.interrupted {
        Exit::Interrupted
    } else if counts.failed > 0 {
        Exit::NotConformant
    } else if counts.inconclusive + counts.untestable > 0 || counts.judged() == 0 {
        Exit::Incomplete
    } else if summary
        .waivers
        .entries()
        .any(|entry| entry.must_go.is_some())
    {
        Exit::StaleWaiver
    } else {
        Exit::Conformant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::Counts;

    fn summary(counts: Counts) -> RunSummary {
        RunSummary {
            counts,
            ..RunSummary::default()
        }
    }

    #[test]
    fn nothing_judged_is_incomplete_and_not_success() {
        assert_eq!(code_of(&summary(Counts::default())), Exit::Incomplete);
        assert_eq!(
            code_of(&summary(Counts {
                not_applicable: 9,
                ..Counts::default()
            })),
            Exit::Incomplete
        );
        assert_eq!(
            code_of(&summary(Counts {
                passed: 1,
                untestable: 1,
                ..Counts::default()
            })),
            Exit::Incomplete
        );
    }

    #[test]
    fn a_failure_outweighs_what_could_not_be_judged() {
        let counts = Counts {
            failed: 1,
            inconclusive: 3,
            passed: 5,
            ..Counts::default()
        };
        assert_eq!(code_of(&summary(counts)), Exit::NotConformant);
        let waived = Counts {
            warned: 2,
            unjudged: 2,
            ..Counts::default()
        };
        assert_eq!(code_of(&summary(waived)), Exit::Incomplete);
        let counts = Counts {
            passed: 5,
            warned: 2,
            ..Counts::default()
        };
        assert_eq!(code_of(&summary(counts)), Exit::Conformant);
    }

    #[test]
    fn an_interruption_outweighs_everything() {
        let mut summary = summary(Counts {
            failed: 1,
            ..Counts::default()
        });
        summary.interrupted = true;
        assert_eq!(code_of(&summary), Exit::Interrupted);
    }
}
