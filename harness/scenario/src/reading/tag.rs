//! Maps that are one of several things, told apart by which key they have.

use itertools::Itertools as _;

use std::ops::Range;

use super::keys::{Keys, is_key};
use super::reader::Reader;
use super::schema::Field;
use crate::diagnostic::{Code, did_you_mean};
use crate::yaml::{Content, Node};

/// The keys of which such a map has one.
pub(crate) trait Tag: Copy + PartialEq + 'static {
    /// Every one, in the order in which people are told of them.
    const ALL: &'static [Self];

    /// The key.
    fn name(self) -> &'static str;

    /// What it means, for editors; nothing where its fields say that.
    fn description(self) -> &'static str {
        ""
    }

    /// The keys that may stand beside it, its own among them; none where its value is all that is said.
    fn fields(self) -> Vec<Field> {
        Vec::new()
    }

    /// Those that a map has, in their order; all of them are known from now on.
    fn given<'n>(keys: &mut Keys<'n>) -> Vec<(Self, &'n Node)> {
        Self::ALL
            .iter()
            .filter_map(|tag| Some((*tag, keys.take(tag.name())?)))
            .collect()
    }
}

/// Declares the keys of which a map has one.
macro_rules! tags {
    ($(#[doc = $doc:literal])* $vis:vis enum $name:ident { $($(#[doc = $tag_doc:literal])* $tag:ident => $key:literal),+ $(,)? } $($fields:tt)*) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[doc = $tag_doc])* $tag),+ }

        impl $crate::reading::Tag for $name {
            const ALL: &'static [Self] = &[$(Self::$tag),+];

            fn name(self) -> &'static str {
                match self { $(Self::$tag => $key),+ }
            }

            fn description(self) -> &'static str {
                match self { $(Self::$tag => concat!($($tag_doc),*)),+ }
            }

            $($fields)*
        }
    };
}

pub(crate) use tags;

/// How a family of such maps is spoken of.
pub(crate) struct Family {
    /// The code of several.
    pub(crate) code: Code,
    /// What is said where there is none: code, message, label, and help, in which `{all}` stands for all keys.
    pub(crate) none: (Code, &'static str, &'static str, &'static str),
    /// What is said where there are two, by their names.
    pub(crate) two: fn(&str, &str) -> String,
    /// What is said at the two, such as `kind`, and what to do.
    pub(crate) several: (&'static str, &'static str),
    /// What is said of a key that belongs to another of the family, by the key and the one that is there.
    pub(crate) foreign: fn(&str, &str) -> String,
}

impl Field {
    /// Some keys, and those of everything that a map of a family may be.
    pub(crate) fn of_family<T: Tag>(mut fields: Vec<Self>) -> Vec<Self> {
        let others = T::ALL.iter().flat_map(|tag| tag.fields());
        fields.extend(others.map(|field| Self {
            is_required: false,
            ..field
        }));
        fields
    }
}

impl Keys<'_> {
    /// Which one of a family it is, and that there are no keys of another one; `step` is marked where there is none.
    pub(crate) fn choose<T: Tag>(
        &mut self,
        family: &Family,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<T> {
        let given: Vec<T> = T::ALL
            .iter()
            .copied()
            .filter(|tag| self.peek(tag.name()).is_some())
            .collect();
        match given.as_slice() {
            [only] => {
                self.foreign(*only, family, reader);
                return Some(*only);
            }
            [] => {
                let (code, message, label, help) = family.none;
                let all: Vec<String> = T::ALL
                    .iter()
                    .map(|tag| format!("`{}`", tag.name()))
                    .collect();
                let help = help.replace("{all}", &all.join(", "));
                reader.report(code, step, message).label(label).help(help);
            }
            [first, second, ..] => {
                let context = reader.document.original(self.mark(second.name()));
                let (what, help) = family.several;
                let message = (family.two)(first.name(), second.name());
                reader
                    .report(family.code, self.mark(first.name()), message)
                    .label(format!("one {what}"))
                    .context(context, format!("another {what}"))
                    .help(help);
            }
        }
        for tag in T::ALL {
            self.take(tag.name());
            self.know(&tag.fields());
        }
        None
    }

    /// Reports the keys of the others of a family.
    fn foreign<T: Tag>(&mut self, chosen: T, family: &Family, reader: &mut Reader<'_>) {
        let own = chosen.fields();
        let others = || T::ALL.iter().filter(|tag| **tag != chosen);
        for (name, value) in self.map.entries() {
            if own.iter().any(|field| is_key(&name.value, field.key)) || name.value == chosen.name()
            {
                continue;
            }
            let has = |tag: &&T| {
                tag.fields()
                    .iter()
                    .any(|field| is_key(&name.value, field.key))
            };
            let homes = others()
                .filter(has)
                .map(|tag| format!("`{}`", tag.name()))
                .join(" and ");
            if homes.is_empty() {
                continue;
            }
            let message = (family.foreign)(&name.value, chosen.name());
            reader
                .report(Code::ForeignKey, &value.mark, message)
                .label("not of this kind")
                .help(format!("it belongs to {homes}"));
            self.reported(&name.value);
        }
    }
}

impl Reader<'_> {
    /// A map of exactly one key, which says what its value is.
    pub(crate) fn one_key<'n, T: Tag>(&mut self, node: &'n Node) -> Option<(T, &'n Node)> {
        let Content::Map(entries) = &node.content else {
            let help = match &node.content {
                Content::Text(text) => Some(format!("write `{text}: {{}}`")),
                _ => None,
            };
            self.report_found(node, "a map of one key").maybe_help(help);
            return None;
        };
        if let [_, (second, _), ..] = entries.as_slice() {
            self.report(Code::SecondKey, &second.mark, "a second key in a map of exactly one")
                .label("second key")
                .help("begin another step with `- `, or indent the key if it belongs to what stands above");
        }
        let Some((name, value)) = entries.first() else {
            self.report_shape(node, "a map of one key");
            return None;
        };
        let found = T::ALL.iter().find(|tag| tag.name() == name.value);
        if found.is_none() {
            let help = unknown_name(&name.value, T::ALL.iter().map(|tag| tag.name()));
            self.report(
                Code::UnknownStep,
                &name.mark,
                format!("unknown name `{}`", name.value),
            )
            .label("not known here")
            .maybe_help(help);
        }
        found.map(|tag| (*tag, value))
    }
}

fn unknown_name(name: &str, known: impl Iterator<Item = &'static str>) -> Option<String> {
    match name {
        "sleep" | "wait" | "pause" | "delay" => Some(
            "scenarios never sleep: `expect` waits for an event, `never` ends with the event of its `until`"
                .into(),
        ),
        _ => did_you_mean(name, known),
    }
}
