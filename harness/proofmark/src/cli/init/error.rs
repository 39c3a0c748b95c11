//! What can keep a manifest from being written.

use std::io;
use std::path::PathBuf;

/// Why no manifest was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum InitError {
    /// Nothing says what to start, and there is no terminal to ask at.
    #[error(
        "nothing says what starts the runtime; name it: proofmark init --command 'python3 runtime.py'"
    )]
    NoCommand,
    /// The input ended before all questions were answered.
    #[error("the answers ended before everything was asked; nothing was written")]
    NoAnswer,
    /// The command line cannot be split.
    #[error("cannot split the command `{0}`: {1}; close every quote")]
    Words(String, shell_words::ParseError),
    /// There is no word in the command line.
    #[error("the command is empty; name a program: --command 'python3 runtime.py'")]
    EmptyCommand,
    /// The token file lies where a stage has nothing.
    #[error(
        "the token file `{0}` lies outside of what a stage gives a runtime; name it below ${{CONFIGS}}, ${{STATE}}, ${{HOME}} or \
         ${{SCRATCH}}: --token-file '${{STATE}}/auth_token'"
    )]
    TokenFile(String),
    /// A manifest is there already.
    #[error("`{}` is there already; choose another name by --to, or write over it by --force", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write `{}`: {source}", file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was typed makes no manifest; carries the pictures.
    #[error("what was typed makes no manifest, and nothing was written:\n{0}")]
    Mistakes(String),
}
