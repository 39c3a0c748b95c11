//! Names of routes in `OpenAPI`'s words.

use std::fmt::Write as _;

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

/// Gives every operation a name of its own, made of method and path, since functions of several families share theirs; `further` adds what else
/// all on a path have in common.
pub(crate) fn name_operations(description: &mut OpenApi, further: impl Fn(&str, &mut Operation)) {
    for (path, item) in &mut description.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
                further(path, operation);
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
