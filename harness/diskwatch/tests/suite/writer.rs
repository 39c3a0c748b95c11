//! Sample writers in Rust; compiled into this executable and once more, alone, as a static one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{IoSlice, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

const ISSUED: &[u8] = b"issued-secret";

/// The last two arguments are the kind of writer and the directory.
pub(crate) fn main() {
    let mut arguments = std::env::args().rev();
    let directory = arguments.next().unwrap();
    let kind = arguments.next().unwrap();
    if let Err(error) = write(&kind, Path::new(&directory)) {
        let _ = writeln!(std::io::stderr(), "{error}");
        std::process::exit(1);
    }
}

fn create(path: &Path, mode: u32) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
}

fn write(kind: &str, directory: &Path) -> std::io::Result<()> {
    let secret = directory.join(".auth_token");
    let temporary = directory.join(".auth_token.tmp");
    match kind {
        "good" => {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)?;
            file.write_all(ISSUED)?;
            file.sync_all()?;
            fs::rename(&temporary, &secret)
        }
        "chmod-after" => {
            create(&secret, 0o644)?.write_all(ISSUED)?;
            fs::set_permissions(&secret, Permissions::from_mode(0o600))
        }
        "truncate-in-place" => create(&secret, 0o600)?.write_all(ISSUED),
        "temporary-0644-then-rename" => {
            create(&temporary, 0o644)?.write_all(ISSUED)?;
            fs::rename(&temporary, &secret)
        }
        "vectored" => {
            let mut file = create(&secret, 0o600)?;
            let pieces = [
                IoSlice::new(b""),
                IoSlice::new(&ISSUED[..7]),
                IoSlice::new(&ISSUED[7..]),
            ];
            let first = file.write_vectored(&pieces)?;
            // What was not written is written now, as a careful writer does.
            file.write_all(&ISSUED[first..])
        }
        "crowd" => crowd(directory),
        _ => Err(std::io::Error::other("no such writer")),
    }
}

/// Four threads and a child process, each renaming fifty files onto the same name.
fn crowd(directory: &Path) -> std::io::Result<()> {
    let replace = |name: String| -> std::io::Result<()> {
        for _ in 0..50 {
            let path = directory.join(&name);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(name.as_bytes())?;
            fs::rename(&path, directory.join("shared"))?;
        }
        Ok(())
    };
    if std::env::var_os("CROWD_CHILD").is_some() {
        return replace("child".into());
    }
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut child = std::process::Command::new(std::env::current_exe()?)
        .args(arguments)
        .env("CROWD_CHILD", "1")
        .spawn()?;
    let result = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || replace(format!("t{number}"))))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap())
    });
    child.wait()?;
    result
}
