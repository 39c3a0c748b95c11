//! `proofmark init`: writes a manifest from what was typed or answered, and checks it before anything is written.

mod answers;
mod arguments;
mod draft;
mod error;
mod words;

use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use protocol::Revision;

use super::complaint::Complaint;
use super::output::Output;
use super::subject::find_program;
use crate::exit::Exit;
use draft::Draft;
use error::InitError;

pub(super) use arguments::InitArguments;

impl InitArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        self.write(output)
            .map_err(|error| format!("proofmark: {error}"))?;
        Ok(Exit::Conformant)
    }

    fn write(mut self, output: &mut Output) -> Result<(), InitError> {
        self.refuse_to_overwrite()?;
        if self.command.is_none() {
            if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
                return Err(InitError::NoCommand);
            }
            answers::ask(&mut self, &mut io::stdin().lock(), output)?;
        }
        let draft = self.draft()?;
        let text = draft.text();
        let source = scenario::Source::new(&self.to, text);
        if let Err(mistakes) = scenario::manifest::parse(&source) {
            return Err(InitError::Mistakes(scenario::diagnostic::render(
                &mistakes,
                output.error_colour(),
            )));
        }
        put(&self.to, &source.text, self.force)?;
        output.print(&format!(
            "{} describes {} ({}/{})\n",
            self.to.display(),
            draft.name,
            draft.profile,
            draft.revision
        ));
        if let Some(program) = draft.argv.first().filter(|program| is_missing(program)) {
            output.print(&format!(
                "note: `{program}` is not on PATH here; a setup or another machine may have it\n"
            ));
        }
        let shown = self.to.to_string_lossy();
        output.print(&format!(
            "next: proofmark doctor --runtime {}\n",
            shell_words::quote(&shown)
        ));
        Ok(())
    }

    fn refuse_to_overwrite(&self) -> Result<(), InitError> {
        let is_there = self.to.symlink_metadata().is_ok();
        if is_there && (!self.force || self.to.is_dir()) {
            return Err(InitError::Exists(self.to.clone()));
        }
        Ok(())
    }

    /// What the manifest will say.
    fn draft(&self) -> Result<Draft, InitError> {
        let typed = self.command.as_deref().unwrap_or_default();
        let split =
            shell_words::split(typed).map_err(|error| InitError::Words(typed.to_owned(), error))?;
        let here = |source| InitError::Write {
            file: self.to.clone(),
            source,
        };
        let manifest = std::path::absolute(&self.to).map_err(here)?;
        let directory = manifest.parent().unwrap_or(Path::new("/"));
        let program = split
            .first()
            .filter(|program| !program.is_empty())
            .ok_or(InitError::EmptyCommand)?;
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| words::usual_name(program, directory));
        let argv = words::beside(&split, directory).map_err(here)?;
        let token_file = self
            .token_file
            .as_deref()
            .map(words::token_file)
            .transpose()?;
        Ok(Draft {
            name,
            version: self.version.clone().unwrap_or_else(|| "0.1.0".into()),
            revision: self.revision.unwrap_or(Revision::R2),
            profile: self.profile.unwrap_or_default(),
            without: self.without.clone(),
            argv,
            heartbeat: self.heartbeat,
            token_file,
            schema: words::schema_beside(directory),
        })
    }
}

/// Whether a program is nowhere to be found by its name.
fn is_missing(program: &str) -> bool {
    !program.contains("${") && find_program(&program.into()).is_none()
}

/// Writes the manifest as a whole or not at all.
fn put(path: &Path, text: &str, over: bool) -> Result<(), InitError> {
    let failed = |source: io::Error| InitError::Write {
        file: path.to_owned(),
        source,
    };
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".proofmark-")
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(parent)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(io::Error::other(
                "its directory is not there; make it first",
            )),
            _ => failed(error),
        })?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    let put = if over {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match put {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(InitError::Exists(path.to_owned()))
        }
        Err(error) => Err(failed(error.error)),
    }
}
