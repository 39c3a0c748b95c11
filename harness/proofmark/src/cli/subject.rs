//! Which program is under test, and what it claims.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use protocol::{Capability, Profile, Revision};

use crate::driver::{SubjectCommand, SubjectKind};
use crate::runner::Claims;

/// What third-party programs are not taken to do unless they claim it.
const OUR_OWN: [Capability; 3] = [Capability::Directives, Capability::FilesystemRoot, Capability::Pacing];

#[derive(Debug, Args)]
pub(super) struct SubjectArguments {
    /// Tests this program instead of the reference agent: a command line in one word (split like a shell's, but no shell is run) or several words.
    #[arg(long, value_name = "COMMAND", num_args = 1.., conflicts_with = "defect")]
    pub(super) subject_command: Vec<OsString>,
    /// Seeds one mistake into the reference agent; `proofmark list --defects` names them.
    #[arg(long, value_name = "NAME")]
    pub(super) defect: Option<String>,
    /// The kind of runtime.
    #[arg(long, default_value = "container")]
    pub(super) profile: Profile,
    /// The version of the contract the subject claims [default: r2+ for the reference agent, r2 for others].
    #[arg(long)]
    pub(super) revision: Option<Revision>,
    /// Claims a further capability (directives, filesystem-root, pacing).
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) claim: Vec<Capability>,
    /// Takes a claim back; scenarios that need it do not apply.
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) without: Vec<Capability>,
}

/// What is wrong with what was typed about the subject.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubjectError {
    /// The words cannot be split.
    #[error("cannot split the subject command: {0}")]
    Words(#[from] shell_words::ParseError),
    /// There is no such program.
    #[error("cannot find the program `{0}`; name an executable file, or one on PATH")]
    Missing(String),
    /// There is no such defect.
    #[error("{0}; see `proofmark list --defects`")]
    Defect(String),
    /// Our own binary cannot be found.
    #[error("cannot find the path of this program: {0}")]
    Ourselves(std::io::Error),
}

impl SubjectArguments {
    /// The program to launch.
    pub(super) fn command(&self, proofmark: &Path) -> Result<SubjectCommand, SubjectError> {
        if self.subject_command.is_empty() {
            let mut command = vec![proofmark.as_os_str().to_owned(), "agent".into()];
            if let Some(name) = &self.defect {
                name.parse::<agent::Defect>().map_err(|error| SubjectError::Defect(error.to_string()))?;
                command.extend(["--defect".into(), name.into()]);
            }
            return Ok(SubjectCommand { kind: SubjectKind::ReferenceAgent, command });
        }
        let mut words = self.subject_command.clone();
        if let [only] = words.as_slice()
            && find_program(only).is_none()
        {
            words = shell_words::split(&only.to_string_lossy())?.into_iter().map(OsString::from).collect();
        }
        let program = words.first().cloned().unwrap_or_default();
        let Some(found) = find_program(&program) else {
            return Err(SubjectError::Missing(program.to_string_lossy().into_owned()));
        };
        // The subject runs in a directory of its own, where relative names mean something else.
        let command = std::iter::once(found.into_os_string())
            .chain(words.into_iter().skip(1).map(|word| absolute_if_file(&word)))
            .collect();
        Ok(SubjectCommand { kind: SubjectKind::ThirdParty, command })
    }

    /// What the program claims.
    pub(super) fn claims(&self, kind: SubjectKind) -> Claims {
        let mut capabilities: BTreeSet<Capability> = Capability::ALL.into_iter().collect();
        if kind == SubjectKind::ThirdParty {
            capabilities.retain(|capability| !OUR_OWN.contains(capability));
        }
        capabilities.extend(&self.claim);
        capabilities.retain(|capability| !self.without.contains(capability));
        let usual = match kind {
            SubjectKind::ReferenceAgent => Revision::R2Plus,
            SubjectKind::ThirdParty => Revision::R2,
        };
        Claims { profile: self.profile, capabilities, revision: self.revision.unwrap_or(usual) }
    }
}

fn find_program(word: &OsString) -> Option<PathBuf> {
    let path = Path::new(word);
    if path.components().count() > 1 {
        return is_program(path).then(|| std::path::absolute(path).ok())?;
    }
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories).map(|directory| directory.join(path)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn absolute_if_file(word: &OsString) -> OsString {
    let path = Path::new(word);
    if path.is_relative() && path.exists() {
        std::path::absolute(path).map_or_else(|_| word.clone(), PathBuf::into_os_string)
    } else {
        word.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> SubjectArguments {
        SubjectArguments {
            subject_command: words.iter().map(OsString::from).collect(),
            defect: None,
            profile: Profile::Container,
            revision: None,
            claim: vec![],
            without: vec![Capability::Uploads],
        }
    }

    #[test]
    fn one_word_is_split_and_several_are_taken_as_they_are() {
        let own = Path::new("/proofmark");
        let one = arguments(&["sleep 60"]).command(own).unwrap();
        let several = arguments(&["sleep", "60"]).command(own).unwrap();
        assert_eq!(one.command, several.command);
        assert!(Path::new(&one.command[0]).is_absolute());
        assert!(matches!(
            arguments(&["no-such-program-anywhere"]).command(own),
            Err(SubjectError::Missing(_))
        ));
    }

    #[test]
    fn claims_are_what_a_kind_usually_does_plus_and_minus_what_was_typed() {
        let claims = arguments(&["true"]).claims(SubjectKind::ThirdParty);
        assert!(claims.capabilities.contains(&Capability::Transcript));
        assert!(!claims.capabilities.contains(&Capability::Directives));
        assert!(!claims.capabilities.contains(&Capability::Uploads));
        assert_eq!(claims.revision, Revision::R2);
    }
}
