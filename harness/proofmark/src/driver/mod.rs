//! Subjects as processes: launching, ending, their directories, their port and what they leave on disk.

mod directories;
mod disk;
mod exit;
mod launch;
mod launcher;
mod mcp;
mod port;
mod process;
mod subject;

pub use launch::replace_process;
pub use launcher::{Launcher, Pacing};
pub use subject::{SetupError, SubjectCommand};

pub(crate) use directories::StageDirectories;
pub use disk::{DiskChoice, DiskObservation};
#[cfg(traced)]
pub use disk::{TraceRequest, trace_process};

#[cfg(traced)]
pub(crate) use disk::TraceOrder;
pub(crate) use disk::{DiskObserver, Known};
pub(crate) use port::PortLease;
pub(crate) use process::Process;
pub(crate) use subject::StageValues;
