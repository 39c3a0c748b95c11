//! Faults at the subject's calls on its disk.

use std::ops::Range;
use std::time::Duration;

use protocol::Vocabulary;
use protocol::journal::DiskCallClass;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnostic::{Code, did_you_mean};
use crate::reading::{
    Family, Field, Keys, Read, Reader, Record, Schema, StagePath, Tag, positive, record, tags,
    words,
};
use crate::yaml::Node;

/// Something that goes wrong at the subject's calls on the stage's directories, until it was done or is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFault {
    /// Its name in the journal.
    pub label: String,
    /// Which calls; any if absent.
    pub class: Option<DiskCallClass>,
    /// Paths below the stage directory; `*` stands for any run of characters. A rename or link is meant by either name.
    pub path: String,
    /// Which of these calls from then on, counted from 1; every one if absent.
    pub nth: Option<u32>,
    /// Before or after the call takes effect.
    pub moment: DiskMoment,
    /// What goes wrong.
    pub effect: DiskEffect,
}

words! {
    /// On which side of a call something happens.
    pub enum DiskMoment: Default = "moment of a call" {
        /// The call has not taken effect.
        #[default]
        Before = "before",
        /// The call has taken effect.
        After = "after",
    }
}

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskEffect {
    /// It returns an error.
    Error(DiskError),
    /// It writes at most so many bytes.
    Short(usize),
    /// Its thread is held for so long.
    Delay(Duration),
    /// The whole process tree of the subject is killed.
    Kill,
}

words! {
    /// Errors that a file system gives.
    pub enum DiskError = "error of a file system" {
        /// `ENOSPC`: no space left.
        NoSpace = "ENOSPC",
        /// `EACCES`: permission denied.
        Access = "EACCES",
        /// `EPERM`: operation not permitted.
        NotPermitted = "EPERM",
        /// `EROFS`: read-only file system.
        ReadOnly = "EROFS",
        /// `EIO`: input or output error.
        InputOutput = "EIO",
        /// `EDQUOT`: quota exceeded.
        Quota = "EDQUOT",
        /// `EMFILE`: too many open files.
        OpenFiles = "EMFILE",
        /// `EINTR`: interrupted by a signal.
        Interrupted = "EINTR",
        /// `EXDEV`: not on this file system.
        CrossDevice = "EXDEV",
    }
}

/// Every call by which some files were seen to be written when nothing went wrong: before each of them the subject is killed once.
/// Which calls those are only a run can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashPoints {
    /// The files, below the stage directory.
    pub of: Vec<String>,
    /// The full name of the only point that is wanted.
    pub only: Option<String>,
}

/// A call of a subject at which it can be killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrashPoint {
    /// In which order it came, from 1, among the calls that `path` selects.
    pub nth: u32,
    /// Selects calls, like a disk fault's.
    pub path: String,
    /// A few words without blanks, such as `rename-.auth_token`.
    pub name: String,
}

impl CrashPoint {
    /// What the name of its plan ends in, such as `[03-rename-.auth_token]`.
    pub fn suffix(&self) -> String {
        format!("[{:02}-{}]", self.nth, self.name)
    }
}

/// Which calls: a class (any for `*`) and a path in which `*` stands for any text.
#[derive(Debug, Clone)]
struct Calls {
    class: Option<DiskCallClass>,
    path: String,
}

/// Which of some calls, counted from 1.
struct Nth;

record! {
    /// Which calls of the subject a fault is at.
    struct At {
        /// Which calls: a class such as `write` or `rename` (or `*`) and a path in which `*` stands for any text:
        /// `write configs/.auth_token*`.
        on: Calls,
        /// Which of these calls, counted from 1; every one unless given, the first for a crash.
        nth: Option<u32> as Option<Nth>,
        /// Before or after the call takes effect; `before` unless said otherwise.
        when: DiskMoment = DiskMoment::Before,
    }

    /// The calls by which files are written.
    struct Every {
        /// Plays the scenario once for every call by which the subject was seen to write these files, and kills it before that call.
        every: Vec<String> as Vec<StagePath>,
    }
}

tags! {
    /// What goes wrong at a call.
    enum DiskEffectKind { Error => "error", Short => "short", Delay => "delay" }

    fn fields(self) -> Vec<Field> {
        match self {
            Self::Error => vec![Field::optional::<DiskError>("error", "The call returns this error.")],
            Self::Short => vec![Field::optional::<usize>("short", "The call writes at most so many bytes.")],
            Self::Delay => vec![Field::optional::<Duration>("delay", "The call is held for so long.")],
        }
    }
}

const EFFECTS: Family = Family {
    code: Code::DiskFaultEffect,
    none: (
        Code::DiskFaultEffect,
        "a disk fault without an effect",
        "does nothing",
        "give it one of {all}; `crash-at` kills",
    ),
    two: |first, second| format!("a disk fault has two effects, `{first}` and `{second}`"),
    several: ("effect", "write two faults"),
    foreign: |key, effect| {
        format!("the key `{key}` does not belong to a disk fault with `{effect}`")
    },
};

tags! {
    /// At which calls the subject is killed.
    enum CrashKind { On => "on", Every => "every" }

    fn fields(self) -> Vec<Field> {
        match self {
            Self::On => At::fields(),
            Self::Every => Every::fields(),
        }
    }
}

const CRASHES: Family = Family {
    code: Code::DiskFaultEffect,
    none: (
        Code::MissingKey,
        "the key `on` is missing",
        "at no call",
        "say which calls: `on: rename configs/.auth_token`",
    ),
    two: |_, _| "a crash at one call and at every call".into(),
    several: ("crash", "write two scenarios"),
    foreign: |key, kind| format!("the key `{key}` does not belong to `{kind}`"),
};

impl Read for Calls {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(node)?;
        let Some((word, path)) = text.split_once(' ') else {
            let message = format!("`{text}` does not say which calls on which path");
            reader
                .report(Code::BadDiskLine, &node.mark, message)
                .help("write a class of calls and a path: `rename configs/.auth_token*`");
            return None;
        };
        let class = DiskCallClass::meant_by(word);
        if class.is_none() && word != "*" {
            let names = DiskCallClass::ALL.map(DiskCallClass::name);
            let help = did_you_mean(word, names)
                .unwrap_or_else(|| format!("known are {}, or `*` for any", names.join(", ")));
            let message = format!("unknown class of calls `{word}`");
            reader
                .report(Code::BadDiskLine, &node.mark, message)
                .help(help);
        }
        let path = path.trim();
        StagePath::check(path, node, reader);
        Some(Self {
            class,
            path: path.to_owned(),
        })
    }
}

impl Read<u32> for Nth {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
        positive(
            node,
            reader,
            "calls are counted from 1",
            "leave `nth` out for every call",
        )
    }

    fn shape(schema: &mut Schema) -> Value {
        u32::shape(schema)
    }
}

impl DiskFault {
    /// The keys of a disk fault.
    pub(super) fn fields() -> Vec<Field> {
        Field::of_family::<DiskEffectKind>(At::fields())
    }

    /// A disk fault with its one effect.
    pub(super) fn take(
        keys: &mut Keys<'_>,
        label: Option<&str>,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let at = At::take(keys, reader);
        let kind = keys.choose::<DiskEffectKind>(&EFFECTS, step, reader)?;
        let value = keys.take(kind.name())?;
        let effect = match kind {
            DiskEffectKind::Error => reader.read(value).map(DiskEffect::Error),
            DiskEffectKind::Short => reader.read(value).map(DiskEffect::Short),
            DiskEffectKind::Delay => reader.read(value).map(DiskEffect::Delay),
        };
        Some(Self::at(at?, label, effect?, reader))
    }

    fn at(
        At { on, nth, when }: At,
        label: Option<&str>,
        effect: DiskEffect,
        reader: &Reader<'_>,
    ) -> Self {
        let label = Self::label(label, reader);
        Self {
            label,
            class: on.class,
            path: on.path,
            nth,
            moment: when,
            effect,
        }
    }

    /// A directory that refuses: changes with EROFS, or writes with ENOSPC.
    pub(super) fn refusing(
        directory: &str,
        is_full: bool,
        label: Option<&str>,
        reader: &Reader<'_>,
    ) -> Self {
        let (class, error) = if is_full {
            (Some(DiskCallClass::Write), DiskError::NoSpace)
        } else {
            (None, DiskError::ReadOnly)
        };
        Self {
            label: Self::label(label, reader),
            class,
            path: format!("{}/*", directory.trim_end_matches('/')),
            nth: None,
            moment: DiskMoment::Before,
            effect: DiskEffect::Error(error),
        }
    }

    fn label(label: Option<&str>, reader: &Reader<'_>) -> String {
        label.map_or_else(
            || format!("disk-fault-{}", reader.scope.step),
            str::to_owned,
        )
    }

    /// What it does, in a line.
    pub(super) fn summary(&self) -> String {
        let Self {
            class,
            path,
            nth,
            effect,
            moment,
            ..
        } = self;
        let directory = path.strip_suffix("/*");
        let calls = format!("{} {path}", class.map_or("*", DiskCallClass::name));
        let nth = |before: &str| {
            nth.map(|nth| format!("{before}number {nth}"))
                .unwrap_or_default()
        };
        match (effect, class, directory) {
            (DiskEffect::Error(DiskError::ReadOnly), None, Some(directory)) => {
                format!("make read-only {directory}")
            }
            (
                DiskEffect::Error(DiskError::NoSpace),
                Some(DiskCallClass::Write),
                Some(directory),
            ) => {
                format!("fill up {directory}")
            }
            (DiskEffect::Error(error), ..) => {
                format!("disk fault: {calls} fails with {error}{}", nth(", "))
            }
            (DiskEffect::Short(bytes), ..) => {
                format!(
                    "disk fault: {calls} writes at most {bytes} bytes{}",
                    nth(", ")
                )
            }
            (DiskEffect::Delay(by), ..) => {
                format!("disk fault: {calls} is delayed by {by:?}{}", nth(", "))
            }
            (DiskEffect::Kill, ..) => format!("crash the subject {moment} {calls}{}", nth(" ")),
        }
    }
}

/// Where the subject is killed.
pub(super) enum Crash {
    /// At one call.
    At(DiskFault),
    /// At every call that writes, each in a plan of its own.
    Everywhere,
}

/// The keys of a kill at one call, or at every call that writes.
pub(super) fn crash_fields() -> Vec<Field> {
    Field::of_family::<CrashKind>(Vec::new())
}

/// A kill at one call, or at every call that writes.
pub(super) fn crash_at(
    keys: &mut Keys<'_>,
    label: Option<&str>,
    step: &Range<usize>,
    reader: &mut Reader<'_>,
) -> Option<Crash> {
    match keys.choose::<CrashKind>(&CRASHES, step, reader)? {
        CrashKind::On => {
            let at = At::take(keys, reader)?;
            let at = At {
                nth: Some(at.nth.unwrap_or(1)),
                ..at
            };
            Some(Crash::At(DiskFault::at(
                at,
                label,
                DiskEffect::Kill,
                reader,
            )))
        }
        CrashKind::Every => {
            let Every { every } = Every::take(keys, reader)?;
            let mark = keys.mark("every");
            if every.is_empty() {
                reader
                    .report(Code::EmptyCondition, mark, "no file is named")
                    .help("name what is written: `[configs/.auth_token]`");
            }
            if reader.scope.crash_points.replace(every).is_some() {
                reader
                    .report(Code::RepeatedKey, mark, "a second `crash-at` with `every`")
                    .help("write two scenarios");
            }
            Some(Crash::Everywhere)
        }
    }
}
