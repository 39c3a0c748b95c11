//! What the stand-alone platform says about its routes, in `OpenAPI`'s words.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

/// Gives every operation a name of its own, made of method and path: functions of several families share theirs.
pub(crate) fn name_operations(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let operations: [(&str, &mut Option<Operation>); 5] = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
            }
        }
    }
}

fn name(method: &str, path: &str) -> String {
    let mut name = method.to_owned();
    for segment in path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty())
    {
        // Writing to a String cannot fail.
        let _ = write!(name, "-{segment}");
    }
    name
}

/// Where the description is served.
pub(crate) const PATH: &str = "/openapi.json";

/// The description of all routes of a stand-alone platform.
static WHOLE: LazyLock<String> = LazyLock::new(|| {
    let mut whole = crate::double::description().clone();
    whole.merge(crate::control::description().clone());
    // Both are plain data and always have a spelling.
    whole.to_json().unwrap_or_default()
});

/// The answer to a request for it.
pub(crate) fn answer(is_read: bool) -> Response {
    if is_read {
        ([(CONTENT_TYPE, "application/json")], WHOLE.as_str()).into_response()
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    /// The paths of a router, as it prints them, without those by which axum finds its fallback.
    fn served(router: &impl Debug) -> BTreeSet<String> {
        let text = format!("{router:?}");
        let paths = text.split('"').filter(|piece| piece.starts_with('/') && piece.len() > 1);
        paths.filter(|path| !path.contains("axum")).map(str::to_owned).collect()
    }

    #[test]
    fn every_route_is_described_and_every_description_is_served() {
        for (router, description) in [
            (served(crate::double::routes()), crate::double::description()),
            (served(crate::control::routes()), crate::control::description()),
        ] {
            assert!(router.len() > 10, "{router:?}");
            let described: BTreeSet<_> = description.paths.paths.keys().cloned().collect();
            assert_eq!(router, described);
        }
    }
}
