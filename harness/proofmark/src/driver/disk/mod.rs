//! What happens to the subject's directories, as facts of the journal: by tracing its calls, by the kernel's notices, or by looking.

mod choice;
mod notices;
mod snapshot;
#[cfg(traced)]
mod trace;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use platform::Recorder;
use protocol::journal::{DiskCause, DiskObserverKind};

use notices::Notices;
use snapshot::LastSeen;

/// Whether every known writer is judged right under trace; otherwise why not, and what to do about it.
fn probe_trace(place: &Path) -> Result<(), String> {
    #[cfg(traced)]
    {
        let probe = diskwatch::probe(place);
        match probe.remedy {
            None => Ok(()),
            Some(remedy) => Err(format!("{}; {remedy}", probe.sentence)),
        }
    }
    #[cfg(not(traced))]
    let _ = place;
    #[cfg(not(traced))]
    Err("this build has no tracer; use Linux on x86_64 or aarch64".to_owned())
}

pub use choice::{DiskChoice, DiskObservation};
pub(crate) use snapshot::Known;
#[cfg(traced)]
pub(crate) use trace::{TraceOrder, Traced};
#[cfg(traced)]
pub use trace::{TraceRequest, trace_process};

/// Observes the directories of one stage.
pub(crate) struct DiskObserver {
    kind: DiskObserverKind,
    seen: Arc<LastSeen>,
    _notices: Option<Notices>,
    #[cfg(traced)]
    trace: Option<trace::Trace>,
}

impl DiskObserver {
    /// Starts to observe these directories below the stage's root. What it needs itself it puts into another place.
    pub(crate) fn start(
        kind: DiskObserverKind,
        place: &Path,
        root: &Path,
        directories: Vec<PathBuf>,
        recorder: Recorder,
    ) -> std::io::Result<Self> {
        let seen = Arc::new(LastSeen::new(root, directories, recorder));
        let notices = (kind == DiskObserverKind::Notify)
            .then(|| Notices::start(&seen))
            .transpose()?;
        #[cfg(not(traced))]
        let _ = place;
        #[cfg(traced)]
        let trace = (kind == DiskObserverKind::Trace)
            .then(|| trace::Trace::prepare(Arc::clone(&seen), place))
            .transpose()?;
        Ok(Self {
            kind,
            seen,
            _notices: notices,
            #[cfg(traced)]
            trace,
        })
    }

    /// How it observes.
    pub(crate) fn kind(&self) -> DiskObserverKind {
        self.kind
    }

    /// Records what has been observed by now.
    pub(crate) fn look(&self) {
        match self.kind {
            // Every change is told by the tracer, or was made by the harness.
            DiskObserverKind::Trace => self.seen.recorder().gather(),
            DiskObserverKind::Notify | DiskObserverKind::Stat => self.seen.look(DiskCause::Found),
            DiskObserverKind::None => {}
        }
    }

    /// Records what has been observed by now, and returns what is known then.
    pub(crate) fn known(&self) -> Known {
        self.look();
        self.seen.known()
    }

    /// Goes back to what was known when the journal ended where it is rewound to: what changed since then is news once more.
    pub(crate) fn know_again(&self, known: &Known) {
        self.seen.know_again(known);
        self.look();
    }

    /// Lets the harness change what lies at or below a path; what is new there afterwards is its own doing.
    pub(crate) fn by_harness<T>(&self, scope: &Path, change: impl FnOnce() -> T) -> T {
        self.look();
        self.seen.begin_harness(scope);
        let result = change();
        self.seen.look_below(scope, DiskCause::Harness);
        self.seen.end_harness();
        result
    }

    /// The tracer, if calls are traced.
    #[cfg(traced)]
    pub(crate) fn trace(&self) -> Option<&trace::Trace> {
        self.trace.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use protocol::Redactor;
    use protocol::journal::{Fact, FileState};

    use super::*;

    fn told(recorder: &Recorder) -> Vec<(String, bool, DiskCause)> {
        let events = recorder.events();
        let facts = events.iter().filter_map(|event| match &event.fact {
            Fact::Disk(fact) => Some((
                fact.path.clone(),
                matches!(fact.state, FileState::Present(_)),
                fact.cause,
            )),
            _ => None,
        });
        facts.collect()
    }

    #[test]
    fn a_change_of_the_harness_is_told_apart_from_what_is_found_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let configs = root.path().join("configs");
        fs::create_dir(&configs).unwrap();
        let recorder = Recorder::start(Redactor::new());
        let kind = DiskObserverKind::Stat;
        let observer = DiskObserver::start(
            kind,
            root.path(),
            root.path(),
            vec![configs.clone()],
            recorder.clone(),
        )
        .unwrap();
        observer.by_harness(&configs.join("planted"), || {
            fs::write(configs.join("planted"), "x").unwrap();
            fs::write(configs.join("beside"), "x").unwrap();
        });
        observer.look();
        fs::remove_file(configs.join("planted")).unwrap();
        observer.look();
        observer.look();
        assert_eq!(
            told(&recorder),
            [
                ("configs/planted".into(), true, DiskCause::Harness),
                ("configs/beside".into(), true, DiskCause::Found),
                ("configs/planted".into(), false, DiskCause::Found),
            ]
        );
    }

    #[test]
    fn what_the_journal_lost_is_told_again() {
        let root = tempfile::tempdir().unwrap();
        let configs = root.path().join("configs");
        fs::create_dir(&configs).unwrap();
        let recorder = Recorder::start(Redactor::new());
        let (kind, directories) = (DiskObserverKind::Stat, vec![configs.clone()]);
        let observer = DiskObserver::start(
            kind,
            root.path(),
            root.path(),
            directories,
            recorder.clone(),
        )
        .unwrap();
        fs::write(configs.join("early"), "x").unwrap();
        let known = observer.known();
        let booted = recorder.read(<[_]>::len);
        fs::write(configs.join("late"), "x").unwrap();
        observer.look();
        recorder.rewind(booted, |_| {});
        observer.know_again(&known);
        let early = ("configs/early".to_owned(), true, DiskCause::Found);
        assert_eq!(
            told(&recorder),
            [early, ("configs/late".to_owned(), true, DiskCause::Found)]
        );
    }

    #[test]
    fn the_self_tests_find_an_observer_and_say_a_sentence_where_it_is_not_the_best() {
        let observation = DiskChoice::Auto.decide(&std::env::temp_dir());
        assert_eq!(
            observation.kind == DiskObserverKind::Trace,
            observation.concession.is_none()
        );
        let said = observation.concession.unwrap_or_default();
        assert!(!said.contains('\n') && !said.ends_with('.'), "{said}");
        for word in ["auto", "trace", "notify", "stat"] {
            assert_eq!(word.parse::<DiskChoice>().unwrap().name(), word);
        }
    }
}
