//! The control routes of a stand-alone platform, as `protocol::control` describes them; all want the token.

mod answer;
#[expect(
    clippy::module_inception,
    reason = "what is controlled is what this folder is about"
)]
mod control;
mod edge;
mod fault;
mod journal;
mod offer;
mod peer;
mod routes;
mod workspace;

pub(crate) use control::Control;
pub(crate) use routes::ControlRoutes;
