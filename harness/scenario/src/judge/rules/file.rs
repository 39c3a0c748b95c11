//! Who may read the credential files (TOK-003, TOK-004, SEC-002), whether they are whole at every instant (TOK-006, SEC-003),
//! and where they lie (ENV-004).

use protocol::journal::{DiskCallClass, DiskCause, FileKind, FileState, PresentFile};
use protocol::wire;

use super::super::history::{Completeness, History, SHARED, Sight, completeness, is_part};
use super::super::record::{Record, plain_path};
use super::leak::{AUTH_TOKEN, INBOUND_SECRET};
use super::rule::{Rule, Sighting};
use crate::plan::Plan;

/// Rules about credential files.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "token-file-private",
        requirements: &["TOK-003"],
        summary: "nobody but its owner may use the token file in any state the subject left it in",
        // An overwritten file of the harness may stay as wide as it was planted: TOK-005 judges that.
        see: |plan, record| {
            private(plan, record, wire::TOKEN_FILE, |planted, now| {
                planted.inode == now.inode
            })
        },
    },
    Rule {
        name: "token-file-private-from-birth",
        requirements: &["TOK-004"],
        summary: "nobody but its owner may use a file that becomes the token file, or has a token in it, at any instant",
        see: |plan, record| private_from_birth(plan, record, wire::TOKEN_FILE, AUTH_TOKEN),
    },
    Rule {
        name: "token-file-whole",
        requirements: &["TOK-006"],
        summary: "a reader of the token file meets the old or the new content, at any instant",
        see: |plan, record| whole(plan, record, wire::TOKEN_FILE),
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
        name: "secret-file-private-from-birth",
        requirements: &["SEC-002"],
        summary: "nobody but its owner may use a file that becomes the secret file, or has a secret in it, at any instant",
        see: |plan, record| private_from_birth(plan, record, wire::SECRET_FILE, INBOUND_SECRET),
    },
    Rule {
        name: "secret-file-whole",
        requirements: &["SEC-003"],
        summary: "a reader of the secret file meets the old or the new content, at any instant",
        see: |plan, record| whole(plan, record, wire::SECRET_FILE),
    },
    Rule {
        name: "credentials-in-configs-only",
        requirements: &["ENV-004"],
        summary: "a credential lies in no file outside CONFIGS_DIR",
        see: in_configs_only,
    },
];

/// Judges every file that holds a credential by the directory it lies in. Files that the harness planted are not judged.
fn in_configs_only(plan: &Plan, record: Record<'_>) -> Sighting {
    if !plan.credential_files.is_usual() {
        // A runtime that says where its credentials lie is not bound to CONFIGS_DIR.
        return Sighting::default();
    }
    let directory = configs_directory(plan);
    let mut planted: Vec<&str> = Vec::new();
    // Who writes through a planted link breaks TOK-020, not this.
    let mut targets: Vec<&str> = Vec::new();
    let mut sighting = Sighting::default();
    for (seq, fact) in record.all_disk() {
        if fact.is_by_harness() {
            planted.push(&fact.path);
            if let FileState::Present(PresentFile {
                target: Some(target),
                ..
            }) = &fact.state
            {
                targets.push(target);
            }
            continue;
        }
        let FileState::Present(file) = &fact.state else {
            continue;
        };
        let holds_credential = file
            .content
            .as_deref()
            .is_some_and(|text| text.contains(AUTH_TOKEN) || text.contains(INBOUND_SECRET));
        let is_target = targets.iter().any(|target| {
            target
                .strip_suffix(fact.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        if !holds_credential || is_target || planted.contains(&fact.path.as_str()) {
            continue;
        }
        let inside = directory.is_empty()
            || fact
                .path
                .strip_prefix(directory)
                .is_some_and(|rest| rest.starts_with('/'));
        sighting.judge(
            seq,
            (!inside).then(|| format!("a credential lay in `{}`", fact.path)),
        );
    }
    sighting
}

/// Where `CONFIGS_DIR` points below the stage.
fn configs_directory(plan: &Plan) -> &str {
    plain_path(
        plan.subject
            .configs_directory
            .as_deref()
            .unwrap_or("configs"),
    )
}

/// The path of a credential file below the stage.
fn path_of(plan: &Plan, name: &str) -> String {
    let files = &plan.credential_files;
    let own = if name == wire::TOKEN_FILE {
        &files.token
    } else {
        &files.secret
    };
    if let Some(path) = own {
        return path.clone();
    }
    match configs_directory(plan) {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}

/// Judges the states of a credential file that the subject left: those that nothing of its own followed in the same start.
fn private(
    plan: &Plan,
    record: Record<'_>,
    name: &str,
    is_still_planted: fn(&PresentFile, &PresentFile) -> bool,
) -> Sighting {
    let path = path_of(plan, name);
    let history = History::of(record);
    let sights: Vec<_> = history.at(&path).collect();
    let mut planted: Vec<&PresentFile> = Vec::new();
    let mut sighting = Sighting::default();
    for (position, sight) in sights.iter().enumerate() {
        let Some(file) = sight.file.filter(|file| file.kind == FileKind::File) else {
            continue;
        };
        if sight.cause == DiskCause::Harness {
            planted.push(file);
            continue;
        }
        let is_passing = sights
            .get(position + 1)
            .is_some_and(|next| next.cause != DiskCause::Harness && next.boot == sight.boot);
        let is_planted = planted
            .iter()
            .any(|before| before.mode & SHARED != 0 && is_still_planted(before, file));
        if is_passing || (sight.is_shared() && is_planted) {
            continue;
        }
        sighting.judge(sight.seq, sight.is_shared().then(|| sight.in_words()));
    }
    sighting
}

/// Judges every state of every file that was to become the credential file, or had such a credential in it. What the harness
/// planted is left to the scenarios that plant it.
fn private_from_birth(plan: &Plan, record: Record<'_>, name: &str, mark: &str) -> Sighting {
    let path = path_of(plan, name);
    let history = History::of(record);
    let carriers = history.carriers(&path, Some(mark), |_| true);
    let states = history.sights.iter().filter(|sight| {
        sight.cause != DiskCause::Harness
            && sight.file.is_some()
            && sight
                .life
                .is_some_and(|life| carriers.contains(&life) && !history.is_planted(life))
    });
    sharp(
        record,
        &history,
        &path,
        states.map(|sight| (*sight, sight.is_shared())),
    )
}

/// Judges every state of a credential file by whether it is a passing one: empty or a part on the way to the whole, or a gap
/// between two files. How wide a planted file is does not matter here.
fn whole(plan: &Plan, record: Record<'_>, name: &str) -> Sighting {
    let path = path_of(plan, name);
    let history = History::of(record);
    let own: Vec<Sight<'_>> = history.at(&path).copied().collect();
    let states = own
        .iter()
        .enumerate()
        .filter(|(_, sight)| sight.cause != DiskCause::Harness)
        .map(|(position, sight)| {
            let later = || {
                own.iter()
                    .skip(position + 1)
                    .take_while(|next| next.boot == sight.boot && next.cause != DiskCause::Harness)
            };
            let is_renamed = matches!(
                sight.class(),
                Some(DiskCallClass::Rename | DiskCallClass::Link)
            );
            let is_torn = match sight.file {
                None => later().any(|next| next.file.is_some()),
                Some(file) if file.kind != FileKind::File => false,
                Some(file) => {
                    // An empty file that was merely found may have been renamed into place, unless it is filled later.
                    let is_filled = || later().any(|next| next.life == sight.life);
                    let is_empty =
                        file.size == 0 && !is_renamed && (sight.class().is_some() || is_filled());
                    sight.content().is_some_and(is_part) || is_empty
                }
            };
            (*sight, is_torn)
        });
    sharp(record, &history, &path, states)
}

/// Judges states by whether they violate; where some may be missing, only violations count.
fn sharp<'r>(
    record: Record<'r>,
    history: &History<'r>,
    path: &str,
    states: impl Iterator<Item = (Sight<'r>, bool)>,
) -> Sighting {
    let is_complete = matches!(
        completeness(record, history, path, |_| true),
        Completeness::Complete
    );
    let mut sighting = Sighting::default();
    for (sight, is_violation) in states {
        if is_violation || is_complete {
            sighting.judge(sight.seq, is_violation.then(|| sight.in_words()));
        }
    }
    sighting
}
