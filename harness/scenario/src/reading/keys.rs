//! The keys of a map while they are read.

use std::ops::Range;

use super::reader::Reader;
use super::schema::Field;
use crate::diagnostic::{Code, did_you_mean, nearest};
use crate::yaml::{Content, Node, Text};

/// A map of fixed keys: what is asked for is known, and what is left over in the end is a mistake.
pub(crate) struct Keys<'n> {
    /// The map.
    pub(crate) map: &'n Node,
    known: Vec<&'static str>,
    reported: Vec<&'n str>,
}

impl<'n> Keys<'n> {
    /// The keys of a map.
    pub(crate) fn new(map: &'n Node) -> Self {
        Self {
            map,
            known: Vec::new(),
            reported: Vec::new(),
        }
    }

    /// What stands under a key, which is known from now on.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.peek(key)
    }

    /// What stands under a key.
    pub(crate) fn peek(&self, key: &str) -> Option<&'n Node> {
        self.map
            .entries()
            .iter()
            .find(|(name, _)| is_key(&name.value, key))
            .map(|(_, value)| value)
    }

    /// A key whose value says nothing more than that it is there.
    pub(crate) fn nothing<T>(
        &mut self,
        key: &'static str,
        reader: &mut Reader<'_>,
        meaning: T,
    ) -> Option<T> {
        reader.keys(self.take(key)?)?.finish(reader);
        Some(meaning)
    }

    /// Where the value of a key stands; the map's own place where it is not given.
    pub(crate) fn mark(&self, key: &str) -> &'n Range<usize> {
        self.peek(key).map_or(&self.map.mark, |value| &value.mark)
    }

    /// Reports that a key must be given.
    pub(crate) fn missing<T>(&self, key: &str, reader: &mut Reader<'_>) -> Option<T> {
        let key = key.replace('_', "-");
        // A misspelt key is reported once, as a misspelling.
        let is_misspelt = self
            .left_over()
            .any(|(name, _)| nearest(&name.value, [key.as_str()]).is_some());
        if !is_misspelt {
            reader.report_missing(self.map, &key);
        }
        None
    }

    /// Marks keys as known without reading them.
    pub(crate) fn know(&mut self, fields: &[Field]) {
        self.known.extend(fields.iter().map(|field| field.key));
    }

    /// The keys that were not asked for.
    pub(super) fn left_over(&self) -> impl Iterator<Item = &'n (Text, Node)> {
        let is_known = |name: &str| self.known.iter().any(|key| is_key(name, key));
        self.map.entries().iter().filter(move |(name, _)| {
            !is_known(&name.value) && !self.reported.contains(&name.value.as_str())
        })
    }

    /// Leaves a key alone that was reported.
    pub(super) fn reported(&mut self, key: &'n str) {
        self.reported.push(key);
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        let known: Vec<String> = self.known.iter().map(|key| key.replace('_', "-")).collect();
        for (name, _) in self.left_over() {
            let help = did_you_mean(&name.value, known.iter().map(String::as_str));
            // An author who writes a map where a condition is wanted means the map.
            let is_condition = known.iter().any(|key| key == "starts-with");
            let help = match help {
                Some(help) if is_condition && help.starts_with("known") => Some(
                    "this map is a condition and takes operators; write `is: {..}` to compare with a whole map, `fields: {..}` for its fields"
                        .into(),
                ),
                other => other,
            };
            let message = format!("unknown key `{}`", name.value);
            reader
                .report(Code::UnknownKey, &name.mark, message)
                .label("not a key here")
                .maybe_help(help);
        }
    }
}

impl Reader<'_> {
    /// The keys of a map.
    pub(crate) fn keys<'n>(&mut self, node: &'n Node) -> Option<Keys<'n>> {
        if let Content::Map(_) = node.content {
            return Some(Keys::new(node));
        }
        self.report_shape(node, "a map of keys");
        None
    }
}

/// Whether a written key is a field's: fields have low lines where files have dashes.
pub(super) fn is_key(written: &str, field: &str) -> bool {
    let dashed = field
        .bytes()
        .map(|byte| if byte == b'_' { b'-' } else { byte });
    written.bytes().eq(dashed)
}
