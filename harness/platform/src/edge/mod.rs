//! What stands before a hosted tenant (contract 1.2): firewall, cross-origin rule, rate limit, tenant guard.

mod guard;
mod limit;
mod rules;
mod web_app;

pub(crate) use guard::{EdgeGuard, Passage};
pub(crate) use limit::Stamp;
pub(crate) use rules::same_origin;
pub(crate) use web_app::WebApp;
