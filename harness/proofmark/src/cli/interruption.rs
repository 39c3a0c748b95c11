//! Ctrl-C and its kind: the first ends what is going on in good order, the second ends it at once.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Exit;

/// The signals by which the user or the system asks for an end.
pub(super) struct Interruption(Vec<Signal>);

impl Interruption {
    /// Watches them from here on.
    pub(super) fn watch() -> io::Result<Self> {
        let hang_up = (!outlives_terminal()).then(SignalKind::hangup);
        let others = [
            SignalKind::interrupt(),
            SignalKind::quit(),
            SignalKind::terminate(),
        ];
        Ok(Self(
            others
                .into_iter()
                .chain(hang_up)
                .map(signal)
                .collect::<io::Result<_>>()?,
        ))
    }

    /// Waits for one of them.
    pub(super) async fn asked(&mut self) {
        poll_fn(|context| {
            let has_come = self
                .0
                .iter_mut()
                .any(|signal| signal.poll_recv(context).is_ready());
            if has_come {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// Whether hanging up is ignored, as `nohup` has it, which watching it would undo.
fn outlives_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

/// The first signal ends the run in good order; the second ends the process, and with it every subject.
pub(super) async fn watch_signals(interrupt: watch::Sender<bool>) {
    let Ok(mut interruption) = Interruption::watch() else {
        return;
    };
    for _ in 0..2 {
        interruption.asked().await;
        if interrupt.send_replace(true) {
            // Subjects die with this process: each asked for that at its launch.
            std::process::exit(i32::from(Exit::Interrupted.number()));
        }
    }
}
