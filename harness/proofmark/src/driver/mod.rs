//! Subjects as processes: launching, ending, their directories, their port and what they leave on disk.

mod directories;
mod disk;
mod exit;
mod launch;
mod launcher;
mod mcp;
mod output;
mod port;
mod process;
mod relatives;
mod run_directory;
mod starting;
mod subject;
mod supervised;
#[cfg(target_os = "linux")]
mod supervision;
mod watched;

pub use launch::replace_process;
pub use launcher::{Launcher, Pacing};
pub use run_directory::RunDirectory;
pub use subject::{SetupError, SubjectCommand};
#[cfg(target_os = "linux")]
pub use supervision::supervise;

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
