//! The routes by which a stand-alone platform is driven: what `protocol::control` describes, for whoever has the token.

mod answer;
mod beside;
#[expect(clippy::module_inception, reason = "what is controlled is what this folder is about")]
mod control;
mod edge;
mod fault;
mod journal;
mod offer;
mod peer;
mod workspace;

pub(crate) use beside::Beside;
pub(crate) use control::Control;
