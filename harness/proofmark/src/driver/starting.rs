//! The first half of a start: the binary re-executed as what stands around the subject, or as the last step before it.

use std::path::Path;

use super::disk::DiskObserver;
use super::process::Around;

/// What stands around a start that is observed.
pub(super) fn around(
    boot: u32,
    observer: &DiskObserver,
    private: &Path,
) -> std::io::Result<Around> {
    #[cfg(traced)]
    if let Some(trace) = observer.trace() {
        return trace.start(boot).map(Around::Tracer);
    }
    #[cfg(not(traced))]
    let _ = (boot, observer);
    unobserved(private)
}

/// What stands around a process whose disk is not observed.
pub(super) fn unobserved(private: &Path) -> std::io::Result<Around> {
    #[cfg(target_os = "linux")]
    return super::supervision::Supervision::prepare(private).map(Around::Helper);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = private;
        Ok(Around::Nothing)
    }
}

/// The command that becomes a program, whose words are still to be added.
pub(super) fn command(
    proofmark: &Path,
    umask: Option<u32>,
    around: &Around,
) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(proofmark);
    command
        .arg("launch")
        .arg(format!("--parent={}", std::process::id()));
    command.args(umask.map(|umask| format!("--umask={umask:03o}")));
    match around {
        Around::Nothing => {}
        #[cfg(target_os = "linux")]
        Around::Helper(supervision) => {
            command.arg("--supervise").arg(&supervision.pipe);
        }
        #[cfg(traced)]
        Around::Tracer(traced) => {
            command.arg("--trace").arg(&traced.request);
        }
    }
    command.arg("--");
    command
}
