//! Subjects as processes: launching, ending, their directories, their port and what they leave on disk.

mod directories;
mod disk;
mod launch;
mod port;
mod process;
mod subject;

pub use launch::{LaunchRequest, replace_process};
pub use subject::{Launcher, Pacing, SubjectCommand, SubjectKind};

pub(crate) use directories::{StageDirectories, write_file};
pub(crate) use disk::{DiskObserver, OBSERVER as DISK_OBSERVER};
pub(crate) use port::PortLease;
pub(crate) use process::Process;
pub(crate) use subject::Identity;
