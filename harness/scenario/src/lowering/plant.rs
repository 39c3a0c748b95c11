//! Things put below the stage directory.

use std::ops::Range;

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Located, Plant as Written, Text};
use crate::plan::Plant;

const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;

/// The kinds of planted things, each with the keys that belong to it.
const KINDS: [(&str, &[&str]); 7] = [
    ("file", &["content", "bytes", "mode", "size", "as-temporary"]),
    ("directory", &["mode"]),
    ("symlink", &["target", "as-temporary"]),
    ("pipe", &[]),
    ("mode-of", &["mode"]),
    ("read-only", &["as"]),
    ("full", &["as"]),
];

impl Context<'_> {
    /// A planted thing of exactly one kind.
    pub(crate) fn plant(&mut self, written: &Written, step: &Range<usize>) -> Option<Plant> {
        let (kind, path) = self.one_kind(written, step)?;
        if ["read-only", "full"].contains(&kind) {
            let message = format!("`{kind}` is set by a step");
            self.report(Code::PlantKind, path, message, |it| {
                it.help("write it under `steps`, before the start: `- plant: { read-only: configs }`")
            });
            return None;
        }
        let plant = self.plant_of_kind(written, kind, path)?;
        let as_temporary = written.as_temporary.as_ref().is_some_and(|asked| asked.value);
        Some(if as_temporary {
            Plant::Temporary { of: path.value.clone(), what: Box::new(plant) }
        } else {
            plant
        })
    }

    /// Whether a step plants exactly one thing; reports it otherwise.
    pub(crate) fn is_one_kind(&mut self, written: &Written, step: &Range<usize>) -> bool {
        self.one_kind(written, step).is_some()
    }

    fn one_kind<'w>(
        &mut self,
        written: &'w Written,
        step: &Range<usize>,
    ) -> Option<(&'static str, &'w Text)> {
        let kinds: Vec<(&'static str, &Text)> = [
            ("file", &written.file),
            ("directory", &written.directory),
            ("symlink", &written.symlink),
            ("pipe", &written.pipe),
            ("mode-of", &written.mode_of),
            ("read-only", &written.read_only),
            ("full", &written.full),
        ]
        .into_iter()
        .filter_map(|(name, path)| Some((name, path.as_ref()?)))
        .collect();
        match kinds.as_slice() {
            [(kind, path)] => {
                self.foreign_plant_keys(written, kind);
                Some((kind, path))
            }
            [] => {
                self.report_at(Code::PlantKind, step, "nothing is planted", |it| {
                    it.label("of no kind").help(
                        "give it one of `file`, `directory`, `symlink`, `pipe`, `mode-of`, `read-only`, `full` with a path",
                    )
                });
                None
            }
            [(first, path), (second, other), ..] => {
                let context = self.document.original(&other.mark);
                let message = format!("a planted thing is both a {first} and a {second}");
                self.report(Code::PlantKind, path, message, |it| {
                    it.label("one kind").context(context, "another kind").help("write two steps")
                });
                None
            }
        }
    }

    fn foreign_plant_keys(&mut self, written: &Written, kind: &str) {
        let own = KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
        let size = written.size.as_ref().map(|size| size.mark.clone());
        let texts = [
            ("content", &written.content),
            ("bytes", &written.bytes),
            ("mode", &written.mode),
            ("target", &written.target),
            ("as", &written.label),
        ];
        let given = texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?.mark.clone())));
        let temporary = written.as_temporary.as_ref().map(|asked| ("as-temporary", asked.mark.clone()));
        for (key, mark) in given.chain(size.map(|mark| ("size", mark))).chain(temporary) {
            if own.contains(&key) {
                continue;
            }
            let message = format!("the key `{key}` does not belong to a planted `{kind}`");
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

    fn plant_of_kind(&mut self, written: &Written, kind: &str, path: &Text) -> Option<Plant> {
        let mode = written.mode.as_ref();
        let plant = match kind {
            "file" => Plant::File {
                path: self.path(path),
                content: self.template_or_empty(written.content.as_ref()),
                bytes: self.bytes(written.bytes.as_ref()),
                mode: self.permissions(mode, FILE_MODE),
                size: written.size.as_ref().map(|size| size.value),
            },
            "directory" => {
                Plant::Directory { path: self.path(path), mode: self.permissions(mode, DIRECTORY_MODE) }
            }
            "symlink" => {
                let path = self.path(path);
                let target = self.needed(written.target.as_ref(), "target", written.symlink.as_ref()?)?;
                Plant::Symlink { path, target: self.template(target) }
            }
            "pipe" => Plant::Pipe { path: self.path(path) },
            _ => {
                let path = self.path(path);
                let mode = self.needed(mode, "mode", written.mode_of.as_ref()?)?;
                Plant::Mode { path, mode: self.permissions(Some(mode), 0) }
            }
        };
        Some(plant)
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
    pub(crate) fn plants(&mut self, list: &[Located<Written>]) -> Vec<Plant> {
        list.iter().filter_map(|written| self.plant(&written.value, &written.mark)).collect()
    }
}
