//! Things put below the stage directory.

use std::ops::Range;

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Located, Place as Written, Text};
use crate::plan::Place;

const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;

/// The kinds of places, each with the keys that belong to it.
const KINDS: [(&str, &[&str]); 5] = [
    ("file", &["content", "bytes", "mode", "size"]),
    ("directory", &["mode"]),
    ("symlink", &["target"]),
    ("pipe", &[]),
    ("mode-of", &["mode"]),
];

impl Context<'_> {
    /// A place of exactly one kind.
    pub(crate) fn place(&mut self, written: &Written, step: &Range<usize>) -> Option<Place> {
        let kinds: Vec<(&'static str, &Text)> = [
            ("file", &written.file),
            ("directory", &written.directory),
            ("symlink", &written.symlink),
            ("pipe", &written.pipe),
            ("mode-of", &written.mode_of),
        ]
        .into_iter()
        .filter_map(|(name, path)| Some((name, path.as_ref()?)))
        .collect();
        match kinds.as_slice() {
            [(kind, path)] => {
                self.foreign_place_keys(written, kind);
                self.place_of_kind(written, kind, path)
            }
            [] => {
                self.report_at(Code::PlaceKind, step, "a place without a path", |it| {
                    it.label("of no kind")
                        .help("give it one of `file`, `directory`, `symlink`, `pipe`, `mode-of` with a path")
                });
                None
            }
            [(first, path), (second, other), ..] => {
                let context = self.document.original(&other.mark);
                let message = format!("a place is both a {first} and a {second}");
                self.report(Code::PlaceKind, path, message, |it| {
                    it.label("one kind").context(context, "another kind").help("write two steps")
                });
                None
            }
        }
    }

    fn foreign_place_keys(&mut self, written: &Written, kind: &str) {
        let own = KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
        let size = written.size.as_ref().map(|size| size.mark.clone());
        let texts = [
            ("content", &written.content),
            ("bytes", &written.bytes),
            ("mode", &written.mode),
            ("target", &written.target),
        ];
        let given = texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?.mark.clone())));
        for (key, mark) in given.chain(size.map(|mark| ("size", mark))) {
            if own.contains(&key) {
                continue;
            }
            let message = format!("the key `{key}` does not belong to a `{kind}` place");
            let homes: Vec<_> = KINDS
                .iter()
                .filter(|(_, keys)| keys.contains(&key))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            self.report_at(Code::ForeignKey, &mark, message, |it| {
                it.label("not of this kind").help(format!("it belongs to {}", homes.join(" and ")))
            });
        }
    }

    fn place_of_kind(&mut self, written: &Written, kind: &str, path: &Text) -> Option<Place> {
        let mode = written.mode.as_ref();
        let place = match kind {
            "file" => Place::File {
                path: self.path(path),
                content: self.template_or_empty(written.content.as_ref()),
                bytes: self.bytes(written.bytes.as_ref()),
                mode: self.permissions(mode, FILE_MODE),
                size: written.size.as_ref().map(|size| size.value),
            },
            "directory" => {
                Place::Directory { path: self.path(path), mode: self.permissions(mode, DIRECTORY_MODE) }
            }
            "symlink" => {
                let path = self.path(path);
                let target = self.needed(written.target.as_ref(), "target", written.symlink.as_ref()?)?;
                Place::Symlink { path, target: self.template(target) }
            }
            "pipe" => Place::Pipe { path: self.path(path) },
            _ => {
                let path = self.path(path);
                let mode = self.needed(mode, "mode", written.mode_of.as_ref()?)?;
                Place::Mode { path, mode: self.permissions(Some(mode), 0) }
            }
        };
        Some(place)
    }

    fn needed<'t>(&mut self, text: Option<&'t Text>, key: &str, at: &Located<String>) -> Option<&'t Text> {
        if text.is_none() {
            self.report(Code::MissingKey, at, format!("the key `{key}` is missing"), |it| {
                it.label(format!("needs `{key}`"))
            });
        }
        text
    }

    /// What lies in the directories before the first start.
    pub(crate) fn places(&mut self, list: &[Located<Written>]) -> Vec<Place> {
        list.iter().filter_map(|written| self.place(&written.value, &written.mark)).collect()
    }
}
