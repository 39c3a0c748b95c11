//! Ctrl-C and its kind: the first ends what is going on in good order, the second ends it at once.

use tokio::sync::watch;

use crate::exit::Exit;

/// The first signal ends the run in good order; the second ends the process, and with it every subject.
pub(super) async fn watch_signals(interrupt: watch::Sender<bool>) {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return;
    };
    for _ in 0..2 {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        if interrupt.send_replace(true) {
            // Subjects die with this process: each asked for that at its launch.
            std::process::exit(i32::from(Exit::Interrupted.number()));
        }
    }
}
