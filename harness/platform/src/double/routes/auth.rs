//! The gates before most routes (contract section 3): a handler that takes one runs only for requests that pass it.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use utoipa::IntoResponses;

use super::refusal::{Responses, one};
use crate::double::Double;
use crate::double::reply::Refusal;

/// A caller that acts in the name of a workspace.
pub(super) struct WorkspaceAuth {
    pub(super) double: Double,
    /// What stands for `{id}` in the path.
    pub(super) id: String,
}

impl FromRequestParts<Double> for WorkspaceAuth {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, double: &Double) -> Result<Self, Response> {
        let path = Path::<BTreeMap<String, String>>::from_request_parts(parts, double).await;
        let Path(mut segments) = path.map_err(IntoResponse::into_response)?;
        let id = segments.remove("id").unwrap_or_default();
        double
            .workspace_gate(&parts.headers, &id)
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            double: double.clone(),
            id,
        })
    }
}

impl IntoResponses for WorkspaceAuth {
    fn responses() -> Responses {
        one(401, "No token of the workspace")
    }
}

/// A caller that administrates the platform.
pub(super) struct AdminAuth(pub(super) Double);

impl FromRequestParts<Double> for AdminAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, double: &Double) -> Result<Self, Refusal> {
        double.admin_gate(&parts.headers)?;
        Ok(Self(double.clone()))
    }
}

impl IntoResponses for AdminAuth {
    fn responses() -> Responses {
        one(401, "No operator's token")
    }
}
