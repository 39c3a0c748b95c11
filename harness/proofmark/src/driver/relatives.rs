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

fn count(is_counted: impl Fn(&Living) -> bool) -> u32 {
    let Ok(entries) = fs::read_dir("/proc") else {
        return 0;
    };
    let living = entries
        .flatten()
        .filter_map(|entry| Living::of(entry.file_name().to_str()?));
    u32::try_from(living.filter(is_counted).count()).unwrap_or(u32::MAX)
}

/// A process that has not ended.
struct Living {
    id: String,
    parent: i32,
    group: i32,
}

impl Living {
    fn of(id: &str) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The fields after the parenthesised name are: state, parent, group.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let has_ended = matches!(fields.next()?, "Z" | "X");
        let mut number = || fields.next()?.parse().ok();
        let (parent, group) = (number()?, number()?);
        (!has_ended).then(|| Self {
            id: id.to_owned(),
            parent,
            group,
        })
    }

    fn is_traced_by(&self, tracer: Pid) -> bool {
        let wanted = format!("TracerPid:\t{}", tracer.as_raw_nonzero());
        fs::read_to_string(format!("/proc/{}/status", self.id))
            .is_ok_and(|status| status.lines().any(|line| line == wanted))
    }
}
