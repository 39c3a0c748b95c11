//! The state in a file, for a platform that survives its own restart: an `SQLite` database, written after every change.
//!
//! In memory alone none of this runs. With a file, whoever lets go of the state compares it with what was written last and writes the rows
//! that differ in one transaction, before any answer leaves.

mod guard;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::activity::ActivityRow;
use super::queue::QueueItem;
use super::secret::SecretRow;
use super::state::{State, Workspace};
use super::token::TokenRow;

pub(super) use guard::StateGuard;

/// The version of the rows' shape.
const FORMAT: i64 = 1;

/// One table for all kinds: the rows are read whole and never searched. The order of the rows is that of their first writing.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS record (
    position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, UNIQUE (kind, key)
)";

/// A row that is there already keeps its position.
const WRITE: &str = "INSERT INTO record (kind, key, row) VALUES (?1, ?2, ?3)
    ON CONFLICT (kind, key) DO UPDATE SET row = excluded.row";

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be created or opened.
    #[error("cannot open the state file {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database refuses.
    #[error(
        "the state file {path} cannot be used: {source}; is it a state file, and does no other platform use it?"
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
    /// It comes from another version.
    #[error("the state file {path} has format {found}; this version reads format {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What stands in it.
        found: i64,
    },
    /// A row does not read back.
    #[error("the state file {path} has a {kind} that cannot be read: {source}")]
    Row {
        /// The file.
        path: PathBuf,
        /// What it should be.
        kind: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
}

/// An open state file and what was written to it last.
pub(super) struct Store {
    connection: Connection,
    workspaces: BTreeMap<String, Workspace>,
    tokens: BTreeMap<String, TokenRow>,
    secrets: BTreeMap<String, SecretRow>,
    activity: BTreeMap<String, ActivityRow>,
    queue: BTreeMap<String, QueueItem>,
}

impl Store {
    /// Opens a file, which is created for its owner alone if it is not there, and reads what it holds.
    pub(super) fn open(path: &Path) -> Result<(Self, State), StateFileError> {
        create_private(path).map_err(|source| StateFileError::Open { path: path.to_owned(), source })?;
        let refused = |source| StateFileError::Database { path: path.to_owned(), source };
        let connection = prepare(path).map_err(refused)?;
        let found: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(refused)?;
        if found != 0 && found != FORMAT {
            return Err(StateFileError::Format { path: path.to_owned(), found });
        }
        connection.execute_batch(&format!("{TABLE}; PRAGMA user_version = {FORMAT}")).map_err(refused)?;
        let mut state = State::default();
        for (_, row) in rows::<Workspace>(&connection, path, "workspace")? {
            state.workspaces.insert(row.id.clone(), row);
        }
        for (_, row) in rows(&connection, path, "token")? {
            state.tokens.restore(row);
        }
        for (key, row) in rows(&connection, path, "secret")? {
            let key = serde_json::from_str(&key);
            let source = |source| StateFileError::Row { path: path.to_owned(), kind: "secret", source };
            state.secrets.restore(key.map_err(source)?, row);
        }
        state.activity = rows(&connection, path, "activity")?.into_iter().map(|(_, row)| row).collect();
        for (_, row) in rows(&connection, path, "queue")? {
            state.queue.restore(row);
        }
        let mut store = Self {
            connection,
            workspaces: BTreeMap::new(),
            tokens: BTreeMap::new(),
            secrets: BTreeMap::new(),
            activity: BTreeMap::new(),
            queue: BTreeMap::new(),
        };
        // What was read is what was written last; rows are not written again.
        store.save(&state).map_err(refused)?;
        // A message that was on its way when the platform ended is not.
        state.queue.recall();
        Ok((store, state))
    }

    /// Writes what has changed since it was last called: all of it or nothing.
    pub(super) fn save(&mut self, state: &State) -> rusqlite::Result<()> {
        let writing = self.connection.transaction()?;
        let mut changed = false;
        let workspaces = state.workspaces.iter().map(|(id, row)| (id.clone(), row));
        changed |= keep(&writing, "workspace", &mut self.workspaces, workspaces)?;
        let tokens = state.tokens.rows().map(|row| (row.id.clone(), row));
        changed |= keep(&writing, "token", &mut self.tokens, tokens)?;
        let secrets = state.secrets.rows().map(|(key, row)| (serde_json::json!(key).to_string(), row));
        changed |= keep(&writing, "secret", &mut self.secrets, secrets)?;
        let activity = state.activity.iter().map(|row| (row.id.clone(), row));
        changed |= keep(&writing, "activity", &mut self.activity, activity)?;
        let queue = state.queue.rows().map(|row| (row.id.clone(), row));
        changed |= keep(&writing, "queue", &mut self.queue, queue)?;
        if changed { writing.commit() } else { writing.rollback() }
    }
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // One platform at a time; a commit is on the disk when it returns.
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; COMMIT",
    )?;
    Ok(connection)
}

/// Creates a file that only its owner may read: inbound secrets stand in it as the platform keeps them.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Writes the rows of a kind that differ from those that are kept, and keeps them.
fn keep<'a, R: Clone + PartialEq + Serialize + 'a>(
    writing: &Transaction<'_>,
    kind: &str,
    kept: &mut BTreeMap<String, R>,
    now: impl Iterator<Item = (String, &'a R)>,
) -> rusqlite::Result<bool> {
    let mut changed = false;
    let mut seen = std::collections::BTreeSet::new();
    for (key, row) in now {
        if kept.get(&key) != Some(row) {
            let text = serde_json::to_string(row)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            writing.execute(WRITE, params![kind, key, text])?;
            kept.insert(key.clone(), row.clone());
            changed = true;
        }
        seen.insert(key);
    }
    if kept.len() > seen.len() {
        let gone: Vec<_> = kept.keys().filter(|key| !seen.contains(*key)).cloned().collect();
        for key in gone {
            writing.execute("DELETE FROM record WHERE kind = ?1 AND key = ?2", params![kind, key])?;
            kept.remove(&key);
        }
        changed = true;
    }
    Ok(changed)
}

fn rows<R: DeserializeOwned>(
    connection: &Connection,
    path: &Path,
    kind: &'static str,
) -> Result<Vec<(String, R)>, StateFileError> {
    let read = || -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement =
            connection.prepare("SELECT key, row FROM record WHERE kind = ?1 ORDER BY position")?;
        statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let texts = read().map_err(|source| StateFileError::Database { path: path.to_owned(), source })?;
    let parsed = texts.into_iter().map(|(key, text)| Ok((key, serde_json::from_str(&text)?)));
    parsed.collect::<Result<_, _>>().map_err(|source| StateFileError::Row {
        path: path.to_owned(),
        kind,
        source,
    })
}
