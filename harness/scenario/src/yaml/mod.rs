//! The only place that knows the YAML library: a text in, a tree of nodes with marks or the mistake that ended it out.
//!
//! A mark is a byte range of the text that was parsed, so that the rest of the crate never sees the library's locations.

mod mistake;
mod node;

use serde::Serialize;
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy};

pub(crate) use node::{Content, Node, Text};

use crate::diagnostic::Diagnostic;
use crate::source::Document;

/// The value cannot be written as YAML; carries the library's message.
#[derive(Debug, thiserror::Error)]
#[error("cannot write YAML: {0}")]
pub struct Unwritable(String);

/// Writes a value as a YAML document.
pub fn write<T: Serialize>(value: &T) -> Result<String, Unwritable> {
    serde_saphyr::to_string(value).map_err(|error| Unwritable(error.to_string()))
}

/// Reads one document; strict about booleans and repeated keys.
pub(crate) fn parse(document: &Document) -> Result<Node, Box<Diagnostic>> {
    parse_text(&document.text).map_err(|error| Box::new(mistake::diagnostic(document, &error)))
}

/// Reads a text of which only the tree is wanted.
pub(crate) fn parse_text(text: &str) -> Result<Node, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
    };
    serde_saphyr::from_str_with_options(text, options)
}
