//! Ctrl-C and its kind: the first ends what is going on in good order, the second ends it at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Exit;

/// The signals by which the user or the system asks for an end.
pub(super) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
}

impl Interruption {
    /// Watches them from here on.
    pub(super) fn watch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one of them.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The first signal ends the run in good order; the second ends the process, and with it every subject.
pub(super) async fn watch_signals(interrupt: watch::Sender<bool>) {
    let Ok(mut interruption) = Interruption::watch() else { return };
    for _ in 0..2 {
        interruption.asked().await;
        if interrupt.send_replace(true) {
            // Subjects die with this process: each asked for that at its launch.
            std::process::exit(i32::from(Exit::Interrupted.number()));
        }
    }
}
