//! Faults at the subject's calls on its disk, and what must hold of a file's whole history.

use std::time::Duration;

use protocol::journal::DiskCallClass;

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

/// On which side of a call something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiskMoment {
    /// The call has not taken effect.
    #[default]
    Before,
    /// The call has taken effect.
    After,
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

/// Errors that a file system gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskError {
    /// `ENOSPC`: no space left.
    NoSpace,
    /// `EACCES`: permission denied.
    Access,
    /// `EPERM`: operation not permitted.
    NotPermitted,
    /// `EROFS`: read-only file system.
    ReadOnly,
    /// `EIO`: input or output error.
    InputOutput,
    /// `EDQUOT`: quota exceeded.
    Quota,
    /// `EMFILE`: too many open files.
    OpenFiles,
    /// `EINTR`: interrupted by a signal.
    Interrupted,
    /// `EXDEV`: not on this file system.
    CrossDevice,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What must hold of every state that a file had in the window, temporary files on the way to it included. It must have
/// changed at least once, or there is nothing to judge.
#[derive(Debug, Clone)]
pub struct HistoryExpectation {
    /// Below the stage directory, such as `configs/.auth_token`.
    pub path: String,
    /// Nobody but its owner could use it at any instant, nor a file that was to become it, nor one with an issued credential.
    pub private_from_birth: bool,
    /// Its content was always one of these.
    pub content_always: Option<Vec<KnownContent>>,
    /// It got new content in no other way than by a file renamed (or linked) to its name.
    pub only_by_rename: bool,
    /// What was renamed to its name had been synced after its last write. Advice: a violation never fails a scenario.
    pub synced_before_rename: bool,
}

impl HistoryExpectation {
    /// Whether nothing but advice is given.
    pub fn is_advice(&self) -> bool {
        self.synced_before_rename
            && !self.private_from_birth
            && self.content_always.is_none()
            && !self.only_by_rename
    }
}

/// A content that a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownContent {
    /// There is no file.
    Absent,
    /// What was there when the window opened, or what the harness has put there since.
    Previous,
    /// A whole credential that the platform has issued.
    Issued,
}
