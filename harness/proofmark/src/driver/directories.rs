//! The private directories of one stage.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use scenario::plan::SubjectSetup;

/// A temporary directory with what a subject takes for its machine: `configs`, `workspace`, `home`, `plugins`, `tmp`.
#[derive(Debug)]
pub(crate) struct StageDirectories {
    root: tempfile::TempDir,
    /// Where files are made ready: what the subject can see of them appears at once and whole.
    workshop: tempfile::TempDir,
    configs: PathBuf,
    config_path: PathBuf,
}

impl StageDirectories {
    /// Makes the directories in a place of the run; the configs directory only if the scenario does not want it made by the subject.
    pub(crate) fn create(place: &Path, setup: &SubjectSetup) -> io::Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("stage-")
            .permissions(private())
            .tempdir_in(place)?;
        let configs = setup.configs_directory.as_deref().unwrap_or("configs");
        let config_path = setup.config_path.as_deref().unwrap_or(configs);
        let directories = Self {
            configs: root.path().join(configs),
            config_path: root.path().join(config_path),
            workshop: tempfile::Builder::new()
                .prefix("workshop-")
                .permissions(private())
                .tempdir_in(place)?,
            root,
        };
        for name in ["configs", "workspace", "home", "plugins", "tmp"] {
            make_directory(&directories.root.path().join(name))?;
        }
        if setup.config_path.is_some() {
            make_directory(&directories.config_path)?;
        }
        Ok(directories)
    }

    /// The stage directory itself.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A directory of the harness that the subject does not know.
    pub(crate) fn workshop(&self) -> &Path {
        self.workshop.path()
    }

    /// Where `CONFIGS_DIR` points; may not exist yet.
    pub(crate) fn configs(&self) -> &Path {
        &self.configs
    }

    /// Where `WORKSPACE_CONFIG_PATH` points.
    pub(crate) fn config_path(&self) -> &Path {
        &self.config_path
    }

    /// A path below the stage directory; refuses to leave it.
    pub(crate) fn inside(&self, relative: &str) -> io::Result<PathBuf> {
        let relative = Path::new(relative);
        if relative
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
        {
            Ok(self.root.path().join(relative))
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path leaves the stage directory",
            ))
        }
    }

    /// Puts a file with exactly this mode and size in the place of what is there; filled with zeros if it is to be longer.
    pub(crate) fn put_file(
        &self,
        path: &Path,
        content: &[u8],
        mode: u32,
        size: Option<u64>,
    ) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let fresh = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(self.workshop.path())?;
        let mut file = fresh.as_file();
        io::Write::write_all(&mut file, content)?;
        if let Some(size) = size {
            file.set_len(size)?;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        fresh.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Empties the configs directory and the configuration path, as a new machine would find them.
    pub(crate) fn empty_configs(&self) -> io::Result<()> {
        for directory in [&self.configs, &self.config_path] {
            let entries = match fs::read_dir(directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(entry.path())?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// The mode of a directory that is closed to other users.
fn private() -> fs::Permissions {
    fs::Permissions::from_mode(0o700)
}

/// Makes a directory as a subject would find it, regardless of the harness's umask.
fn make_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_out_of_the_stage_is_refused() {
        let directories =
            StageDirectories::create(&std::env::temp_dir(), &SubjectSetup::default()).unwrap();
        let mode = fs::metadata(directories.root())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(directories.inside("configs/.auth_token").is_ok());
        assert!(directories.inside("../escape").is_err());
        assert!(directories.inside("/etc/passwd").is_err());
    }

    #[test]
    fn emptying_takes_files_and_folders_and_keeps_the_directory() {
        let directories =
            StageDirectories::create(&std::env::temp_dir(), &SubjectSetup::default()).unwrap();
        let configs = directories.configs().to_owned();
        directories
            .put_file(&configs.join("deep/file"), b"x", 0o600, None)
            .unwrap();
        directories
            .put_file(&configs.join(".auth_token"), b"x", 0o644, Some(9))
            .unwrap();
        assert_eq!(
            fs::read(configs.join(".auth_token")).unwrap(),
            b"x\0\0\0\0\0\0\0\0"
        );
        let mode = fs::metadata(configs.join(".auth_token"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644);
        directories.empty_configs().unwrap();
        assert_eq!(fs::read_dir(&configs).unwrap().count(), 0);
    }

    #[test]
    fn a_configs_directory_of_its_own_is_left_for_the_subject_to_make() {
        let setup = SubjectSetup {
            configs_directory: Some("configs/deep/er".into()),
            ..SubjectSetup::default()
        };
        let directories = StageDirectories::create(&std::env::temp_dir(), &setup).unwrap();
        assert!(!directories.configs().exists());
        assert!(directories.root().join("configs").is_dir());
    }
}
