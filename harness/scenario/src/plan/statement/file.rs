//! The state of a path.

use protocol::journal::FileKind;

use crate::plan::matcher::Matcher;
use crate::reading::{Label, Mode, StagePath, record};

record! {
    /// The state of a path, by the last fact about it.
    pub struct FileExpectation {
        /// The state of a path below the stage directory, such as `configs/.auth_token`.
        pub path ["file"]: String as StagePath,
        /// Whether the path must be absent.
        pub absent: bool = false,
        /// What kind of entry.
        pub kind: Option<FileKind>,
        /// Permission bits in quoted octal, such as `"0600"`.
        pub mode: Option<u32> as Option<Mode>,
        /// A condition on the file's text.
        pub content: Option<Matcher>,
        /// The file's size in bytes.
        pub size: Option<u64>,
        /// Whether the file is the same as when the window opened: same inode, same modification time, and not written again.
        pub unchanged: bool = false,
        /// The label of an earlier `expect`: before what it saw, the path must have been so.
        pub before: Option<String> as Option<Label<false>>,
    }
}

impl FileExpectation {
    /// A one-line summary.
    pub(super) fn summary(&self) -> String {
        let parts = [
            self.absent.then(|| " absent".to_owned()),
            self.unchanged.then(|| " unchanged".to_owned()),
            self.mode.map(|mode| format!(" mode {mode:04o}")),
            self.content
                .as_ref()
                .map(|content| format!(" content {content}")),
            self.before.as_ref().map(|label| format!(" before {label}")),
        ];
        format!(
            "the file {}{}",
            self.path,
            parts.into_iter().flatten().collect::<String>()
        )
    }
}
