//! Which program is under test, and what it claims.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use protocol::{Capability, Profile, Revision};
use scenario::Source;
use scenario::diagnostic::render;
use scenario::manifest::Manifest;

use crate::driver::SubjectCommand;
use crate::runner::Claims;

#[derive(Debug, Args)]
pub(super) struct SubjectArguments {
    /// Tests this program instead of the reference agent: a command line in one word (split like a shell's, but no shell is run) or several words.
    #[arg(long, value_name = "COMMAND", num_args = 1.., conflicts_with = "defect")]
    pub(super) subject_command: Vec<OsString>,
    /// Tests the runtime that this manifest (`runtime.yaml`) describes instead of the reference agent.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject_command", "defect"])]
    pub(super) runtime: Option<PathBuf>,
    /// Seeds one mistake into the reference agent; `proofmark list --defects` names them.
    #[arg(long, value_name = "NAME")]
    pub(super) defect: Option<String>,
    /// The kind of runtime [default: the manifest's, or container].
    #[arg(long)]
    pub(super) profile: Option<Profile>,
    /// The version of the contract the subject claims [default: the manifest's, r2+ for the reference agent, r2 for others].
    #[arg(long)]
    pub(super) revision: Option<Revision>,
    /// Claims a further capability (directives, filesystem-root, pacing).
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) claim: Vec<Capability>,
    /// Takes a claim back; scenarios that need it do not apply.
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) without: Vec<Capability>,
}

impl SubjectArguments {
    /// The program to launch.
    pub(super) fn command(&self, proofmark: &Path, colour: bool) -> Result<SubjectCommand, String> {
        if let Some(file) = &self.runtime {
            return from_manifest(file, proofmark, colour);
        }
        if self.subject_command.is_empty() {
            if let Some(name) = &self.defect {
                name.parse::<seeded_agent::Defect>().map_err(|error| {
                    format!("proofmark: {error}; see `proofmark list --defects`")
                })?;
            }
            return SubjectCommand::reference_agent(proofmark, self.defect.as_deref())
                .map_err(|mistakes| render(&mistakes, colour));
        }
        let mut words = self.subject_command.clone();
        if let [only] = words.as_slice()
            && find_program(only).is_none()
        {
            let split = shell_words::split(&only.to_string_lossy())
                .map_err(|error| format!("proofmark: cannot split the subject command: {error}"))?;
            words = split.into_iter().map(OsString::from).collect();
        }
        let program = words.first().cloned().unwrap_or_default();
        let found = find_program(&program).ok_or_else(|| {
            let program = program.display();
            format!("proofmark: cannot find the program `{program}`; name an executable file, or one on PATH")
        })?;
        // The subject runs in a directory of its own, where relative names mean something else.
        let command: Vec<String> = std::iter::once(found.into_os_string())
            .chain(
                words
                    .into_iter()
                    .skip(1)
                    .map(|word| absolute_if_file(&word)),
            )
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let profile = self.profile.unwrap_or(Profile::Container);
        let name = shell_words::join(&command);
        let manifest = Manifest::of_command(&name, &command, profile, Revision::R2);
        Ok(third_party(manifest, PathBuf::new(), proofmark))
    }

    /// What the program claims.
    pub(super) fn claims(&self, subject: &SubjectCommand) -> Claims {
        let mut claims = Claims::of(&subject.manifest);
        claims.capabilities.extend(&self.claim);
        claims
            .capabilities
            .retain(|capability| !self.without.contains(capability));
        claims.profile = self.profile.unwrap_or(claims.profile);
        claims.revision = self.revision.unwrap_or(claims.revision);
        claims
    }
}

/// The subject that a manifest describes.
fn from_manifest(file: &Path, proofmark: &Path, colour: bool) -> Result<SubjectCommand, String> {
    let read = |error| {
        format!(
            "proofmark: cannot read the manifest `{}`: {error}",
            file.display()
        )
    };
    let source = Source::new(file, std::fs::read_to_string(file).map_err(read)?);
    let directory = std::path::absolute(file)
        .map_err(read)?
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let manifest =
        scenario::manifest::parse(&source).map_err(|mistakes| render(&mistakes, colour))?;
    if let Some(name) = manifest
        .variables()
        .find(|name| std::env::var_os(name).is_none())
    {
        return Err(format!(
            "proofmark: the manifest takes `${{ENV:{name}}}`, and `{name}` is not set"
        ));
    }
    Ok(third_party(manifest, directory, proofmark))
}

fn third_party(manifest: Manifest, directory: PathBuf, proofmark: &Path) -> SubjectCommand {
    SubjectCommand {
        is_ours: false,
        manifest: Arc::new(manifest),
        directory,
        proofmark: proofmark.to_owned(),
    }
}

pub(super) fn find_program(word: &OsString) -> Option<PathBuf> {
    let path = Path::new(word);
    if path.components().count() > 1 {
        return is_program(path).then(|| std::path::absolute(path).ok())?;
    }
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories)
        .map(|directory| directory.join(path))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
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
            runtime: None,
            profile: None,
            revision: None,
            claim: vec![],
            without: vec![Capability::Uploads],
        }
    }

    #[test]
    fn one_word_is_split_and_several_are_taken_as_they_are() {
        let own = Path::new("/proofmark");
        let one = arguments(&["sleep 60"]).command(own, false).unwrap();
        let several = arguments(&["sleep", "60"]).command(own, false).unwrap();
        assert_eq!(one.manifest, several.manifest);
        assert!(one.manifest.name.starts_with('/'));
        let missing = arguments(&["no-such-program-anywhere"])
            .command(own, false)
            .unwrap_err();
        assert!(
            missing.contains("cannot find the program `no-such-program-anywhere`"),
            "{missing}"
        );
    }

    #[test]
    fn claims_are_what_a_kind_usually_does_plus_and_minus_what_was_typed() {
        let arguments = arguments(&["true"]);
        let claims = arguments.claims(&arguments.command(Path::new("/proofmark"), false).unwrap());
        assert!(claims.capabilities.contains(&Capability::Transcript));
        assert!(!claims.capabilities.contains(&Capability::Directives));
        assert!(!claims.capabilities.contains(&Capability::Uploads));
        assert_eq!(claims.revision, Revision::R2);
    }
}
