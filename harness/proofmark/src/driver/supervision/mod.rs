//! The process between the harness and a subject that is not traced: it outlives the harness by as long as it takes to end the subject and
//! all that the subject started.
//!
//! It tells the subject's process and end through a pipe, and takes the closing of the other end, which nothing but the harness holds, for
//! the order to end everything. So the order needs no harness that still lives.

mod helper;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::watch;

use super::exit::Exit;
use super::supervised::SupervisedState;

pub use helper::supervise;

/// A line that a helper writes.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The subject's process and group.
    Started(i32),
    /// It ended.
    Exited {
        /// The exit code, if it exited by itself.
        code: Option<i32>,
        /// The signal that ended it, otherwise.
        signal: Option<i32>,
    },
}

/// Our end of the pipe; dropping it ends the subject and all that is left of it.
#[derive(Debug)]
pub(crate) struct Supervision {
    /// Where the helper opens its end.
    pub(crate) pipe: PathBuf,
    /// What it told.
    pub(crate) state: watch::Receiver<SupervisedState>,
    announce: watch::Sender<SupervisedState>,
    lines: BufReader<pipe::Receiver>,
}

impl Supervision {
    /// Makes a pipe in a private directory.
    pub(crate) fn prepare(private: &Path) -> io::Result<Self> {
        let path = private.join(format!("supervision-{}", uuid::Uuid::new_v4().simple()));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)?;
        let lines = BufReader::new(pipe::OpenOptions::new().open_receiver(&path)?);
        let (announce, state) = watch::channel(SupervisedState::default());
        Ok(Self {
            pipe: path,
            state,
            announce,
            lines,
        })
    }

    /// Waits for the subject's end as the helper tells it; comes back without one when the helper closes its end.
    pub(crate) async fn end(&mut self) -> io::Result<Option<Exit>> {
        let mut text = String::new();
        while self.lines.read_line(&mut text).await? > 0 {
            match serde_json::from_str(&text)? {
                Line::Started(process) => {
                    self.announce
                        .send_modify(|state| state.process = Some(process));
                }
                Line::Exited { code, signal } => {
                    let exit = Exit { code, signal };
                    self.announce.send_modify(|state| state.exit = Some(exit));
                    return Ok(Some(exit));
                }
            }
            text.clear();
        }
        Ok(None)
    }
}
