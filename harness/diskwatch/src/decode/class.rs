//! The kinds of system calls, regardless of which variant a language's runtime uses.

use serde::{Deserialize, Serialize};

/// A group of system calls with the same effect, so that one rule holds for every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallClass {
    /// Opening for anything but reading, creating included; plain reading is never seen.
    Open,
    /// Writing, also by copying from another descriptor.
    Write,
    /// Changing the length or the allocation.
    Truncate,
    /// Asking for the data to reach the disk.
    Sync,
    /// Renaming, also with an exchange.
    Rename,
    /// Making a hard or symbolic link.
    Link,
    /// Removing a file or directory.
    Unlink,
    /// Making a directory.
    Mkdir,
    /// Making a pipe, socket or device.
    Mknod,
    /// Changing the permission bits.
    Chmod,
    /// Changing the owner.
    Chown,
    /// Changing the times.
    Utime,
    /// Changing an extended attribute.
    Xattr,
    /// Mapping a file shared and writable; the stores that follow are not seen.
    Map,
    /// In a fault: whichever call. No event has it.
    Any,
}

impl CallClass {
    /// Whether a rule for this class is for calls of that class.
    pub fn covers(self, class: Self) -> bool {
        self == Self::Any || self == class
    }
}

#[cfg(test)]
mod tests {
    use super::CallClass;

    #[test]
    fn any_covers_every_class_and_others_only_themselves() {
        assert!(CallClass::Any.covers(CallClass::Rename));
        assert!(CallClass::Rename.covers(CallClass::Rename));
        assert!(!CallClass::Rename.covers(CallClass::Open));
        assert!(!CallClass::Rename.covers(CallClass::Any));
    }
}
