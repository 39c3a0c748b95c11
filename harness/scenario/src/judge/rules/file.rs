//! Who may read the credential files (TOK-003, SEC-002), and where they lie (ENV-004).

use protocol::journal::{FileKind, FileState, PresentFile};
use protocol::wire;

use super::super::record::{Record, plain_path};
use super::leak::{AUTH_TOKEN, INBOUND_SECRET};
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
    Rule {
        name: "credentials-in-configs-only",
        requirements: &["ENV-004"],
        summary: "a credential lies in no file outside CONFIGS_DIR",
        see: in_configs_only,
    },
];

/// Judges every file that holds a credential by the directory it lies in. What the harness had planted at a path is its own affair.
fn in_configs_only(plan: &Plan, record: &Record<'_>) -> Sighting {
    let directory = configs_directory(plan);
    let mut planted: Vec<&str> = Vec::new();
    // Who writes through a planted link breaks TOK-020, not this.
    let mut targets: Vec<&str> = Vec::new();
    let mut sighting = Sighting::default();
    for (seq, fact) in record.all_disk() {
        if fact.by_harness {
            planted.push(&fact.path);
            if let FileState::Present(PresentFile { target: Some(target), .. }) = &fact.state {
                targets.push(target);
            }
            continue;
        }
        let FileState::Present(file) = &fact.state else { continue };
        let holds_credential = file
            .content
            .as_deref()
            .is_some_and(|text| text.contains(AUTH_TOKEN) || text.contains(INBOUND_SECRET));
        let is_target = targets.iter().any(|target| {
            target.strip_suffix(fact.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        if !holds_credential || is_target || planted.contains(&fact.path.as_str()) {
            continue;
        }
        let inside = directory.is_empty()
            || fact.path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        let outcome = if inside { Ok(()) } else { Err(format!("a credential lay in `{}`", fact.path)) };
        sighting.judge(seq, outcome);
    }
    sighting
}

/// Where `CONFIGS_DIR` points below the stage.
fn configs_directory(plan: &Plan) -> &str {
    plain_path(plan.subject.configs_directory.as_deref().unwrap_or("configs"))
}

/// Judges every state of a credential file that the subject brought about.
fn private(
    plan: &Plan,
    record: &Record<'_>,
    name: &str,
    is_still_planted: fn(&PresentFile, &PresentFile) -> bool,
) -> Sighting {
    let path = match configs_directory(plan) {
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
