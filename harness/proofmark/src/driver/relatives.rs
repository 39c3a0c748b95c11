//! Which processes there are besides the one that was started, as far as `/proc` tells.

use std::fs;

use rustix::process::Pid;

/// How many living processes are in a group, of those that a tracer traces if there is one. Where there is no `/proc` it is one.
pub(super) fn in_group(group: Pid, tracer: Option<Pid>) -> u32 {
    if !fs::exists("/proc/self/stat").unwrap_or_default() {
        return 1;
    }
    count(|process| {
        process.group == group.as_raw_nonzero().get()
            && tracer.is_none_or(|it| process.is_traced_by(it))
    })
}

/// How many living processes a helper has to look after: its children and those that it traces.
pub(super) fn kept_by(helper: Pid) -> u32 {
    count(|process| process.parent == helper.as_raw_nonzero().get() || process.is_traced_by(helper))
}

/// The children of a process, those among them that have ended and were not waited for.
pub(super) fn children_of(parent: Pid) -> Vec<Pid> {
    all()
        .filter(|process| process.parent == parent.as_raw_nonzero().get())
        .filter_map(|process| Pid::from_raw(process.id.parse().ok()?))
        .collect()
}

fn count(is_counted: impl Fn(&Process) -> bool) -> u32 {
    let living = all().filter(|process| !process.has_ended);
    u32::try_from(living.filter(is_counted).count()).unwrap_or(u32::MAX)
}

fn all() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Process::of(entry.file_name().to_str()?))
}

struct Process {
    id: String,
    parent: i32,
    group: i32,
    has_ended: bool,
}

impl Process {
    fn of(id: &str) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The fields after the parenthesised name are: state, parent, group.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let has_ended = matches!(fields.next()?, "Z" | "X");
        let mut number = || fields.next()?.parse().ok();
        Some(Self {
            id: id.to_owned(),
            parent: number()?,
            group: number()?,
            has_ended,
        })
    }

    fn is_traced_by(&self, tracer: Pid) -> bool {
        let wanted = format!("TracerPid:\t{}", tracer.as_raw_nonzero());
        fs::read_to_string(format!("/proc/{}/status", self.id))
            .is_ok_and(|status| status.lines().any(|line| line == wanted))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use rustix::process::getpid;

    use super::*;

    #[test]
    fn a_child_is_one_until_it_was_waited_for() {
        let mut child = Command::new("/bin/sh").args(["-c", ":"]).spawn().unwrap();
        let id = Pid::from_child(&child);
        assert!(children_of(getpid()).contains(&id));
        child.wait().unwrap();
        assert!(!children_of(getpid()).contains(&id));
    }
}
