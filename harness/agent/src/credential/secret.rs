//! The inbound secret: what the platform must show on `/internal` routes.
//!
//! The file is the only truth and is read on every request, so that a new secret works at once (SEC-006), an old
//! one stops working, and a file that appears later counts (SEC-016).

use std::path::Path;
use std::sync::Mutex;

use super::{Credential, Manner, PrivateFile, SECRET_FILE};
use crate::defect::{Defect, Seeded};
use crate::lock::held;
use crate::log;

/// Stores the secret and answers what the gate compares with.
#[derive(Debug)]
pub(crate) struct SecretStore {
    file: PrivateFile,
    seeded: Seeded,
    unsaved: Mutex<Option<Credential>>,
    remembered: Mutex<Remembered>,
}

/// Holds what the seeded caches remember.
#[derive(Clone, Debug, Default)]
enum Remembered {
    #[default]
    Nothing,
    Absence,
    Secret(Vec<u8>),
}

impl SecretStore {
    pub(crate) fn new(directory: &Path, seeded: Seeded) -> Self {
        let file = PrivateFile::new(directory.join(SECRET_FILE))
            .world_readable_if(seeded.has(Defect::SecretWorldReadable))
            .without_directory_if(seeded.has(Defect::TokenParentMissing))
            .with_leftover_if(seeded.has(Defect::SecretLeavesTemporary))
            .written(seeded.choose(&[
                (Defect::SecretInPlace, Manner::InPlace),
                (Defect::SecretNarrowedLate, Manner::RenamedThenNarrowed),
                (Defect::SecretTemporaryReadable, Manner::NarrowedThenRenamed),
                (Defect::SecretFixedTemporary, Manner::FixedTemporary),
                (Defect::SecretRemovedFirst, Manner::RemovedThenRenamed),
                (Defect::SecretCopied, Manner::Copied),
                (Defect::SecretWrittenOnce, Manner::WrittenOnce),
                (Defect::SecretTemporaryForgotten, Manner::ForgottenOnError),
            ]));
        Self { file, seeded, unsaved: Mutex::default(), remembered: Mutex::default() }
    }

    /// Stores a delivered secret and says whether it could; a failure is repaired by `save_again`.
    pub(crate) fn accept(&self, secret: Credential) -> bool {
        if self.seeded.has(Defect::KeepsFirstSecret) && self.for_gate().is_some() {
            return true;
        }
        let saved = self.save(&secret);
        if let Err(error) = &saved {
            log::line(format_args!("the inbound secret is not stored: {error}"));
        }
        let stored = saved.is_ok();
        *held(&self.unsaved) = Some(secret).filter(|_| !stored);
        stored
    }

    /// Tries again to store a secret that could not be stored.
    pub(crate) fn save_again(&self) {
        let mut unsaved = held(&self.unsaved);
        if unsaved.as_ref().is_some_and(|secret| self.save(secret).is_ok()) {
            *unsaved = None;
        }
    }

    /// Seeds a runtime that takes a missing field for an instruction.
    pub(crate) fn forget(&self) {
        let _ = self.file.remove();
    }

    /// Seeds a runtime that takes a blank value for a secret.
    pub(crate) fn blank(&self) {
        let _ = self.file.replace(b"");
    }

    /// Seeds a runtime that cannot bear to have no secret.
    pub(crate) fn invent(&self) {
        if self.for_gate().is_none() {
            self.accept(Credential::random());
        }
    }

    /// Gives the stripped bytes of the file; none if there is nothing to compare with (SEC-009, SEC-010).
    pub(crate) fn for_gate(&self) -> Option<Vec<u8>> {
        match held(&self.remembered).clone() {
            Remembered::Nothing => {}
            Remembered::Absence => return None,
            Remembered::Secret(secret) => return Some(secret),
        }
        let read = self.read();
        match &read {
            Some(secret) if self.seeded.has(Defect::SecretCached) => {
                *held(&self.remembered) = Remembered::Secret(secret.clone());
            }
            None if self.seeded.has(Defect::SecretAbsenceCached) => {
                *held(&self.remembered) = Remembered::Absence;
            }
            _ => {}
        }
        read
    }

    fn read(&self) -> Option<Vec<u8>> {
        let content = self.file.read().ok().flatten()?;
        let stripped = content.trim_ascii();
        (!stripped.is_empty() || self.seeded.has(Defect::GateEmptySecret)).then(|| stripped.to_vec())
    }

    fn save(&self, secret: &Credential) -> Result<(), super::PrivateFileError> {
        let mut content = secret.reveal().to_owned();
        if self.seeded.has(Defect::SecretWithNewline) {
            content.push('\n');
        }
        self.file.keep(content.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Credential {
        Credential::exact(text).unwrap()
    }

    #[test]
    fn the_file_is_read_afresh_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let store = SecretStore::new(directory.path(), Seeded::default());
        assert_eq!(store.for_gate(), None);
        store.accept(secret("one"));
        assert_eq!(store.for_gate().unwrap(), b"one");
        store.accept(secret("two"));
        assert_eq!(store.for_gate().unwrap(), b"two");
        std::fs::write(directory.path().join(SECRET_FILE), " \n").unwrap();
        assert_eq!(store.for_gate(), None);
        std::fs::write(directory.path().join(SECRET_FILE), [0xff, 0xfe]).unwrap();
        assert_eq!(store.for_gate().unwrap(), [0xff, 0xfe]);
    }

    #[test]
    fn the_content_is_stored_exactly() {
        let directory = tempfile::tempdir().unwrap();
        SecretStore::new(directory.path(), Seeded::default()).accept(secret(" with blanks "));
        assert_eq!(std::fs::read(directory.path().join(SECRET_FILE)).unwrap(), b" with blanks ");
    }

    #[test]
    fn a_secret_that_could_not_be_stored_is_stored_later() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join(SECRET_FILE);
        std::fs::create_dir(&place).unwrap();
        let store = SecretStore::new(directory.path(), Seeded::default());
        store.accept(secret("late"));
        assert_eq!(store.for_gate(), None);
        std::fs::remove_dir(&place).unwrap();
        store.save_again();
        assert_eq!(store.for_gate().unwrap(), b"late");
    }

    #[test]
    fn the_seeded_caches_remember_one_thing_each() {
        let directory = tempfile::tempdir().unwrap();
        let absent = SecretStore::new(directory.path(), Seeded::new(Some(Defect::SecretAbsenceCached)));
        assert_eq!(absent.for_gate(), None);
        let cached = SecretStore::new(directory.path(), Seeded::new(Some(Defect::SecretCached)));
        cached.accept(secret("one"));
        assert_eq!(cached.for_gate().unwrap(), b"one");
        cached.accept(secret("two"));
        assert_eq!(cached.for_gate().unwrap(), b"one");
        assert_eq!(absent.for_gate(), None);
    }
}
