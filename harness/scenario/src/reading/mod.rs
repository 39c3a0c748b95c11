//! From nodes to types: one reader for every kind of file, which keeps all mistakes of a text.
//!
//! A type says by [`Read`] how it is read and what its JSON Schema is. A map of fixed keys is a [`record!`]: its fields are its keys, their
//! comments are what an editor shows. A map that is one of several things is told apart by a [`Tag`].

mod duration;
mod keys;
mod leaf;
mod reader;
mod record;
mod reference;
mod requirement;
mod schema;
mod scope;
mod tag;
mod template;
mod word;

pub use duration::{parse_duration, print_duration};
pub(crate) use keys::Keys;
pub(crate) use leaf::{Hexadecimal, Json, Label, Mode, StagePath, Status, Statuses, positive};
pub(crate) use reader::Reader;
pub(crate) use record::{Read, Record, Section, record};
pub(crate) use requirement::{Cites, Covers};
pub(crate) use schema::{Field, Schema, schema_of};
pub(crate) use scope::Fragments;
pub use scope::{Requirements, Text};
pub(crate) use tag::{Family, Tag, tags};
pub use template::{Piece, Template, TemplateError};
pub(crate) use word::{read_word, shape_of_word, words};
