//! Things put into the subject's directories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::yaml::{Located, Text};

/// Puts something below the stage directory; exactly one of file, directory, symlink, pipe, mode-of, read-only and full.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Plant {
    /// A regular file, such as `configs/.auth_token`.
    pub(crate) file: Option<Text>,
    /// A directory.
    pub(crate) directory: Option<Text>,
    /// A symbolic link; needs `target`.
    pub(crate) symlink: Option<Text>,
    /// A named pipe.
    pub(crate) pipe: Option<Text>,
    /// Changes the permission bits of what is there; needs `mode`.
    pub(crate) mode_of: Option<Text>,
    /// Text of a file.
    pub(crate) content: Option<Text>,
    /// Bytes in hexadecimal, after the content.
    #[schemars(extend("pattern" = "^([0-9a-fA-F]{2})*$"))]
    pub(crate) bytes: Option<Text>,
    /// Permission bits in quoted octal, such as `"0600"`.
    #[schemars(extend("pattern" = "^[0-7]{3,4}$"))]
    pub(crate) mode: Option<Text>,
    /// Size in bytes to which a file is filled with zeros.
    pub(crate) size: Option<Located<u64>>,
    /// Where a symbolic link points.
    pub(crate) target: Option<Text>,
    /// A directory of which every change is refused with EROFS until lifted.
    pub(crate) read_only: Option<Text>,
    /// A directory in which every write is refused with ENOSPC until lifted.
    pub(crate) full: Option<Text>,
    /// Whether a file or symbolic link is planted at the temporary name under which the subject writes this path.
    pub(crate) as_temporary: Option<Located<bool>>,
    /// The label of `read-only` and `full`, for `lift`.
    #[serde(rename = "as")]
    pub(crate) label: Option<Text>,
}
