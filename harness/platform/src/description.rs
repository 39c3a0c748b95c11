//! What operations have in common in their `OpenAPI` description.

use std::fmt::Write as _;

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};

/// Gives every operation a name of its own, made of method and path, since functions of several families share theirs, and the parameters
/// that stand in its path; `further` adds what else all on a path have in common.
pub(crate) fn complete_operations(
    description: &mut OpenApi,
    further: impl Fn(&str, &mut Operation),
) {
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
                let others = operation.parameters.take().unwrap_or_default();
                let all: Vec<_> = path_parameters(path).chain(others).collect();
                operation.parameters = (!all.is_empty()).then_some(all);
                further(path, operation);
            }
        }
    }
}

fn name(method: &str, path: &str) -> String {
    let mut name = method.to_owned();
    for segment in path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
    {
        // Writing to a String cannot fail.
        let _ = write!(name, "-{segment}");
    }
    name
}

/// A text for every segment in braces.
fn path_parameters(path: &str) -> impl Iterator<Item = RefOr<Parameter>> {
    let names = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let text = Some(Object::with_type(Type::String));
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path);
        parameter
            .required(Required::True)
            .schema(text)
            .build()
            .into()
    })
}

/// The answer of a route that refuses with a sentence in JSON.
pub(crate) fn refusal(description: &str) -> Response {
    let sentence = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Refused")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", sentence)
        .build()
}
