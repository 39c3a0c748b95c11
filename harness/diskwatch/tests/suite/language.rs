//! The sample writers in every language this machine speaks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What all writers are to leave in `.auth_token`.
pub(crate) const ISSUED: &str = "issued-secret";

/// The writers by name; each language has all of them.
pub(crate) const KINDS: [&str; 4] = [
    "good",
    "chmod-after",
    "truncate-in-place",
    "temporary-0644-then-rename",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
    Shell,
    Rust,
    RustStatic,
}

impl Language {
    pub(crate) const ALL: [Self; 5] = [
        Self::Python,
        Self::Node,
        Self::Shell,
        Self::Rust,
        Self::RustStatic,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Shell => "sh",
            Self::Rust => "rust",
            Self::RustStatic => "rust-static",
        }
    }

    /// A command that writes into the working directory in one of the known ways.
    pub(crate) fn command(self, kind: &str) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Python => words(&[python().to_str().unwrap(), "-c", PYTHON, kind]),
            Self::Node => words(&[node().unwrap().to_str().unwrap(), "-e", NODE, kind]),
            Self::Shell => words(&["/bin/sh", "-c", shell(kind)]),
            Self::Rust => words(&[
                std::env::current_exe().unwrap().to_str().unwrap(),
                "__writer",
                kind,
                ".",
            ]),
            Self::RustStatic => words(&[static_writer().to_str().unwrap(), kind, "."]),
        }
    }
}

/// The interpreter itself, not a script of a version manager that chooses one.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let system = Path::new("/usr/bin/python3");
        if system.exists() {
            return system.to_owned();
        }
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output();
        let text = String::from_utf8(output.expect("python3 is needed").stdout).unwrap();
        PathBuf::from(text.trim())
    })
}

/// The same for Node, which not every machine has.
pub(crate) fn node() -> Option<&'static Path> {
    static NODE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let output = Command::new("node")
            .args(["-p", "process.execPath"])
            .output()
            .ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    NODE.get_or_init(find).as_deref()
}

fn static_writer() -> &'static Path {
    static WRITER: OnceLock<PathBuf> = OnceLock::new();
    WRITER.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/writer.rs");
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static-writer");
        let changed = |path: &Path| {
            path.metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
        };
        if changed(&kept) > changed(&source) {
            return kept;
        }
        // Other processes may need it at the same time, so it appears whole.
        let compiled = kept.with_extension(std::process::id().to_string());
        let status = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args([
                "--edition",
                "2024",
                "-C",
                "target-feature=+crt-static",
                "-C",
                "opt-level=1",
                "-o",
            ])
            .args([&compiled, &source])
            .status()
            .unwrap();
        assert!(status.success(), "the static writer does not compile");
        std::fs::rename(&compiled, &kept).unwrap();
        kept
    })
}

fn shell(kind: &str) -> &'static str {
    match kind {
        "good" => {
            "umask 077; printf issued-secret > .auth_token.tmp && mv .auth_token.tmp .auth_token"
        }
        "chmod-after" => "umask 022; printf issued-secret > .auth_token; chmod 600 .auth_token",
        "truncate-in-place" => "printf issued-secret > .auth_token",
        "temporary-0644-then-rename" => {
            "umask 022; printf issued-secret > .auth_token.tmp; mv .auth_token.tmp .auth_token"
        }
        _ => "exit 1",
    }
}

const PYTHON: &str = r#"
import os, sys
kind, secret, temporary, issued = sys.argv[1], ".auth_token", ".auth_token.tmp", b"issued-secret"
def create(path, flags, mode):
    return os.open(path, os.O_WRONLY | os.O_CREAT | flags, mode)
if kind == "good":
    fd = create(temporary, os.O_EXCL, 0o600)
    os.write(fd, issued); os.fsync(fd); os.close(fd)
    os.replace(temporary, secret)
elif kind == "chmod-after":
    os.umask(0o022)
    with open(secret, "wb") as file: file.write(issued)
    os.chmod(secret, 0o600)
elif kind == "truncate-in-place":
    with open(secret, "wb") as file: file.write(issued)
elif kind == "temporary-0644-then-rename":
    os.umask(0o022)
    with open(temporary, "wb") as file: file.write(issued)
    os.replace(temporary, secret)
else:
    sys.exit(1)
"#;

const NODE: &str = r#"
const fs = require("node:fs");
const [kind, secret, temporary, issued] = [process.argv[1], ".auth_token", ".auth_token.tmp", "issued-secret"];
switch (kind) {
    case "good": {
        const file = fs.openSync(temporary, "wx", 0o600);
        fs.writeSync(file, issued); fs.fsyncSync(file); fs.closeSync(file);
        fs.renameSync(temporary, secret);
        break;
    }
    case "chmod-after":
        process.umask(0o022);
        fs.writeFileSync(secret, issued);
        fs.chmodSync(secret, 0o600);
        break;
    case "truncate-in-place":
        fs.writeFileSync(secret, issued);
        break;
    case "temporary-0644-then-rename":
        process.umask(0o022);
        fs.writeFileSync(temporary, issued);
        fs.renameSync(temporary, secret);
        break;
    default:
        process.exit(1);
}
"#;
