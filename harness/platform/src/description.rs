//! Names of routes in `OpenAPI`'s words.

use std::fmt::Write as _;

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
