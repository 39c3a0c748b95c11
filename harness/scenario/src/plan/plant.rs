//! Things put into the subject's directories.

use std::ops::Range;

use serde_json::Value;

use crate::diagnostic::Code;
use crate::reading::{
    Family, Field, Hexadecimal, Keys, Mode, Read, Reader, Record, Schema, StagePath, Tag, Template,
    record, tags,
};
use crate::yaml::Node;

/// Something put into the subject's directories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Plant {
    /// A regular file.
    File(PlantedFile),
    /// A directory.
    Directory {
        /// Below the stage directory.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Symlink {
        /// Below the stage directory.
        path: String,
        /// Where it points: an absolute path, or one below the stage directory.
        target: Template,
    },
    /// A named pipe.
    Pipe {
        /// Below the stage directory.
        path: String,
    },
    /// Changes the permission bits of what is there.
    Mode {
        /// Below the stage directory.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// A file or symbolic link at the name under which the subject writes a file before it renames it into place: the one seen
    /// last in the journal, or `PATH.tmp`.
    Temporary {
        /// The file that is written, below the stage directory.
        of: String,
        /// What is planted at its temporary name; its own path is ignored.
        what: Box<Plant>,
    },
}

record! {
    /// A regular file.
    pub struct PlantedFile: PartialEq, Eq, Hash {
        /// A regular file below the stage directory, such as `configs/.auth_token`.
        pub path ["file"]: String as StagePath,
        /// Its text.
        pub content: Template = Template::literal(""),
        /// Bytes in hexadecimal, after the content.
        pub bytes: Option<Vec<u8>> as Option<Hexadecimal>,
        /// Permission bits in quoted octal, such as `"0600"`; `"0644"` unless said otherwise.
        pub mode: u32 as Mode = 0o644,
        /// Size in bytes to which it is filled with zeros.
        pub size: Option<u64>,
    }

    /// A directory.
    struct PlantedDirectory {
        /// A directory.
        directory: String as StagePath,
        /// Permission bits in quoted octal, such as `"0700"`; `"0755"` unless said otherwise.
        mode: u32 as Mode = 0o755,
    }

    /// A symbolic link.
    struct PlantedSymlink {
        /// A symbolic link; needs `target`.
        symlink: String as StagePath,
        /// Where a symbolic link points.
        target: Template,
    }

    /// A change of permission bits.
    struct PlantedMode {
        /// Changes the permission bits of what is there; needs `mode`.
        mode_of: String as StagePath,
        /// Permission bits in quoted octal, such as `"0600"`.
        mode: u32 as Mode,
    }
}

tags! {
    /// What is planted.
    enum Kind {
        File => "file",
        Directory => "directory",
        Symlink => "symlink",
        Pipe => "pipe",
        ModeOf => "mode-of",
        ReadOnly => "read-only",
        Full => "full",
    }

    fn fields(self) -> Vec<Field> {
        let temporary = Field::optional::<bool>(
            TEMPORARY,
            "Whether a file or symbolic link is planted at the temporary name under which the subject writes this path.",
        );
        let label = Field::optional::<String>("as", "The label of `read-only` and `full`, for `lift`.");
        let path = |description| vec![Field::optional::<String>(self.name(), description)];
        match self {
            Self::File => [PlantedFile::fields(), vec![temporary]].concat(),
            Self::Directory => PlantedDirectory::fields(),
            Self::Symlink => [PlantedSymlink::fields(), vec![temporary]].concat(),
            Self::Pipe => path("A named pipe."),
            Self::ModeOf => PlantedMode::fields(),
            Self::ReadOnly => {
                [path("A directory of which every change is refused with EROFS until lifted."), vec![label]].concat()
            }
            Self::Full => {
                [path("A directory in which every write is refused with ENOSPC until lifted."), vec![label]].concat()
            }
        }
    }
}

const TEMPORARY: &str = "as-temporary";

const KINDS: Family = Family {
    code: Code::PlantKind,
    none: (
        Code::PlantKind,
        "nothing is planted",
        "of no kind",
        "give it one of {all} with a path",
    ),
    two: |first, second| format!("a planted thing is both a {first} and a {second}"),
    several: ("kind", "write two steps"),
    foreign: |key, kind| format!("the key `{key}` does not belong to a planted `{kind}`"),
};

/// What a step puts below the stage directory.
pub(super) enum Planted {
    /// Something that stays there.
    Thing(Plant),
    /// A directory that refuses from now on, every change or (where it is full) every write.
    Refusal { directory: String, is_full: bool },
}

impl Planted {
    /// The keys of a planted thing.
    pub(super) fn fields() -> Vec<Field> {
        Field::of_family::<Kind>(Vec::new())
    }

    /// A planted thing of exactly one kind.
    pub(super) fn take(
        keys: &mut Keys<'_>,
        step: &Range<usize>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let kind = keys.choose::<Kind>(&KINDS, step, reader)?;
        keys.know(&kind.fields());
        let plant = match kind {
            Kind::File => Plant::File(PlantedFile::take(keys, reader)?),
            Kind::Directory => {
                let PlantedDirectory { directory, mode } = PlantedDirectory::take(keys, reader)?;
                Plant::Directory {
                    path: directory,
                    mode,
                }
            }
            Kind::Symlink => {
                let PlantedSymlink { symlink, target } = PlantedSymlink::take(keys, reader)?;
                Plant::Symlink {
                    path: symlink,
                    target,
                }
            }
            Kind::Pipe => Plant::Pipe {
                path: path(kind, keys, reader)?,
            },
            Kind::ModeOf => {
                let PlantedMode { mode_of, mode } = PlantedMode::take(keys, reader)?;
                Plant::Mode {
                    path: mode_of,
                    mode,
                }
            }
            Kind::ReadOnly | Kind::Full => {
                let directory = path(kind, keys, reader)?;
                return Some(Self::Refusal {
                    directory,
                    is_full: kind == Kind::Full,
                });
            }
        };
        let is_temporary = keys.take(TEMPORARY).and_then(|node| reader.read(node)) == Some(true);
        Some(Self::Thing(if is_temporary {
            Plant::Temporary {
                of: plant.path().to_owned(),
                what: Box::new(plant),
            }
        } else {
            plant
        }))
    }
}

fn path(kind: Kind, keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<String> {
    StagePath::read(keys.take(kind.name())?, reader)
}

/// What lies in the directories before the first start.
impl Read for Plant {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut keys = reader.keys(node)?;
        let planted = Planted::take(&mut keys, &node.mark, reader);
        let refusal = [Kind::ReadOnly, Kind::Full]
            .into_iter()
            .find(|kind| keys.peek(kind.name()).is_some());
        match planted? {
            Planted::Thing(plant) => {
                keys.finish(reader);
                Some(plant)
            }
            Planted::Refusal { .. } => {
                let kind = refusal.map_or("", Tag::name);
                let message = format!("`{kind}` is set by a step");
                reader
                    .report(Code::PlantKind, keys.mark(kind), message)
                    .help("write it under `steps`, before the start: `- plant: { read-only: configs }`");
                None
            }
        }
    }

    fn shape(schema: &mut Schema) -> Value {
        schema.map(
            "Plant",
            "Something put below the stage directory.",
            Planted::fields,
        )
    }
}

impl Plant {
    /// The path it is about.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::File(PlantedFile { path, .. })
            | Self::Directory { path, .. }
            | Self::Symlink { path, .. }
            | Self::Pipe { path }
            | Self::Mode { path, .. } => path,
            Self::Temporary { of, .. } => of,
        }
    }

    /// What is planted, in a line.
    pub(super) fn summary(&self) -> String {
        let with = |what: &str, mode: u32, usual: u32| {
            let mode = if mode == usual {
                String::new()
            } else {
                format!(" with mode {mode:04o}")
            };
            format!("{what} {}{mode}", self.path())
        };
        match self {
            Self::File(file) => with("plant the file", file.mode, 0o644),
            Self::Directory { mode, .. } => with("plant the directory", *mode, 0o755),
            Self::Symlink { path, .. } => format!("plant the symlink {path}"),
            Self::Pipe { path } => format!("plant the pipe {path}"),
            Self::Mode { path, mode } => format!("change the mode of {path} with mode {mode:04o}"),
            Self::Temporary { what, .. } => format!("{} at its temporary name", what.summary()),
        }
    }
}
