//! The operator's routes (`/admin`, `POST /workspaces`, `DELETE /workspaces/:id`, restart, pause and resume): contract
//! 4.9-4.11, 8.1 and 8.3. No runtime calls them; what they do is done by the operator's handles on
//! [`Double`](crate::Double). A route added here joins the platform's router as it is.

use axum::Router;

use crate::double::Double;

/// Routes for operators.
pub(super) fn routes() -> Router<Double> {
    Router::new()
}
