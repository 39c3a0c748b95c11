//! The workspace token: file before environment, cached, read again when it is refused.
//!
//! A refused token is set aside while another one is left to try (TOK-019); when all have been refused the order
//! starts anew, because a platform may learn of a token later than we do.

use std::path::Path;
use std::sync::Mutex;

use super::{Credential, PrivateFile, PrivateFileError, TOKEN_FILE};
use crate::lock::held;
use crate::log;

/// Knows the token to show, and where it is kept.
#[derive(Debug)]
pub(crate) struct TokenStore {
    file: PrivateFile,
    environment: Option<Credential>,
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
    pub(crate) fn new(directory: &Path, environment: Option<Credential>) -> Self {
        let file = PrivateFile::new(directory.join(TOKEN_FILE));
        Self {
            file,
            environment,
            state: Mutex::default(),
        }
    }

    /// Gives the token to show; reads the file only while nothing is cached.
    pub(crate) fn current(&self) -> Option<Credential> {
        let mut state = held(&self.state);
        if state.cached.is_none() {
            state.cached = self.read_file();
        }
        self.choose(&state)
            .or_else(|| self.candidates(&state).next().cloned())
    }

    /// Takes note that `used` was refused with 401 and gives another token, if there is one (TOK-015).
    pub(crate) fn after_refusal(&self, used: Option<&Credential>) -> Option<Credential> {
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

    /// Stores a delivered token; one that cannot be stored stays in memory (RST-011).
    pub(crate) fn accept(&self, token: Credential) {
        let mut state = held(&self.state);
        let saved = self.save(&token);
        if let Err(error) = &saved {
            log::line(format_args!("the token stays in memory: {error}"));
        }
        state.refused.clear();
        state.cached = Some(token);
        state.unsaved = saved.is_err();
    }

    /// Tries again to store a token that exists in memory only.
    pub(crate) fn save_again(&self) {
        let mut state = held(&self.state);
        if state.unsaved {
            state.unsaved = state
                .cached
                .as_ref()
                .is_some_and(|token| self.save(token).is_err());
        }
    }

    /// Says what is wrong with the file, if it is there but unusable.
    pub(crate) fn complaint(&self) -> Option<PrivateFileError> {
        self.file.read().err()
    }

    fn save(&self, token: &Credential) -> Result<(), PrivateFileError> {
        self.file.keep(token.reveal().as_bytes())
    }

    /// A missing, empty, undecodable or unreadable file means no token (TOK-007, TOK-009).
    fn read_file(&self) -> Option<Credential> {
        let text = String::from_utf8(self.file.read().ok()??).ok()?;
        Credential::stripped(&text)
    }

    fn choose(&self, state: &State) -> Option<Credential> {
        self.candidates(state)
            .find(|candidate| !state.refused.contains(candidate))
            .cloned()
    }

    fn candidates<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Credential> {
        state.cached.iter().chain(&self.environment)
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
