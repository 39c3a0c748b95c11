//! Every text in a plan that stands for something in its world: paths and templates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::reading::Template;

/// A text that stands for something in the world.
pub(super) enum Text<'p> {
    /// A path below the stage directory, or a pattern of such paths.
    Path(&'p str),
    /// What is said or expected.
    Template(Cow<'p, Template>),
}

/// What has such texts in it.
pub(super) trait Speaks {
    /// Adds them.
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>);
}

/// Adds the texts of each.
pub(super) fn of_each<'p, T: Speaks + 'p>(parts: impl IntoIterator<Item = &'p T>, texts: &mut Vec<Text<'p>>) {
    for part in parts {
        part.texts(texts);
    }
}

impl<T: Speaks> Speaks for Option<T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self, texts);
    }
}

impl<T: Speaks> Speaks for Vec<T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self, texts);
    }
}

impl<T: Speaks> Speaks for BTreeMap<String, T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self.values(), texts);
    }
}

impl Speaks for Template {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        texts.push(Text::Template(Cow::Borrowed(self)));
    }
}

impl Speaks for Value {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        match self {
            Self::String(text) => {
                texts.extend(Template::parse(text).map(|it| Text::Template(Cow::Owned(it))));
            }
            Self::Array(list) => list.texts(texts),
            Self::Object(map) => of_each(map.values(), texts),
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}
