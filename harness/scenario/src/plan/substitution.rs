//! What stands for `${matrix.NAME}` in a scenario and for `${with.NAME}` in a fragment.

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::reading::Reader;
use crate::source::placeholders;

/// A scalar as it is put into a text.
pub(crate) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reports placeholders of this family without a value, and those of the other family, which has no place here.
pub(crate) fn unknown_placeholders(family: &str, names: &[String], reader: &mut Reader<'_>) {
    let source = reader.document.source.clone();
    for placeholder in placeholders(&source.text) {
        if placeholder.family == family && names.contains(&placeholder.name) {
            continue;
        }
        let name = &placeholder.name;
        let help = if placeholder.family == family {
            did_you_mean(name, names.iter().map(String::as_str)).unwrap_or_else(|| match family {
                "matrix" => format!("declare it: `matrix: {{ {name}: [..] }}`"),
                _ => format!("give it where the fragment is used: `with: {{ {name}: .. }}`"),
            })
        } else if family == "matrix" {
            "`${with.NAME}` belongs into fragments".into()
        } else {
            "a fragment takes what it needs by `${with.NAME}`; pass `\"${matrix.NAME}\"` under `with`".into()
        };
        let message = format!("nothing gives `${{{}.{name}}}` a value", placeholder.family);
        let diagnostic = Diagnostic::new(
            Code::UnknownSubstitution,
            &source,
            placeholder.range,
            message,
        );
        reader.push(diagnostic).label("stays empty").help(help);
    }
}
