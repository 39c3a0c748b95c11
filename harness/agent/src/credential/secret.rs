//! The inbound secret: what the platform must show on `/internal` routes.
//!
//! The file is the only truth and is read on every request, so that a new secret works at once (SEC-006), an old
//! one stops working, and a file that appears later counts (SEC-016).

use std::path::Path;
use std::sync::Mutex;

use super::{Credential, PrivateFile, PrivateFileError, SECRET_FILE};
use crate::lock::held;
use crate::log;

/// Stores the secret and answers what the gate compares with.
#[derive(Debug)]
pub(crate) struct SecretStore {
    file: PrivateFile,
    unsaved: Mutex<Option<Credential>>,
}

impl SecretStore {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            file: PrivateFile::new(directory.join(SECRET_FILE)),
            unsaved: Mutex::default(),
        }
    }

    /// Stores a delivered secret; a failure is repaired by `save_again`.
    pub(crate) fn accept(&self, secret: Credential) {
        let saved = self.save(&secret);
        if let Err(error) = &saved {
            log::line(format_args!("the inbound secret is not stored: {error}"));
        }
        *held(&self.unsaved) = saved.is_err().then_some(secret);
    }

    /// Tries again to store a secret that could not be stored.
    pub(crate) fn save_again(&self) {
        let mut unsaved = held(&self.unsaved);
        if unsaved
            .as_ref()
            .is_some_and(|secret| self.save(secret).is_ok())
        {
            *unsaved = None;
        }
    }

    /// Gives the stripped bytes of the file; none if there is nothing to compare with (SEC-009, SEC-010).
    pub(crate) fn for_gate(&self) -> Option<Vec<u8>> {
        let content = self.file.read().ok().flatten()?;
        let stripped = content.trim_ascii();
        (!stripped.is_empty()).then(|| stripped.to_vec())
    }

    fn save(&self, secret: &Credential) -> Result<(), PrivateFileError> {
        self.file.keep(secret.reveal().as_bytes())
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
        let store = SecretStore::new(directory.path());
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
        SecretStore::new(directory.path()).accept(secret(" with blanks "));
        assert_eq!(
            std::fs::read(directory.path().join(SECRET_FILE)).unwrap(),
            b" with blanks "
        );
    }

    #[test]
    fn a_secret_that_could_not_be_stored_is_stored_later() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join(SECRET_FILE);
        std::fs::create_dir(&place).unwrap();
        let store = SecretStore::new(directory.path());
        store.accept(secret("late"));
        assert_eq!(store.for_gate(), None);
        std::fs::remove_dir(&place).unwrap();
        store.save_again();
        assert_eq!(store.for_gate().unwrap(), b"late");
    }
}
