//! What the agent answers: A2A messages, its card, its transcript, and the platform's own routes.

mod a2a;
mod discard;
mod file_read;
mod gate;
mod media_type;
mod refusal;
mod router;
mod transcript;
mod upload;

pub(crate) use router::serve;
