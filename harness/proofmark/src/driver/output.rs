//! What a process prints, as lines of the journal.

use std::os::fd::AsFd;
use std::time::Duration;

use platform::Recorder;
use protocol::journal::{Fact, LogFact, LogStream};
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// An output ends with the last process that holds it; the machine may be busy.
pub(super) const OUTPUT_GRACE: Duration = Duration::from_millis(500);
/// A longer line is cut; the rest of it is read and dropped.
const LINE_AT_MOST: usize = 4 * 1024;
/// More output than this from one start is read and dropped.
const OUTPUT_AT_MOST: usize = 2 * 1024 * 1024;
/// How much is read at once.
const PIECE: usize = 8 * 1024;
/// No pipe holds more, as systems are set up.
const PIPE_AT_MOST: usize = 1024 * 1024;

/// Reads one output to its end.
pub(super) struct Reader {
    task: JoinHandle<()>,
    /// Asks for what is there, and hears when it was taken.
    ask: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

impl Reader {
    /// Begins to read an output, which must not block.
    pub(super) fn start(
        output: impl AsyncRead + AsFd + Unpin + Send + Sync + 'static,
        boot: u32,
        stream: LogStream,
        recorder: Recorder,
    ) -> Self {
        let ((ask, asked), (done, taken)) = (oneshot::channel(), oneshot::channel());
        let lines = Lines {
            boot,
            stream,
            recorder,
            line: Vec::new(),
            kept: 0,
        };
        Self {
            task: tokio::spawn(follow(output, lines, asked, done)),
            ask: Some((ask, taken)),
        }
    }

    /// Returns when all that was printed by now is recorded.
    pub(super) async fn take(&mut self) {
        if let Some((ask, taken)) = self.ask.take() {
            // Errors mean that its end was reached.
            ask.send(()).ok();
            taken.await.ok();
        }
    }

    /// Reads to the end, for as long as that may take; whether it was reached.
    pub(super) async fn end(mut self) -> bool {
        let ended = tokio::time::timeout(OUTPUT_GRACE, &mut self.task)
            .await
            .is_ok();
        if !ended {
            self.task.abort();
        }
        ended
    }
}

async fn follow(
    mut output: impl AsyncRead + AsFd + Unpin,
    mut lines: Lines,
    mut asked: oneshot::Receiver<()>,
    done: oneshot::Sender<()>,
) {
    let mut buffer = vec![0_u8; PIECE];
    let is_asked = loop {
        tokio::select! {
            read = output.read(&mut buffer) => match read {
                Ok(0) | Err(_) => break false,
                Ok(read) => lines.take(buffer.get(..read).unwrap_or_default()),
            },
            asked = &mut asked => break asked.is_ok(),
        }
    };
    // Without waiting for the runtime to notice that there is something.
    let is_open = is_asked && drain(&output, &mut buffer, &mut lines);
    lines.end();
    // The receiver may be gone.
    done.send(()).ok();
    if is_open {
        while let Ok(read @ 1..) = output.read(&mut buffer).await {
            lines.take(buffer.get(..read).unwrap_or_default());
        }
        lines.end();
    }
}

/// Takes what is in the pipe: what came before a process ended is there when its end is known. Comes back whether more may come.
fn drain(output: &impl AsFd, buffer: &mut [u8], lines: &mut Lines) -> bool {
    let mut taken = 0;
    while taken < PIPE_AT_MOST {
        match rustix::io::read(output, &mut *buffer) {
            Ok(0) => return false,
            Ok(read) => {
                taken += read;
                lines.take(buffer.get(..read).unwrap_or_default());
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return true,
            Err(_) => return false,
        }
    }
    true
}

/// Turns bytes into facts.
struct Lines {
    boot: u32,
    stream: LogStream,
    recorder: Recorder,
    line: Vec<u8>,
    kept: usize,
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.emit();
            } else if self.line.len() < LINE_AT_MOST {
                self.line.push(byte);
            }
        }
    }

    /// A last line may have no end.
    fn end(&mut self) {
        if !self.line.is_empty() {
            self.emit();
        }
    }

    fn emit(&mut self) {
        if self.kept <= OUTPUT_AT_MOST {
            self.kept += self.line.len() + 1;
            let text = self.recorder.redactor().redact_bytes(&self.line);
            self.record(text.trim_end_matches('\r').to_owned());
            if self.kept > OUTPUT_AT_MOST {
                self.record("(further output of this start is not kept)".to_owned());
            }
        }
        self.line.clear();
    }

    fn record(&self, line: String) {
        self.recorder.record(Fact::Log(LogFact {
            boot: self.boot,
            stream: self.stream,
            line,
        }));
    }
}
