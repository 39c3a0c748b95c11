//! Steps that scenarios share: `use: booted`, or `use: {fragment: booted, with: {face: waf-empty}}`.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};

use super::name::same_name;
use super::substitution::{plain_text, unknown_placeholders};
use crate::diagnostic::{Code, did_you_mean};
use crate::reading::{Json, Read, Reader, Schema, record};
use crate::source::{Document, Source, placeholders};
use crate::yaml::{Content, Node, Text, parse};

record! {
    /// A fragment with parameters.
    struct Parameterised {
        /// The stem of a file in `fragments`.
        fragment: String,
        /// What `${with.NAME}` stands for in it.
        with: serde_json::Map<String, Value> as Json = serde_json::Map::new(),
    }
}

/// What a step `use` says.
pub(super) struct Use;

impl Use {
    /// The JSON Schema of its value.
    pub(super) fn shape(schema: &mut Schema) -> Value {
        json!({ "anyOf": [{ "type": "string" }, Parameterised::shape(schema)] })
    }
}

/// A fragment whose steps are being read in the place of the step that uses it.
pub(super) struct Fragment {
    /// The file.
    file: Node,
    /// The text that goes on behind it.
    outer: Arc<Document>,
}

impl Fragment {
    /// Takes up the text of the fragment that a step names.
    pub(super) fn open(body: &Node, step: &Range<usize>, reader: &mut Reader<'_>) -> Option<Self> {
        let Parameterised {
            fragment: name,
            with,
        } = named(body, reader)?;
        let mark = body.get("fragment").map_or(&body.mark, |node| &node.mark);
        let fragments = reader.scope.fragments;
        let Some(source) = fragments.and_then(|fragments| fragments.get(&name)) else {
            let known = fragments.iter().flat_map(|fragments| fragments.keys());
            let help = did_you_mean(&name, known.map(String::as_str))
                .unwrap_or_else(|| format!("write it: `fragments/{name}.yaml`"));
            reader
                .report(
                    Code::UnknownFragment,
                    mark,
                    format!("unknown fragment `{name}`"),
                )
                .label("no such file in `fragments`")
                .help(help);
            return None;
        };
        let inserting = &reader.scope.inserting;
        if inserting.contains(&name) {
            let path = [inserting.as_slice(), std::slice::from_ref(&name)]
                .concat()
                .join("` uses `");
            reader
                .report(Code::FragmentCycle, step, "a fragment uses itself")
                .label(format!("`{path}`"))
                .help("take this step away");
            return None;
        }
        unused_parameters(
            body.get("with").map(Node::entries).unwrap_or_default(),
            source,
            reader,
        );
        let document = Document::substituted(source.clone(), |placeholder| {
            with.get(&placeholder.name)
                .filter(|_| placeholder.family == "with")
                .and_then(plain_text)
        });
        let outer = std::mem::replace(&mut reader.document, Arc::new(document));
        reader.scope.inserting.push(name.clone());
        let names: Vec<String> = with.into_iter().map(|(name, _)| name).collect();
        unknown_placeholders("with", &names, reader);
        let file = match parse(&reader.document) {
            Ok(file) => Some(file),
            // What follows from a placeholder without value is not reported.
            Err(_) if !placeholders(&reader.document.text).is_empty() => None,
            Err(mistake) => {
                reader.push(*mistake);
                None
            }
        };
        let file = file.filter(|file| is_sound(file, &name, reader));
        if file.is_none() {
            close(outer, reader);
            return None;
        }
        Some(Self { file: file?, outer })
    }

    /// Its steps.
    pub(super) fn steps(&self) -> &[Node] {
        self.file
            .get("steps")
            .map(Node::elements)
            .unwrap_or_default()
    }

    /// Goes on with the text that uses it.
    pub(super) fn close(self, reader: &mut Reader<'_>) {
        close(self.outer, reader);
    }
}

fn close(outer: Arc<Document>, reader: &mut Reader<'_>) {
    reader.scope.inserting.pop();
    reader.document = outer;
}

fn named(body: &Node, reader: &mut Reader<'_>) -> Option<Parameterised> {
    match &body.content {
        Content::Text(name) => Some(Parameterised {
            fragment: name.clone(),
            with: serde_json::Map::new(),
        }),
        Content::Map(_) => reader.record(body),
        Content::Null | Content::Truth(_) | Content::Number(_) | Content::List(_) => {
            let expected = "the name of a fragment, or a map of `fragment` and `with`";
            reader.report_found(body, expected);
            None
        }
    }
}

/// Whether the file is a fragment with steps; what is wrong with it is reported.
fn is_sound(file: &Node, stem: &str, reader: &mut Reader<'_>) -> bool {
    let Some(mut keys) = reader.keys(file) else {
        return false;
    };
    let (name, steps) = (keys.take("fragment"), keys.take("steps"));
    for (key, value) in [("fragment", name), ("steps", steps)] {
        if value.is_none() {
            reader.report_missing(file, key);
        }
    }
    keys.finish(reader);
    if let Some(name) = name {
        same_name(name, stem, "fragment", reader);
    }
    let Some(list) = steps.and_then(|steps| reader.list(steps)) else {
        return false;
    };
    if list.is_empty() {
        let mark = name.map_or(&file.mark, |name| &name.mark);
        reader
            .report(Code::NoSteps, mark, "a fragment without steps")
            .help("take the file away, or write steps");
    }
    true
}

fn unused_parameters(with: &[(Text, Node)], source: &Source, reader: &mut Reader<'_>) {
    let used = placeholders(&source.text);
    for (key, value) in with {
        if !used
            .iter()
            .any(|placeholder| placeholder.family == "with" && placeholder.name == key.value)
        {
            let known: Vec<&str> = used
                .iter()
                .map(|placeholder| placeholder.name.as_str())
                .collect();
            let help = did_you_mean(&key.value, known).unwrap_or_else(|| "take it away".into());
            let message = format!("the fragment has no `${{with.{}}}`", key.value);
            reader
                .report(Code::UnusedParameter, &key.mark, message)
                .label("never used")
                .help(help);
        }
        if plain_text(&value.to_json()).is_none() {
            let message = format!(
                "the parameter `{}` is not a word, number or boolean",
                key.value
            );
            reader
                .report(Code::BadValue, &value.mark, message)
                .help("parameters are put into the text as written");
        }
    }
}
