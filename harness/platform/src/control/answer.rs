//! What control routes answer, and how they read what they are asked.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use protocol::control::Refused;
use serde::de::DeserializeOwned;

/// What an act answers.
pub(super) type Answer<T> = Result<Json<T>, ControlError>;

/// What an act answers that made something.
pub(super) type Created<T> = Result<(StatusCode, Json<T>), ControlError>;

/// Why an act is refused.
#[derive(Debug)]
pub(super) struct ControlError(StatusCode, String);

impl ControlError {
    pub(super) fn new(status: u16, text: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(status, text.to_owned())
    }

    pub(super) fn no_workspace(id: &str) -> Self {
        Self::new(404, &format!("there is no workspace {id}"))
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(Refused { error: self.1 })).into_response()
    }
}

/// A body in the shape that the route wants; the refusal says where it is wrong.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(|error| {
        ControlError::new(
            400,
            &format!("the body is not what is wanted here: {error}"),
        )
    })
}
