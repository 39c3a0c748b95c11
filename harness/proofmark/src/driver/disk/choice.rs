//! Which observer a run uses, and how that was decided.

use std::path::Path;
use std::str::FromStr;

use protocol::journal::DiskObserverKind;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiskChoice {
    /// The best one that works here.
    #[default]
    Auto,
    /// This one.
    Exactly(DiskObserverKind),
}

/// What a run uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskObservation {
    /// The observer.
    pub kind: DiskObserverKind,
    /// One sentence on why it is not the best one, with what to do about it.
    pub concession: Option<String>,
}

impl FromStr for DiskChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "auto" => Ok(Self::Auto),
            "trace" => Ok(Self::Exactly(DiskObserverKind::Trace)),
            "notify" => Ok(Self::Exactly(DiskObserverKind::Notify)),
            "stat" => Ok(Self::Exactly(DiskObserverKind::Stat)),
            _ => Err("known are auto, trace, notify and stat".into()),
        }
    }
}

impl DiskChoice {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Exactly(kind) => kind.name(),
        }
    }

    /// Puts known writers, in a directory below this one, before the candidates and takes the best that judges them right.
    /// An observer that does not work is replaced by the next best, which is reported.
    pub fn decide(self, place: &Path) -> DiskObservation {
        match self {
            Self::Auto | Self::Exactly(DiskObserverKind::Trace) => {
                match super::probe_trace(place) {
                    Ok(()) => DiskObservation {
                        kind: DiskObserverKind::Trace,
                        concession: None,
                    },
                    Err(why) => {
                        let next = next_best(place);
                        let kind = next.kind.name();
                        let mut sentence =
                            format!("the disk is observed by {kind}, not by tracing: {why}");
                        if let Some(further) = next.concession {
                            sentence = format!("{sentence}; {further}");
                        }
                        DiskObservation {
                            kind: next.kind,
                            concession: Some(sentence),
                        }
                    }
                }
            }
            Self::Exactly(DiskObserverKind::Notify) => next_best(place),
            Self::Exactly(kind) => DiskObservation {
                kind,
                concession: None,
            },
        }
    }
}

fn next_best(place: &Path) -> DiskObservation {
    match super::notices::probe(place) {
        Ok(()) => DiskObservation {
            kind: DiskObserverKind::Notify,
            concession: None,
        },
        Err(why) => DiskObservation {
            kind: DiskObserverKind::Stat,
            concession: Some(why),
        },
    }
}
