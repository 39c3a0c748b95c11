//! What an examination finds, as facts; the words for people are the report's.

use std::time::Duration;

use protocol::journal::DiskObserverKind;
use protocol::{Profile, Redactor, Trigger};

/// Events of an examination.
#[derive(Debug)]
pub enum Examined {
    /// Knows the stage's credentials, for the last look at every output.
    Credentials(Redactor),
    /// Something was found.
    Found(Finding),
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How long it took; since the launch, for what a start shows. Absent for what takes no time.
    pub took: Option<Duration>,
    /// What was seen.
    pub seen: Seen,
}

/// The stops of the walk, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// What is done once before anything is started.
    Setup,
    /// The process.
    Launch,
    /// A sign of readiness.
    Ready,
    /// The platform knows it.
    Register,
    /// Its pace.
    Heartbeat,
    /// Where its token lies.
    TokenFile,
    /// Where the platform's inbound secret lies.
    SecretFile,
    /// A way to make it act.
    Trigger,
    /// Its end.
    Stop,
    /// How the disk is observed.
    Disk,
}

/// What a finding means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing to do.
    Fine,
    /// A run can go on; some of it will not apply, take longer, or be judged otherwise than its author expects.
    Note,
    /// A run would judge nothing, or not everything.
    Fail,
}

/// Which credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Its own token.
    Token,
    /// The platform's inbound secret.
    Secret,
}

/// How the platform turned a register down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Absent when there was no answer.
    pub status: Option<u16>,
    /// What the answer says, redacted.
    pub says: String,
}

/// How a start of the subject ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// What asked it to end; nothing if it ended by itself.
    pub asked: Option<String>,
    /// Whether it had to be killed.
    pub killed: bool,
    /// The exit code, if it exited by itself.
    pub code: Option<i32>,
    /// The signal that ended it, otherwise.
    pub signal: Option<i32>,
    /// Processes of its own that outlived it.
    pub survivors: u32,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The setup was done, in so many steps.
    SetUp {
        /// How many.
        steps: usize,
    },
    /// The setup failed, and why.
    SetupFailed(String),
    /// The harness could not build a stage, and why.
    NoStage(String),
    /// The process runs.
    Launched {
        /// Program and arguments, redacted.
        command: String,
    },
    /// It is started by what makes it act.
    LaunchedToAct,
    /// There is no such process, and why.
    NotLaunched(String),
    /// It ended before it was seen to do anything.
    EndedAtOnce {
        /// Goes on from `it`.
        how: String,
        /// Its last lines, redacted.
        printed: Vec<String>,
    },
    /// A sign of readiness was seen.
    Sign {
        /// Which.
        sign: String,
    },
    /// A sign of readiness was not seen: what it did not do, how it ended if it has, and what it printed last.
    SignMissing {
        /// Goes on from `it`.
        what: String,
        /// How long it may take.
        within: Duration,
        /// How it ended meanwhile.
        ended: Option<String>,
        /// Its last lines, redacted.
        printed: Vec<String>,
    },
    /// It registered, with this address if it has one.
    Registered {
        /// The `url` of its register.
        address: Option<String>,
    },
    /// It did not register, or was turned down.
    NotRegistered {
        /// How long it may take.
        within: Duration,
        /// The answer to its last register, if there was one.
        rejection: Option<Rejection>,
    },
    /// The pause between heartbeats, and what its author says.
    Pace {
        /// The longest pause.
        measured: Duration,
        /// By the manifest or on the command line.
        told: Option<Duration>,
    },
    /// So many heartbeats in so long, too few for a pace; and what its author says.
    PaceUnseen {
        /// How many came.
        heartbeats: usize,
        /// How long they were waited for.
        waited: Duration,
        /// By the manifest or on the command line.
        told: Option<Duration>,
    },
    /// A credential lies where it is expected.
    Kept {
        /// Which one.
        which: Credential,
        /// Below the stage.
        path: String,
        /// Permission bits.
        mode: u32,
        /// Whether nothing else stands in the file.
        alone: bool,
    },
    /// A credential lies elsewhere.
    KeptElsewhere {
        /// Which one.
        which: Credential,
        /// Below the stage; absent where the manifest says nothing.
        expected: Option<String>,
        /// Below the stage.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// A credential was received and lies nowhere.
    NotKept {
        /// Which one.
        which: Credential,
        /// Below the stage; absent where the manifest says nothing.
        expected: Option<String>,
    },
    /// The platform handed none out.
    NotReceived {
        /// Which one.
        which: Credential,
    },
    /// It never registers, and whether the manifest hands it a token.
    TokenHanded(bool),
    /// It acted.
    Acted {
        /// How.
        trigger: Trigger,
        /// What made it.
        means: String,
    },
    /// It was to act and did not.
    Idle {
        /// What kind of runtime it is.
        profile: Profile,
        /// How it was to act.
        trigger: Trigger,
        /// What should have made it.
        means: String,
        /// What was seen instead.
        why: String,
    },
    /// Its manifest names no means; so many scenarios do not apply for that alone.
    NoMeans {
        /// What kind of runtime it is.
        profile: Profile,
        /// For which act.
        trigger: Trigger,
        /// How many.
        scenarios: usize,
    },
    /// It ended; whether that counts as graceful.
    Ended {
        /// How.
        ending: Ending,
        /// Whether that is as good as an exit with 0.
        graceful: bool,
    },
    /// It ended by itself when it was to go on.
    EndedTooSoon(Ending),
    /// It did not end in time and was killed.
    Killed {
        /// How it was asked.
        ending: Ending,
        /// How long it had.
        within: Duration,
    },
    /// How the disk is observed, and why not by tracing.
    Observer {
        /// By which means.
        kind: DiskObserverKind,
        /// One sentence, if it is not the best one.
        concession: Option<String>,
    },
}

impl Seen {
    /// Where on the walk it was seen.
    pub fn station(&self) -> Station {
        match self {
            Self::SetUp { .. } | Self::SetupFailed(_) => Station::Setup,
            Self::NoStage(_)
            | Self::Launched { .. }
            | Self::LaunchedToAct
            | Self::NotLaunched(_)
            | Self::EndedAtOnce { .. } => Station::Launch,
            Self::Sign { .. } | Self::SignMissing { .. } => Station::Ready,
            Self::Registered { .. } | Self::NotRegistered { .. } => Station::Register,
            Self::Pace { .. } | Self::PaceUnseen { .. } => Station::Heartbeat,
            Self::Kept { which, .. }
            | Self::KeptElsewhere { which, .. }
            | Self::NotKept { which, .. }
            | Self::NotReceived { which } => match which {
                Credential::Token => Station::TokenFile,
                Credential::Secret => Station::SecretFile,
            },
            Self::TokenHanded(_) => Station::TokenFile,
            Self::Acted { .. } | Self::Idle { .. } | Self::NoMeans { .. } => Station::Trigger,
            Self::Ended { .. } | Self::EndedTooSoon(_) | Self::Killed { .. } => Station::Stop,
            Self::Observer { .. } => Station::Disk,
        }
    }

    /// What it means for a run.
    pub fn mark(&self) -> Mark {
        match self {
            Self::SetupFailed(_)
            | Self::NoStage(_)
            | Self::NotLaunched(_)
            | Self::EndedAtOnce { .. }
            | Self::SignMissing { .. }
            | Self::NotRegistered { .. }
            | Self::Idle { .. }
            | Self::EndedTooSoon(_) => Mark::Fail,
            Self::SetUp { .. }
            | Self::Launched { .. }
            | Self::LaunchedToAct
            | Self::Sign { .. }
            | Self::Registered { .. }
            | Self::Acted { .. }
            | Self::NotReceived {
                which: Credential::Secret,
            } => Mark::Fine,
            Self::Pace { measured, told } => {
                fine_if(told.is_none_or(|told| agree(*measured, told)))
            }
            Self::PaceUnseen {
                heartbeats,
                waited,
                told,
            } => fine_if(told.is_some_and(|told| *heartbeats > 0 || told >= *waited)),
            Self::Kept { mode, .. } => fine_if(is_private(*mode)),
            Self::KeptElsewhere { .. }
            | Self::NotKept { .. }
            | Self::NotReceived { .. }
            | Self::Killed { .. } => Mark::Note,
            Self::TokenHanded(handed) => fine_if(*handed),
            Self::NoMeans { scenarios, .. } => fine_if(*scenarios == 0),
            Self::Ended { ending, graceful } => fine_if(*graceful && ending.survivors == 0),
            Self::Observer { concession, .. } => fine_if(concession.is_none()),
        }
    }
}

/// Whether permission bits keep all other users out.
pub(crate) fn is_private(mode: u32) -> bool {
    mode.trailing_zeros() >= 6
}

fn fine_if(fine: bool) -> Mark {
    if fine { Mark::Fine } else { Mark::Note }
}

/// Whether a measured pace is what was told, as far as a few heartbeats can tell. One that is quicker than told only makes a run slower.
fn agree(measured: Duration, told: Duration) -> bool {
    measured <= told * 3 / 2 && measured >= told / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(measured: u64, told: Option<u64>) -> Mark {
        let told = told.map(Duration::from_millis);
        Seen::Pace {
            measured: Duration::from_millis(measured),
            told,
        }
        .mark()
    }

    #[test]
    fn a_pace_is_fine_as_long_as_deadlines_can_derive_from_what_was_told() {
        assert_eq!(pace(200, None), Mark::Fine);
        assert_eq!(pace(210, Some(200)), Mark::Fine);
        assert_eq!(pace(400, Some(200)), Mark::Note);
        assert_eq!(pace(200, Some(30_000)), Mark::Note);
        let unseen = |heartbeats, told: Option<u64>| {
            let told = told.map(Duration::from_secs);
            Seen::PaceUnseen {
                heartbeats,
                waited: Duration::from_secs(3),
                told,
            }
            .mark()
        };
        assert_eq!(unseen(1, None), Mark::Note);
        assert_eq!(unseen(0, Some(30)), Mark::Fine);
        assert_eq!(unseen(0, Some(1)), Mark::Note);
    }

    #[test]
    fn a_file_that_others_can_read_is_worth_a_note() {
        let kept = |mode| Seen::Kept {
            which: Credential::Token,
            path: "configs/.auth_token".into(),
            mode,
            alone: true,
        };
        assert_eq!(
            (kept(0o600).mark(), kept(0o644).mark()),
            (Mark::Fine, Mark::Note)
        );
        assert_eq!(kept(0o600).station(), Station::TokenFile);
    }
}
