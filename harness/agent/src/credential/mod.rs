//! The two credentials of a workspace: the token it shows, and the secret it wants to be shown.

mod delivery;
mod leftover;
mod plaintext;
mod private_file;
mod secret;
mod token;

pub(crate) use delivery::{Credentials, Delivery};
pub(crate) use leftover::remove_leftovers;
pub(crate) use plaintext::Credential;
pub(crate) use private_file::{PrivateFile, PrivateFileError};
pub(crate) use secret::SecretStore;
pub(crate) use token::TokenStore;

/// Name of the token file (TOK-001).
pub(crate) const TOKEN_FILE: &str = ".auth_token";
/// Name of the secret file (SEC-001).
pub(crate) const SECRET_FILE: &str = ".platform_inbound_secret";
