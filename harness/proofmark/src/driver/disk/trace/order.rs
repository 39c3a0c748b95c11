//! Orders to a helper, in its own words.

use diskwatch::{CallClass, Effect, PathPattern, When};
use protocol::journal::DiskCallClass;
use scenario::plan::{DiskEffect, DiskError, DiskFault, DiskMoment};

/// A change of the faults, which holds for later starts too.
#[derive(Debug, Clone)]
pub(crate) enum TraceOrder {
    /// Another fault.
    Set(diskwatch::Fault),
    /// Removes the faults with this label, or all.
    Lift(Option<String>),
}

impl TraceOrder {
    /// A fault as a scenario states it.
    pub(crate) fn set(fault: &DiskFault) -> Self {
        Self::Set(diskwatch::Fault {
            label: fault.label.clone(),
            path: PathPattern::new(&fault.path),
            call: fault.class.map_or(CallClass::Any, watched_class),
            nth: fault.nth.unwrap_or(0),
            when: match fault.moment {
                DiskMoment::Before => When::Before,
                DiskMoment::After => When::After,
            },
            effect: match fault.effect {
                DiskEffect::Error(error) => Effect::Errno(number(error)),
                DiskEffect::Short(bytes) => Effect::ShortWrite(bytes),
                DiskEffect::Delay(delay) => Effect::Delay(delay),
                DiskEffect::Kill => Effect::Kill,
            },
        })
    }
}

fn number(error: DiskError) -> i32 {
    use rustix::io::Errno;
    let known = match error {
        DiskError::NoSpace => Errno::NOSPC,
        DiskError::Access => Errno::ACCESS,
        DiskError::NotPermitted => Errno::PERM,
        DiskError::ReadOnly => Errno::ROFS,
        DiskError::InputOutput => Errno::IO,
        DiskError::Quota => Errno::DQUOT,
        DiskError::OpenFiles => Errno::MFILE,
        DiskError::Interrupted => Errno::INTR,
        DiskError::CrossDevice => Errno::XDEV,
    };
    known.raw_os_error()
}

/// Our word for a group of calls.
pub(super) fn class_of(class: CallClass) -> Option<DiskCallClass> {
    DiskCallClass::ALL
        .into_iter()
        .find(|known| watched_class(*known) == class)
}

/// The watcher's name for a group of calls.
fn watched_class(class: DiskCallClass) -> CallClass {
    match class {
        DiskCallClass::Open => CallClass::Open,
        DiskCallClass::Write => CallClass::Write,
        DiskCallClass::Truncate => CallClass::Truncate,
        DiskCallClass::Sync => CallClass::Sync,
        DiskCallClass::Rename => CallClass::Rename,
        DiskCallClass::Link => CallClass::Link,
        DiskCallClass::Unlink => CallClass::Unlink,
        DiskCallClass::Mkdir => CallClass::Mkdir,
        DiskCallClass::Mknod => CallClass::Mknod,
        DiskCallClass::Chmod => CallClass::Chmod,
        DiskCallClass::Chown => CallClass::Chown,
        DiskCallClass::Utime => CallClass::Utime,
        DiskCallClass::Xattr => CallClass::Xattr,
        DiskCallClass::Map => CallClass::Map,
    }
}
