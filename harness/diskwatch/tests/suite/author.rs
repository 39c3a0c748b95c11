//! Who writes a sample: a language and a user.

use std::path::Path;

use crate::helper::Run;
use crate::language::{Language, node, python};
use crate::law::{PREVIOUS, SECRET};
use crate::user::{NOBODY, User};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Author {
    pub(crate) language: Language,
    pub(crate) user: User,
}

impl Author {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        User::ALL
            .into_iter()
            .flat_map(|user| Language::ALL.map(|language| Self { language, user }))
    }

    pub(crate) fn name(self) -> String {
        let language = self.language.name();
        match self.user {
            User::Own => language.to_owned(),
            User::Nobody => format!("nobodys_{language}"),
        }
    }

    /// Whether this machine lacks the language, or the user.
    pub(crate) fn is_missing(self) -> bool {
        let shell = Path::new("/bin/sh");
        let needed = match self.language {
            Language::Python => Some(python()),
            Language::Node => node(),
            // Our own executables are copied to where everybody can execute them.
            Language::Shell | Language::Rust | Language::RustStatic => Some(shell),
        };
        !needed.is_some_and(|program| self.user.can_execute(program))
    }

    /// A writer at its place, with the previous secret where it needs one.
    pub(crate) fn writer(self, kind: &str) -> Run {
        let mut command = self.language.command(kind);
        if matches!(self.language, Language::Rust | Language::RustStatic) {
            let executable = self.user.reachable(Path::new(&command[0]));
            command[0] = executable.into_os_string().into_string().unwrap();
        }
        let mut run = Run::new(&command.iter().map(String::as_str).collect::<Vec<_>>());
        run.around = self.user.around();
        run.helper = self.user.reachable(&run.helper);
        // A file that exists keeps its mode, so the lax one must be new.
        if kind != "chmod-after" {
            run = run.with_file(SECRET, PREVIOUS, 0o600);
            if self.user == User::Nobody {
                let secret = run.configs().join(SECRET);
                std::os::unix::fs::chown(secret, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        run
    }
}
