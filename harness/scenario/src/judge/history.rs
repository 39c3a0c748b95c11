//! What happened to files: every state of every path in order, with the files' own lives behind the names.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use protocol::journal::{
    BlindFact, DiskCallClass, DiskCause, DiskObserverKind, Fact, FileKind, FileState, Hidden,
    PresentFile, ProcessChange, ProcessFact,
};

use super::record::{Record, same_path};

/// Permission bits of group and others.
pub(crate) const SHARED: u32 = 0o077;

/// A state of a path.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// The fact's sequence number.
    pub(crate) seq: u64,
    /// The start of the subject during which it was seen; 0 before the first.
    pub(crate) boot: u32,
    /// The path.
    pub(crate) path: &'a str,
    /// What caused it.
    pub(crate) cause: DiskCause,
    /// What was there.
    pub(crate) file: Option<&'a PresentFile>,
    /// Which file it was: an inode number may be given again, a life is not.
    pub(crate) life: Option<usize>,
}

/// All states of all paths.
pub(crate) struct History<'a> {
    /// In the journal's order.
    pub(crate) sights: Vec<Sight<'a>>,
    /// What caused each life.
    makers: Vec<DiskCause>,
}

impl<'a> History<'a> {
    /// Reads the states from a journal.
    pub(crate) fn of(record: Record<'a>) -> Self {
        let mut sights = Vec::new();
        let mut makers = Vec::new();
        // The inode behind each name now; for each of them its life and how many names it has.
        let mut behind: BTreeMap<&str, u64> = BTreeMap::new();
        let mut living: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        let mut boot = 0;
        for event in record.events {
            match &event.fact {
                Fact::Process(ProcessFact {
                    boot: started,
                    change: ProcessChange::Started { .. },
                }) => {
                    boot = *started;
                }
                Fact::Disk(fact) => {
                    let file = match &fact.state {
                        FileState::Present(file) => Some(file),
                        FileState::Absent => None,
                    };
                    let life = file.map(|file| {
                        let (life, names) = living.entry(file.inode).or_insert_with(|| {
                            makers.push(fact.cause);
                            (makers.len() - 1, 0)
                        });
                        *names += 1;
                        *life
                    });
                    let before = match file {
                        Some(file) => behind.insert(&fact.path, file.inode),
                        None => behind.remove(fact.path.as_str()),
                    };
                    if let Some(inode) = before
                        && let Entry::Occupied(mut lost) = living.entry(inode)
                    {
                        lost.get_mut().1 -= 1;
                        if lost.get().1 == 0 {
                            lost.remove();
                        }
                    }
                    let (seq, cause, path) = (event.seq, fact.cause, fact.path.as_str());
                    sights.push(Sight {
                        seq,
                        boot,
                        path,
                        cause,
                        file,
                        life,
                    });
                }
                _ => {}
            }
        }
        Self { sights, makers }
    }

    /// The states of one path.
    pub(crate) fn at<'b>(&'b self, path: &'b str) -> impl Iterator<Item = &'b Sight<'a>> {
        self.sights
            .iter()
            .filter(move |sight| same_path(sight.path, path))
    }

    /// Whether the harness made the file.
    pub(crate) fn is_planted(&self, life: usize) -> bool {
        self.makers.get(life) == Some(&DiskCause::Harness)
    }

    /// The files that were at a path in the window, or held a credential then; regular ones.
    pub(crate) fn carriers(
        &self,
        path: &str,
        mark: Option<&str>,
        in_window: impl Fn(u64) -> bool,
    ) -> Vec<usize> {
        let mut lives: Vec<usize> = self
            .sights
            .iter()
            .filter(|sight| in_window(sight.seq) && sight.cause != DiskCause::Harness)
            .filter(|sight| sight.file.is_some_and(|file| file.kind == FileKind::File))
            .filter(|sight| {
                same_path(sight.path, path) || mark.is_some_and(|mark| sight.holds(mark))
            })
            .filter_map(|sight| sight.life)
            .collect();
        lives.sort_unstable();
        lives.dedup();
        lives
    }
}

impl Sight<'_> {
    /// Whether its content has this in it.
    pub(crate) fn holds(&self, mark: &str) -> bool {
        self.content().is_some_and(|content| content.contains(mark))
    }

    /// Its text.
    pub(crate) fn content(&self) -> Option<&str> {
        self.file.and_then(|file| file.content.as_deref())
    }

    /// Whether others may use it.
    pub(crate) fn is_shared(&self) -> bool {
        self.file
            .is_some_and(|file| file.kind == FileKind::File && file.mode & SHARED != 0)
    }

    /// The kind of change that led to it, if it is known.
    pub(crate) fn class(&self) -> Option<DiskCallClass> {
        match self.cause {
            DiskCause::Call(class) | DiskCause::Notice(class) => Some(class),
            DiskCause::Harness | DiskCause::External | DiskCause::Found => None,
        }
    }

    /// The state in words.
    pub(crate) fn in_words(&self) -> String {
        let path = self.path;
        match self.file {
            None => format!("`{path}` was absent"),
            Some(file) => {
                let how = match self.class() {
                    Some(class) => format!(" after a call of the class {}", class.name()),
                    None => String::new(),
                };
                let content = match file.content.as_deref() {
                    Some("") => ", empty".to_owned(),
                    Some(text) => format!(", content `{}`", crate::plan::shown::cut(text)),
                    None => String::new(),
                };
                format!(
                    "`{path}` had mode {:04o} and {} bytes{content}{how}",
                    file.mode & 0o7777,
                    file.size
                )
            }
        }
    }
}

/// Whether a text is exactly one whole credential, blanks around it aside.
pub(crate) fn is_issued(text: &str) -> bool {
    let text = text.trim();
    ["«auth-token-", "«inbound-secret-"].iter().any(|mark| {
        text.strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix('»'))
            .is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

/// Whether a text is the beginning of a credential and no more.
pub(crate) fn is_part(text: &str) -> bool {
    text.trim().starts_with('«') && text.contains(":first-")
}

/// How much a journal can tell of what happened between the states that it shows.
pub(crate) enum Completeness {
    /// Every state is there.
    Complete,
    /// Some may be missing, and why.
    Doubtful(String),
}

/// How much of a path's history a journal shows; the window is what the statement is about.
pub(crate) fn completeness(
    record: Record<'_>,
    history: &History<'_>,
    path: &str,
    in_window: impl Fn(u64) -> bool,
) -> Completeness {
    match record.stage.map(|stage| stage.disk_observer) {
        Some(DiskObserverKind::Trace) => {}
        Some(DiskObserverKind::None) | None => {
            return Completeness::Doubtful("the disk was not watched".into());
        }
        Some(weaker) => {
            return Completeness::Doubtful(format!(
                "the disk was observed by `{}`, which may miss states that last for a moment; `--disk trace` sees them all",
                weaker.name()
            ));
        }
    }
    let blind = record.events.iter().find_map(|event| match &event.fact {
        Fact::Blind(BlindFact {
            hidden: Hidden::Calls,
            why,
            path: concerned,
            ..
        }) if concerned
            .as_deref()
            .is_none_or(|concerned| same_path(concerned, path)) =>
        {
            Some(why)
        }
        _ => None,
    });
    if let Some(why) = blind {
        return Completeness::Doubtful(format!(
            "the disk watcher may have missed something: {why}"
        ));
    }
    // The states found at a start came about while no subject ran.
    let strange = history
        .at(path)
        .find(|sight| sight.cause == DiskCause::External && in_window(sight.seq));
    match strange {
        Some(sight) => Completeness::Doubtful(format!(
            "a process other than the subject and the harness changed it (event {})",
            sight.seq
        )),
        None => Completeness::Complete,
    }
}
