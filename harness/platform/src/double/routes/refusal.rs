//! Refusals that many routes have, as their descriptions tell them.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::description::refusal;

/// Answers by status.
pub(super) type Responses = BTreeMap<String, RefOr<Response>>;

/// The registry's gate is closed.
pub(super) struct RegistryGate;

/// The body is not what the route takes.
pub(super) struct InvalidBody;

/// The path names no workspace.
pub(super) struct InvalidId;

/// The platform has no such workspace.
pub(super) struct NoWorkspace;

impl IntoResponses for RegistryGate {
    fn responses() -> Responses {
        one(401, "The workspace has a live token and this is none")
    }
}

impl IntoResponses for InvalidBody {
    fn responses() -> Responses {
        one(400, "The body lacks something")
    }
}

impl IntoResponses for InvalidId {
    fn responses() -> Responses {
        one(400, "Not a workspace id")
    }
}

impl IntoResponses for NoWorkspace {
    fn responses() -> Responses {
        one(404, "No such workspace")
    }
}

/// A single refusal.
pub(super) fn one(status: u16, description: &str) -> Responses {
    BTreeMap::from([(status.to_string(), refusal(description).into())])
}
