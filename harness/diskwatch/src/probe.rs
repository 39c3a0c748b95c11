//! The self-test: writers whose mistakes are known run under watch, and each must be detected.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::decode::CallClass;
use crate::event::Event;
use crate::fault::{Effect, Fault, PathPattern, When};
use crate::history::history;
use crate::kernel::ProcessGroup;
use crate::observe::{Place, State};
use crate::request::{Request, Role, WatchError};
use crate::watch::run;

/// Whether watching works here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Probe {
    /// Every known writer was judged right.
    pub works: bool,
    /// What was found, in one sentence.
    pub sentence: String,
    /// What to do if it does not work.
    pub remedy: Option<String>,
}

/// A writer of `secret`, and what must be found about it.
struct Writer {
    name: &'static str,
    script: &'static str,
    refuse_rename: bool,
    found: Found,
}

/// What the record of a run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    /// Another user could have read the new content.
    readable_by_others: bool,
    /// Something else than the old or the new content was there to read.
    torn: bool,
    /// The new content is in place at the end.
    written: bool,
}

const SHELL: &str = "/bin/sh";

const WRITERS: [Writer; 5] = [
    Writer {
        name: "good",
        script: "umask 077; printf new > secret.tmp; mv secret.tmp secret",
        refuse_rename: false,
        found: Found {
            readable_by_others: false,
            torn: false,
            written: true,
        },
    },
    Writer {
        name: "private too late",
        script: "rm secret; umask 022; printf new > secret; chmod 600 secret",
        refuse_rename: false,
        found: Found {
            readable_by_others: true,
            torn: true,
            written: true,
        },
    },
    Writer {
        name: "in place",
        script: "printf new > secret",
        refuse_rename: false,
        found: Found {
            readable_by_others: false,
            torn: true,
            written: true,
        },
    },
    Writer {
        name: "open temporary file",
        script: "umask 022; printf new > secret.tmp; mv secret.tmp secret; chmod 600 secret",
        refuse_rename: false,
        found: Found {
            readable_by_others: true,
            torn: false,
            written: true,
        },
    },
    Writer {
        name: "refused rename",
        script: "umask 077; printf new > secret.tmp; mv secret.tmp secret 2>/dev/null || :",
        refuse_rename: true,
        found: Found {
            readable_by_others: false,
            torn: false,
            written: false,
        },
    },
];

/// Runs the known writers under watch, in a directory below this one. May be called from any process: a thread of its own
/// does the work, no signal is touched, and other children are left alone.
pub fn probe(place: &Path) -> Probe {
    let failed = |sentence: String, remedy: &str| Probe {
        works: false,
        sentence,
        remedy: Some(remedy.to_owned()),
    };
    let result = thread::Builder::new()
        .name("disk watch probe".to_owned())
        .spawn({
            let place = place.to_owned();
            move || try_all(&place)
        })
        .map(thread::JoinHandle::join);
    match result {
        Ok(Ok(Ok(()))) => Probe {
            works: true,
            sentence: format!(
                "all {} known writers were judged right under ptrace and seccomp",
                WRITERS.len()
            ),
            remedy: None,
        },
        Ok(Ok(Err(Failure::Watch(WatchError::Refused(refusal))))) => {
            failed(refusal.why, &refusal.remedy)
        }
        Ok(Ok(Err(Failure::Watch(error)))) => {
            let source = std::error::Error::source(&error)
                .map_or_else(String::new, |source| format!(": {source}"));
            failed(
                format!("a known writer cannot be watched: {error}{source}"),
                "use the weaker observer",
            )
        }
        Ok(Ok(Err(Failure::Directory(error)))) => failed(
            format!("no directory for the self-test can be made ({error})"),
            "give TMPDIR a writable place",
        ),
        Ok(Ok(Err(Failure::Misjudged(sentence)))) => failed(
            sentence,
            "use the weaker observer, and report the kernel and container in use",
        ),
        Ok(Err(_)) | Err(_) => failed(
            "the self-test could not run to its end".to_owned(),
            "use the weaker observer",
        ),
    }
}

enum Failure {
    Directory(io::Error),
    Watch(WatchError),
    Misjudged(String),
}

fn try_all(place: &Path) -> Result<(), Failure> {
    for writer in &WRITERS {
        let directory = Scratch::new(place).map_err(Failure::Directory)?;
        let found = Found::of(&directory.run(writer)?);
        if found != writer.found {
            let name = writer.name;
            return Err(Failure::Misjudged(format!(
                "the known writer `{name}` was misjudged: {found:?}"
            )));
        }
    }
    Ok(())
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(place: &Path) -> io::Result<Self> {
        let unique = format!(
            "diskwatch-probe-{}-{}",
            std::process::id(),
            crate::kernel::now_us()
        );
        let path = place.join(unique);
        fs::create_dir(&path)?;
        let scratch = Self(path);
        fs::write(scratch.0.join("secret"), "old")?;
        fs::set_permissions(
            scratch.0.join("secret"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )?;
        Ok(scratch)
    }

    fn run(&self, writer: &Writer) -> Result<Vec<Event>, Failure> {
        let refuse = Fault {
            label: "refused rename".to_owned(),
            path: PathPattern::new("secret"),
            call: CallClass::Rename,
            nth: 0,
            when: When::Before,
            effect: Effect::Errno(libc::EACCES),
        };
        let script = format!("cd \"$0\" || exit; {}", writer.script);
        let request = Request {
            directories: vec![self.0.clone()],
            umask: None,
            program: PathBuf::from(SHELL),
            arguments: vec!["-c".into(), script.into(), self.0.clone().into_os_string()],
            faults: if writer.refuse_rename {
                vec![refuse]
            } else {
                Vec::new()
            },
            process_group: ProcessGroup::Inherited,
            hash_key: [0; 32],
            read_at_most: 1024,
        };
        let mut events = Vec::new();
        let mut sink = |event| {
            events.push(event);
            Ok(())
        };
        run(request, &mut Vec::new, &mut sink, Role::Guest).map_err(Failure::Watch)?;
        Ok(events)
    }
}

impl Found {
    fn of(events: &[Event]) -> Self {
        let is = |state: &State, text: &[u8]| {
            state
                .content
                .as_ref()
                .is_some_and(|content| content.as_bytes() == text)
        };
        let states: Vec<_> = history(events, &Place::below(0, "secret"))
            .into_iter()
            .map(|sighting| sighting.state)
            .collect();
        let whole = |state: &State| is(state, b"new") || is(state, b"old");
        let exposed = |state: &State| is(state, b"new") && state.mode & 0o077 != 0;
        let after = events.iter().filter_map(|event| match event {
            Event::Call(call) => call.after.as_ref(),
            _ => None,
        });
        Self {
            readable_by_others: after.into_iter().any(exposed),
            torn: states
                .iter()
                .any(|state| !state.as_ref().is_some_and(whole)),
            written: states
                .last()
                .and_then(Option::as_ref)
                .is_some_and(|state| is(state, b"new")),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(path: &Path) {
    // A directory left behind in the temporary place does no harm.
    let _ = fs::remove_dir_all(path);
}

#[cfg(test)]
mod tests {
    use super::probe;

    #[test]
    fn the_self_test_says_one_sentence_and_a_remedy_exactly_when_it_fails() {
        let probe = probe(&std::env::temp_dir());
        assert_eq!(probe.works, probe.remedy.is_none(), "{}", probe.sentence);
        assert!(!probe.sentence.contains('\n'));
    }
}
