//! Who may read the credential files (TOK-003, SEC-002).

use protocol::journal::{FileKind, FileState, PresentFile};
use protocol::wire;

use super::super::record::{Record, plain_path};
use super::rule::{Rule, Sighting};
use crate::plan::Plan;

/// Permission bits of group and others.
const SHARED: u32 = 0o077;

/// Rules about credential files.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "token-file-private",
        requirements: &["TOK-003"],
        summary: "nobody but its owner may use the token file in any state the subject left it in",
        // An overwritten file of the harness may stay as wide as it was planted: TOK-005 judges that.
        see: |plan, record| {
            private(plan, record, wire::TOKEN_FILE, |planted, now| planted.inode == now.inode)
        },
    },
    Rule {
        name: "secret-file-private",
        requirements: &["SEC-002"],
        summary: "nobody but its owner may use the secret file in any state the subject left it in",
        see: |plan, record| {
            private(plan, record, wire::SECRET_FILE, |planted, now| {
                planted.inode == now.inode
                    && planted.modified_ns == now.modified_ns
                    && planted.content == now.content
            })
        },
    },
];

/// Judges every state of a credential file that the subject brought about.
fn private(
    plan: &Plan,
    record: &Record<'_>,
    name: &str,
    is_still_planted: fn(&PresentFile, &PresentFile) -> bool,
) -> Sighting {
    let directory = plan.subject.configs_directory.as_deref().unwrap_or("configs");
    let path = match plain_path(directory) {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    };
    let mut planted: Vec<&PresentFile> = Vec::new();
    let mut sighting = Sighting::default();
    for (seq, fact) in record.disk(&path) {
        let FileState::Present(file) = &fact.state else { continue };
        if file.kind != FileKind::File {
            continue;
        }
        if fact.by_harness {
            planted.push(file);
            continue;
        }
        let is_wide = file.mode & SHARED != 0;
        if is_wide && planted.iter().any(|before| before.mode & SHARED != 0 && is_still_planted(before, file))
        {
            continue;
        }
        let outcome =
            if is_wide { Err(format!("`{path}` had mode {:04o}", file.mode & 0o7777)) } else { Ok(()) };
        sighting.judge(seq, outcome);
    }
    sighting
}
