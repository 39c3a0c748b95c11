//! Things put into the subject's directories.

use super::template::Template;

/// Something put into the subject's directories.
#[derive(Debug, Clone)]
pub enum Plant {
    /// A regular file.
    File {
        /// Below the stage directory, such as `configs/.auth_token`.
        path: String,
        /// Its content.
        content: Template,
        /// Appended bytes that are not text, in hexadecimal.
        bytes: Option<Vec<u8>>,
        /// Permission bits.
        mode: u32,
        /// Size to which it is filled with zeros, for large files.
        size: Option<u64>,
    },
    /// A directory.
    Directory {
        /// Below the stage directory.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Symlink {
        /// Below the stage directory.
        path: String,
        /// Where it points: an absolute path, or one below the stage directory.
        target: Template,
    },
    /// A named pipe.
    Pipe {
        /// Below the stage directory.
        path: String,
    },
    /// Changes the permission bits of what is there.
    Mode {
        /// Below the stage directory.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// A file or symbolic link at the name under which the subject writes a file before it renames it into place: the one seen
    /// last in the journal, or `PATH.tmp`.
    Temporary {
        /// The file that is written, below the stage directory.
        of: String,
        /// What is planted at its temporary name; its own path is ignored.
        what: Box<Plant>,
    },
}

impl Plant {
    /// The path it is about.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::File { path, .. }
            | Self::Directory { path, .. }
            | Self::Symlink { path, .. }
            | Self::Pipe { path }
            | Self::Mode { path, .. } => path,
            Self::Temporary { of, .. } => of,
        }
    }
}
