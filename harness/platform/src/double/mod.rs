//! The platform double: the real platform's routes, states, errors and side effects, in memory (contract sections 2-7 and 10).

mod access;
mod activity;
mod address;
mod delegation;
#[expect(
    clippy::module_inception,
    reason = "the double is what this folder is about"
)]
mod double;
mod drain;
mod gate;
mod lifecycle;
mod log;
mod operator;
mod outgoing;
mod proxy;
mod queue;
mod recognition;
mod reply;
mod resident;
mod routes;
mod secret;
mod spelling;
mod state;
mod store;
mod token;

pub use double::Double;
pub(crate) use recognition::recognise_stored;
#[cfg(test)]
pub(crate) use routes::routes;
pub(crate) use routes::{description, kept_first};
pub use store::StateFileError;
pub use token::random as random_credential;
