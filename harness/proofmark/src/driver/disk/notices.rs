//! The kernel's notices of changes: what kind of change came, though not every state there was.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use notify::event::{CreateKind, EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use protocol::journal::{DiskCallClass, DiskCause};

use super::snapshot::LastSeen;

/// The kernel tells at once; a machine may be busy.
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// Records notices for as long as it lives.
pub(super) struct Notices {
    _watcher: RecommendedWatcher,
}

impl Notices {
    /// Starts to listen.
    pub(super) fn start(seen: &Arc<LastSeen>) -> io::Result<Self> {
        let told = Arc::clone(seen);
        let mut watcher =
            notify::recommended_watcher(move |notice: notify::Result<notify::Event>| {
                if let Ok(event) = notice {
                    take(&told, &event);
                }
            })
            .map_err(io::Error::other)?;
        for directory in seen.directories() {
            // A scenario may want it missing.
            if directory.is_dir() {
                watcher
                    .watch(directory, RecursiveMode::Recursive)
                    .map_err(io::Error::other)?;
            }
        }
        Ok(Self { _watcher: watcher })
    }
}

fn take(seen: &LastSeen, event: &notify::Event) {
    let Some(class) = class_of(event.kind) else {
        if matches!(event.kind, EventKind::Any | EventKind::Other) {
            seen.look(DiskCause::Found);
        }
        return;
    };
    for path in &event.paths {
        seen.noticed(path, DiskCause::Notice(class));
    }
    // What lies in a directory that just came is not told.
    if class == DiskCallClass::Mkdir {
        seen.look(DiskCause::Found);
    }
}

fn class_of(kind: EventKind) -> Option<DiskCallClass> {
    Some(match kind {
        EventKind::Create(CreateKind::Folder) => DiskCallClass::Mkdir,
        EventKind::Create(_) => DiskCallClass::Open,
        EventKind::Modify(ModifyKind::Name(
            RenameMode::From | RenameMode::To | RenameMode::Any,
        )) => DiskCallClass::Rename,
        EventKind::Modify(ModifyKind::Metadata(_)) => DiskCallClass::Chmod,
        EventKind::Remove(_) => DiskCallClass::Unlink,
        // A rename is told once more as a whole, after its two halves.
        EventKind::Modify(ModifyKind::Name(_))
        | EventKind::Access(_)
        | EventKind::Any
        | EventKind::Other => {
            return None;
        }
        EventKind::Modify(_) => DiskCallClass::Write,
    })
}

/// Whether notices tell a writer that renames from one that writes in place; otherwise why not.
pub(super) fn probe(place: &Path) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what} ({error})");
    let directory = tempfile::Builder::new()
        .prefix("notices-")
        .tempdir_in(place)
        .map_err(|error| failed("no directory for the self-test can be made", &error))?;
    let (tell, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |notice: notify::Result<notify::Event>| {
        // The receiver is gone once the self-test is over.
        let _ = tell.send(notice);
    })
    .map_err(|error| failed("the kernel gives no notices", &error))?;
    watcher
        .watch(directory.path(), RecursiveMode::Recursive)
        .map_err(|error| failed("the kernel gives no notices", &error))?;
    let path = |name: &str| directory.path().join(name);
    let write = || {
        fs::write(path("secret.tmp"), "new")?;
        fs::rename(path("secret.tmp"), path("secret"))?;
        fs::write(path("in-place"), "new")?;
        fs::write(path("last"), "")
    };
    write().map_err(|error| failed("the self-test cannot write", &error))?;
    let mut seen = Vec::new();
    let deadline = Instant::now() + PROBE_WITHIN;
    loop {
        let event = told
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .map_err(|error| failed("the kernel's notices do not come", &error))?
            .map_err(|error| failed("the kernel's notices fail", &error))?;
        let Some(class) = class_of(event.kind) else {
            continue;
        };
        let names: Vec<_> = event
            .paths
            .iter()
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect();
        if names.iter().any(|name| name == "last") {
            break;
        }
        seen.extend(names.into_iter().map(|name| (name, class)));
    }
    let saw = |name: &str, class| {
        seen.iter()
            .any(|(seen, kind)| seen == name && *kind == class)
    };
    let right = saw("secret", DiskCallClass::Rename)
        && !saw("secret", DiskCallClass::Write)
        && saw("in-place", DiskCallClass::Write);
    if right {
        Ok(())
    } else {
        Err("the kernel's notices do not tell a rename from a write".to_owned())
    }
}
