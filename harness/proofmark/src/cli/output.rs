//! Where verbs write: the only place of the command that touches the standard streams.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The standard streams.
#[derive(Debug)]
pub(super) struct Output {
    colour: ColourChoice,
}

#[expect(clippy::unused_self, reason = "writing needs the one who may write")]
impl Output {
    pub(super) fn new(colour: ColourChoice) -> Self {
        Self { colour }
    }

    /// Whether standard output gets colours.
    pub(super) fn colour(&self) -> bool {
        self.decide(io::stdout().is_terminal())
    }

    /// Whether standard error gets colours.
    pub(super) fn error_colour(&self) -> bool {
        self.decide(io::stderr().is_terminal())
    }

    fn decide(&self, terminal: bool) -> bool {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self.colour {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => terminal && !refused,
        }
    }

    /// How many characters a line of standard output holds, if it is a terminal.
    pub(super) fn width(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// Whether a bar can be drawn.
    pub(super) fn bar() -> bool {
        io::stderr().is_terminal() && io::stdout().is_terminal()
    }

    /// Writes text to standard output; a reader that has left is no mistake.
    pub(super) fn print(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        // A closed pipe ends the listing, not the program.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Writes a message to standard error.
    pub(super) fn complain(&mut self, text: &str) {
        let mut out = io::stderr().lock();
        // Nothing is left to tell if standard error is gone.
        let _ = out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n"));
    }
}
