//! Words from a closed list, such as `serving` or `waf-empty`.

use protocol::journal::{FileKind, Party};
use protocol::{
    Addresses, Capability, Deployment, Edge, Overlay, Profile, Relation, Revision, Vocabulary,
};
use serde_json::{Value, json};

use super::reader::Reader;
use super::schema::substitutable;
use crate::diagnostic::{Code, did_you_mean};
use crate::yaml::Node;

/// Reads a word.
pub(crate) fn read_word<T: Vocabulary>(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    let text = reader.text(node)?;
    let meaning = T::meant_by(&text);
    if meaning.is_none() {
        let help = did_you_mean(&text, T::words());
        reader
            .report(
                Code::UnknownWord,
                &node.mark,
                format!("unknown {} `{text}`", T::NOUN),
            )
            .label("not one of the words")
            .maybe_help(help);
    }
    meaning
}

/// The JSON Schema of a word.
pub(crate) fn shape_of_word<T: Vocabulary>() -> Value {
    let words: Vec<_> = T::words().collect();
    substitutable(json!({ "type": "string", "enum": words }))
}

/// Declares vocabularies of files, or says of others that files have them, too.
macro_rules! words {
    (for $($type:ty),+ $(,)?) => {
        $(impl $crate::reading::Read for $type {
            fn read(node: &$crate::yaml::Node, reader: &mut $crate::reading::Reader<'_>) -> Option<Self> {
                $crate::reading::read_word(node, reader)
            }

            fn shape(_: &mut $crate::reading::Schema) -> serde_json::Value {
                $crate::reading::shape_of_word::<Self>()
            }
        })+
    };
    ($(
        $(#[$attribute:meta])*
        $vis:vis enum $type:ident $(: $($derive:ident),+)? = $noun:literal { $($meanings:tt)+ }
    )+) => {$(
        protocol::vocabulary! {
            $(#[$attribute])*
            $vis enum $type $(: $($derive),+)? = $noun { $($meanings)+ }
        }
        $crate::reading::words!(for $type);
    )+};
}

pub(crate) use words;

words!(for Addresses, Capability, Deployment, Edge, FileKind, Overlay, Party, Profile, Relation, Revision);
