//! A live platform in the double's place: reached through the same gateway, only where its host is allowed, and never faster than asked.

mod control;
mod credentials;
mod forwarding;
mod operator;
#[expect(
    clippy::module_inception,
    reason = "the tenant is what this folder is about"
)]
mod tenant;
mod trouble;
mod upgrade;

pub use operator::{CreatedWorkspace, OperatorError, WorkspaceOnTenant};
pub use tenant::{Tenant, TenantSettings, USUAL_RATE};
pub use trouble::TenantTrouble;
