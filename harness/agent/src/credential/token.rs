//! The workspace token: file before environment, cached, read again when it is refused.
//!
//! A refused token is set aside while another one is left to try (TOK-019); when all have been refused the order
//! starts anew, because a platform may learn of a token later than we do.

use std::path::Path;
use std::sync::Mutex;

use super::{Credential, Manner, PrivateFile, PrivateFileError, TOKEN_FILE};
use crate::defect::{Defect, Seeded};
use crate::lock::held;
use crate::log;

/// Knows the token to show, and where it is kept.
#[derive(Debug)]
pub(crate) struct TokenStore {
    file: PrivateFile,
    environment: Option<Credential>,
    seeded: Seeded,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the file held when it was last read, or what the platform delivered since.
    cached: Option<Credential>,
    refused: Vec<Credential>,
    unsaved: bool,
}

impl TokenStore {
    pub(crate) fn new(directory: &Path, environment: Option<Credential>, seeded: Seeded) -> Self {
        let file = PrivateFile::new(directory.join(TOKEN_FILE))
            .world_readable_if(seeded.has(Defect::TokenWorldReadable))
            .without_directory_if(seeded.has(Defect::TokenParentMissing))
            .written(seeded.choose(&[
                (Defect::TokenInPlace, Manner::InPlace),
                (Defect::TokenBrieflyReadable, Manner::InPlaceThenNarrowed),
                (Defect::TokenTemporaryReadable, Manner::NarrowedThenRenamed),
                (Defect::TokenFixedTemporary, Manner::FixedTemporary),
                (Defect::TokenRemovedFirst, Manner::RemovedThenRenamed),
                (Defect::TokenWrittenOnce, Manner::WrittenOnce),
            ]));
        let environment = environment.filter(|_| !seeded.has(Defect::EnvironmentIgnored));
        Self { file, environment, seeded, state: Mutex::default() }
    }

    /// Gives the token to show; reads the file only while nothing is cached.
    pub(crate) fn current(&self) -> Option<Credential> {
        let mut state = held(&self.state);
        if state.cached.is_none() {
            state.cached = self.read_file();
        }
        self.choose(&state).or_else(|| self.candidates(&state).next().cloned())
    }

    /// Takes note that `used` was refused with 401 and gives another token, if there is one (TOK-015).
    pub(crate) fn after_refusal(&self, used: Option<&Credential>) -> Option<Credential> {
        if self.seeded.has(Defect::NeverRereads) {
            return None;
        }
        let mut state = held(&self.state);
        if let Some(read) = self.read_file() {
            state.unsaved &= state.cached.as_ref() == Some(&read);
            state.cached = Some(read);
        }
        if let Some(used) = used.filter(|used| !state.refused.contains(used)) {
            state.refused.push(used.clone());
        }
        let other = self.choose(&state);
        if other.is_none() {
            state.refused.clear();
        }
        other
    }

    /// Stores a delivered token and says whether it could; otherwise it stays in memory (RST-011).
    pub(crate) fn accept(&self, token: Credential) -> bool {
        if self.seeded.has(Defect::TokenPrinted) {
            log::line(format_args!("token {}", token.reveal()));
        }
        let mut state = held(&self.state);
        if self.seeded.has(Defect::VanishedFileIgnored) && state.cached.as_ref() == Some(&token) {
            return true;
        }
        let saved = self.save(&token);
        if let Err(error) = &saved {
            log::line(format_args!("the token stays in memory: {error}"));
            if self.seeded.has(Defect::UnstorableTokenDropped) {
                return false;
            }
        }
        state.refused.clear();
        state.cached = Some(token);
        state.unsaved = saved.is_err();
        saved.is_ok()
    }

    /// Tries again to store a token that exists in memory only.
    pub(crate) fn save_again(&self) {
        let mut state = held(&self.state);
        if let Some(token) = state.cached.clone().filter(|_| state.unsaved) {
            state.unsaved = self.save(&token).is_err();
        }
    }

    /// Seeds a runtime that takes a missing field for an instruction.
    pub(crate) fn forget(&self) {
        held(&self.state).cached = None;
        let _ = self.file.remove();
    }

    /// Seeds a runtime that cannot bear to have no token.
    pub(crate) fn invent(&self) {
        if self.current().is_none() {
            self.accept(Credential::random());
        }
    }

    /// Seeds a runtime that takes a blank value for a token.
    pub(crate) fn blank(&self) {
        let _ = self.file.replace(b"");
    }

    /// Says what is wrong with the file, if it is there but unusable.
    pub(crate) fn complaint(&self) -> Option<PrivateFileError> {
        self.file.read().err()
    }

    /// Whether there is a file with nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.file.read().is_ok_and(|read| read.is_some_and(|content| content.is_empty()))
    }

    fn save(&self, token: &Credential) -> Result<(), PrivateFileError> {
        let mut content = token.reveal().to_owned();
        if self.seeded.has(Defect::TokenNotPersisted) {
            return Ok(());
        }
        if self.seeded.has(Defect::TokenWithNewline) {
            content.push('\n');
        }
        if self.seeded.has(Defect::TokenRewritten) {
            return self.file.replace(content.as_bytes());
        }
        self.file.keep(content.as_bytes())
    }

    /// Missing, empty, undecodable or unreadable is all the same: no token (TOK-007, TOK-009).
    fn read_file(&self) -> Option<Credential> {
        let text = String::from_utf8(self.file.read().ok()??).ok()?;
        if self.seeded.has(Defect::TokenWhitespaceKept) {
            Credential::exact(&text)
        } else {
            Credential::stripped(&text)
        }
    }

    fn choose(&self, state: &State) -> Option<Credential> {
        self.candidates(state).find(|candidate| !state.refused.contains(candidate)).cloned()
    }

    fn candidates<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Credential> {
        let (first, second) = if self.seeded.has(Defect::EnvironmentFirst) {
            (&self.environment, &state.cached)
        } else {
            (&state.cached, &self.environment)
        };
        let shadowed = self.seeded.has(Defect::StaleFileShadows) && first.is_some();
        first.iter().chain(second.iter().filter(move |_| !shadowed))
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
