//! The last look at everything that leaves the process: no credential of the run may stand in it.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::Redactor;

/// Knows every credential of the run; clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct OutputScanner {
    redactor: Redactor,
    /// Of the stages that still learn.
    standing: Arc<Mutex<Vec<Redactor>>>,
    leaked: Arc<Mutex<Vec<Leaked>>>,
}

/// A credential that would have left in an output; it was replaced, and the run is a failure of the harness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaked {
    /// Which output.
    pub output: String,
    /// The placeholder of the credential.
    pub placeholder: String,
}

impl OutputScanner {
    /// Adds the credentials of one stage that has been taken down.
    pub fn watch(&self, redactor: &Redactor) {
        self.redactor.learn_all(redactor);
    }

    /// Adds the credentials of a stage that stands, those that it learns later too.
    pub fn follow(&self, redactor: Redactor) {
        self.standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(redactor);
    }

    /// The text without credentials; what had to be replaced is remembered as a leak of this output.
    pub fn clean(&self, output: &str, text: &str) -> String {
        for redactor in self
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            self.redactor.learn_all(redactor);
        }
        self.clean_of_stage(output, text.to_owned(), &self.redactor)
    }

    fn clean_of_stage(&self, output: &str, text: String, redactor: &Redactor) -> String {
        let leaks = redactor.leaks(&text);
        if leaks.is_empty() {
            return text;
        }
        let mut leaked = self.leaked.lock().unwrap_or_else(PoisonError::into_inner);
        leaked.extend(leaks.into_iter().map(|leak| Leaked {
            output: output.to_owned(),
            placeholder: leak.placeholder,
        }));
        redactor.redact(&text)
    }

    /// What had to be replaced so far.
    pub fn leaked(&self) -> Vec<Leaked> {
        self.leaked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes a file by way of a temporary one, so that a reader never meets half of it.
    pub fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.redactor.index();
        replace(path, &self.clean(&name, text))
    }

    /// The same for a text that can hold the credentials of one stage only.
    pub(super) fn write_of_stage(
        &self,
        path: &Path,
        text: &str,
        redactor: &Redactor,
    ) -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        replace(path, &self.clean_of_stage(&name, text.to_owned(), redactor))
    }
}

/// Writes a file by way of a temporary one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let mut file = tempfile::Builder::new()
        .prefix(".proofmark-")
        .tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    // The temporary file is private; a report is for every user who may read the directory.
    fs::set_permissions(
        file.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::Credential;
    use protocol::credential::CredentialKind;

    use super::*;

    #[test]
    fn credentials_of_several_stages_are_replaced_and_those_learned_later_too() {
        let scanner = OutputScanner::default();
        let stages = [Redactor::new(), Redactor::new()];
        for (stage, plaintext) in stages.iter().zip(["abcdefghijklmnop", "qrstuvwxyzabcdef"]) {
            stage.learn(CredentialKind::AuthToken, &Credential::new(plaintext));
            scanner.watch(stage);
        }
        let standing = Redactor::new();
        scanner.follow(standing.clone());
        standing.learn(
            CredentialKind::InboundSecret,
            &Credential::new("learned-afterwards"),
        );
        assert_eq!(
            scanner.clean("x", "abcdefghijklmnop qrstuvwxyzabcdef learned-afterwards"),
            "«auth-token-1» «auth-token-1» «inbound-secret-1»"
        );
    }

    #[test]
    fn a_credential_in_an_output_is_replaced_and_remembered() {
        let scanner = OutputScanner::default();
        let redactor = Redactor::new();
        redactor.learn(
            CredentialKind::AuthToken,
            &Credential::new("abcdefghijklmnopqrstuvwxyz"),
        );
        scanner.watch(&redactor);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/report.txt");
        scanner
            .write(&path, "token abcdefghijklmnopqrstuvwxyz")
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "token «auth-token-1»");
        assert_eq!(
            scanner.leaked(),
            [Leaked {
                output: "report.txt".into(),
                placeholder: "«auth-token-1»".into()
            }]
        );
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
