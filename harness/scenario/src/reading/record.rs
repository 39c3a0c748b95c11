//! Types that are read from a node, and maps of fixed keys among them.

use serde_json::{Value, json};

use super::keys::{Keys, is_key};
use super::reader::Reader;
use super::schema::{Field, Schema};
use crate::diagnostic::Diagnostic;
use crate::source::{Document, Source};
use crate::yaml::{Node, parse};

/// How a value is read; `T` is what comes of it, where a type only stands for a way of writing, such as a path below the stage.
pub(crate) trait Read<T = Self>: Sized {
    /// Whether null is a value like others, and not an absence.
    const TAKES_NULL: bool = false;

    /// Reads it, and reports what is wrong; nothing comes of a mistake, though what can be read is read.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<T>;

    /// What stands for it where its key is absent, if it may be.
    fn absent() -> Option<T> {
        None
    }

    /// Its JSON Schema; a text unless said otherwise.
    fn shape(_: &mut Schema) -> Value {
        json!({ "type": "string" })
    }
}

/// A map of fixed keys.
pub(crate) trait Record: Sized {
    /// Its keys.
    fn fields() -> Vec<Field>;

    /// Reads them, and leaves the others alone.
    fn take(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// Whether this is one of its keys, as it is written.
    fn has(key: &str) -> bool {
        Self::fields().iter().any(|field| is_key(key, field.key))
    }
}

/// A map of fixed keys none of which must be given, and which may be absent altogether.
pub(crate) struct Section;

impl<T: Record + Read> Read<T> for Section {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
        T::read(node, reader)
    }

    fn absent() -> Option<T> {
        let nothing = Reader::new(Document::plain(Source::new("", "")));
        T::take(&mut Keys::new(&Node::map(Vec::new())), &mut { nothing })
    }

    fn shape(schema: &mut Schema) -> Value {
        T::shape(schema)
    }
}

impl Reader<'_> {
    /// Reads a file that needs nothing else to be understood; all its mistakes come at once.
    pub(crate) fn file<T: Record, U>(
        source: Source,
        check: impl FnOnce(T, &Node, &mut Reader<'_>) -> U,
    ) -> Result<U, Vec<Diagnostic>> {
        let mut reader = Reader::new(Document::plain(source));
        let node = parse(&reader.document).map_err(|mistake| vec![*mistake])?;
        let read = reader
            .record::<T>(&node)
            .map(|file| check(file, &node, &mut reader));
        if read.is_none() {
            reader.report_not_understood(&node);
        }
        let mut diagnostics = reader.into_diagnostics();
        diagnostics.sort_by_key(|it| it.span.range.start);
        read.filter(|_| diagnostics.is_empty()).ok_or(diagnostics)
    }

    /// Reads a value.
    pub(crate) fn read<T: Read>(&mut self, node: &Node) -> Option<T> {
        T::read(node, self)
    }

    /// Reads a map of fixed keys and nothing else.
    pub(crate) fn record<T: Record>(&mut self, node: &Node) -> Option<T> {
        let mut keys = self.keys(node)?;
        let record = T::take(&mut keys, self);
        keys.finish(self);
        record
    }
}

impl Field {
    /// A key that may be absent.
    pub(crate) fn optional<T: Read>(key: &'static str, description: &'static str) -> Self {
        Self {
            key,
            description,
            is_required: false,
            shape: T::shape,
        }
    }

    /// A key that must be given.
    pub(crate) fn required<T: Read>(key: &'static str, description: &'static str) -> Self {
        Self {
            is_required: true,
            ..Self::optional::<T>(key, description)
        }
    }

    /// A key whose value says nothing more.
    pub(crate) fn nothing(key: &'static str, description: &'static str) -> Self {
        Self {
            key,
            description,
            is_required: false,
            shape: |schema| schema.object("", &[]),
        }
    }
}

/// Declares structs that are maps of fixed keys.
///
/// A field is read from the key of its name, with dashes for low lines, or from the one in brackets: `label ["as"]: Option<String>`. It is
/// read as its own type says, or as the one behind `as` does; it must be given unless its type or `= default` says what is meant without it.
/// Behind a semicolon stand records whose keys are among those of the same map.
macro_rules! record {
    ($(
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident $(: $($derive:ident),+)? {
            $(
                $(#[doc = $field_doc:literal])*
                $field_vis:vis $field:ident $([$key:literal])? : $type:ty $(as $reader:ty)? $(= $default:expr)?
            ),* $(,)?
            $(; $(
                $(#[doc = $part_doc:literal])*
                $part_vis:vis $part:ident : $part_type:ty
            ),+ $(,)?)?
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone $($(, $derive)+)?)]
        $vis struct $name {
            $($(#[doc = $field_doc])* $field_vis $field: $type,)*
            $($($(#[doc = $part_doc])* $part_vis $part: $part_type,)+)?
        }

        impl $crate::reading::Record for $name {
            fn fields() -> Vec<$crate::reading::Field> {
                let mut fields = Vec::new();
                fields.extend([$($crate::reading::Field {
                    key: $crate::reading::record!(@key $field $($key)?),
                    description: concat!($($field_doc, "\n"),*),
                    is_required: $crate::reading::record!(@required $type, ($($reader)?) $(, $default)?),
                    shape: $crate::reading::record!(@shape $type, $($reader)?),
                }),*]);
                $($(fields.extend(<$part_type as $crate::reading::Record>::fields());)+)?
                fields
            }

            fn take(
                keys: &mut $crate::reading::Keys<'_>,
                reader: &mut $crate::reading::Reader<'_>,
            ) -> Option<Self> {
                $(let $field: Option<$type> = {
                    let key = $crate::reading::record!(@key $field $($key)?);
                    match keys.take(key) {
                        Some(node) => $crate::reading::record!(@read $type, ($($reader)?), node, reader),
                        None => $crate::reading::record!(@absent $type, ($($reader)?), keys, key, reader $(, $default)?),
                    }
                };)*
                $($(let $part = <$part_type as $crate::reading::Record>::take(keys, reader);)+)?
                Some(Self { $($field: $field?,)* $($($part: $part?,)+)? })
            }
        }

        impl $crate::reading::Read for $name {
            fn read(node: &$crate::yaml::Node, reader: &mut $crate::reading::Reader<'_>) -> Option<Self> {
                reader.record(node)
            }

            fn shape(schema: &mut $crate::reading::Schema) -> serde_json::Value {
                schema.map(stringify!($name), concat!($($doc, "\n"),*), <Self as $crate::reading::Record>::fields)
            }
        }
    )+};
    (@key $field:ident $key:literal) => { $key };
    (@key $field:ident) => { stringify!($field) };
    (@read $type:ty, (), $node:ident, $reader:ident) => { <$type as $crate::reading::Read>::read($node, $reader) };
    (@read $type:ty, ($as:ty), $node:ident, $reader:ident) => {
        <$as as $crate::reading::Read<$type>>::read($node, $reader)
    };
    (@absent $type:ty, $as:tt, $keys:ident, $key:ident, $reader:ident, $default:expr) => { Some($default) };
    (@absent $type:ty, (), $keys:ident, $key:ident, $reader:ident) => {
        <$type as $crate::reading::Read>::absent().or_else(|| $keys.missing($key, $reader))
    };
    (@absent $type:ty, ($as:ty), $keys:ident, $key:ident, $reader:ident) => {
        <$as as $crate::reading::Read<$type>>::absent().or_else(|| $keys.missing($key, $reader))
    };
    (@required $type:ty, $as:tt, $default:expr) => { false };
    (@required $type:ty, ()) => { <$type as $crate::reading::Read>::absent().is_none() };
    (@required $type:ty, ($as:ty)) => { <$as as $crate::reading::Read<$type>>::absent().is_none() };
    (@shape $type:ty,) => { <$type as $crate::reading::Read>::shape };
    (@shape $type:ty, $as:ty) => { <$as as $crate::reading::Read<$type>>::shape };
}

pub(crate) use record;
