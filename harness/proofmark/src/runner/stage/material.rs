//! What the stage puts into the subject's directories, and takes away.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use scenario::plan::{Plant, PlantedFile};

use super::{Stage, StepError};

impl Stage<'_> {
    /// Puts something into the subject's directories.
    pub(super) fn plant(&self, plant: &Plant) -> Result<(), StepError> {
        match plant {
            Plant::File(PlantedFile {
                path,
                content,
                bytes,
                mode,
                size,
            }) => {
                let mut whole = self.plaintext(content)?.into_bytes();
                whole.extend(bytes.iter().flatten());
                let size = *size;
                self.change(path, |path| {
                    self.directories.put_file(path, &whole, *mode, size)
                })
            }
            Plant::Directory { path, mode } => self.change(path, |path| {
                clear(path)?;
                fs::create_dir_all(path)?;
                fs::set_permissions(path, fs::Permissions::from_mode(*mode))
            }),
            Plant::Symlink { path, target } => {
                let target = self.plaintext(target)?;
                let target = if Path::new(&target).is_absolute() {
                    target.into()
                } else {
                    self.directories.inside(&target).map_err(preparing(path))?
                };
                self.change(path, |path| {
                    clear(path)?;
                    make_parent(path)?;
                    std::os::unix::fs::symlink(target, path)
                })
            }
            Plant::Pipe { path } => self.change(path, |path| {
                clear(path)?;
                make_parent(path)?;
                make_pipe(path)
            }),
            Plant::Temporary { of, what } => self.plant(&self.at_temporary_name(of, what)),
            Plant::Mode { path, mode } => self.change(path, |path| {
                fs::set_permissions(path, fs::Permissions::from_mode(*mode))
            }),
        }
    }

    /// Removes a path; one that is not there is no mistake.
    pub(super) fn remove(&self, path: &str) -> Result<(), StepError> {
        self.change(path, clear)
    }

    fn change(
        &self,
        path: &str,
        change: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), StepError> {
        let absolute = self.directories.inside(path).map_err(preparing(path))?;
        self.observer
            .by_harness(&absolute, || change(&absolute))
            .map_err(preparing(path))
    }
}

fn preparing(path: &str) -> impl FnOnce(io::Error) -> StepError {
    StepError::of_io(format!("cannot prepare `{path}`"))
}

#[cfg(target_os = "linux")]
fn make_pipe(path: &Path) -> io::Result<()> {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    Ok(rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )?)
}

/// Elsewhere only a program of the system makes one.
#[cfg(not(target_os = "linux"))]
fn make_pipe(path: &Path) -> io::Result<()> {
    let status = std::process::Command::new("mkfifo")
        .arg("-m")
        .arg("600")
        .arg(path)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("mkfifo failed"))
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn clear(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
