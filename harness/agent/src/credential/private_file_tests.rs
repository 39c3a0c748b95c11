//! Tests of private files, on real directories.

use std::os::unix::fs::symlink;

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_file_is_private_complete_and_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = PrivateFile::new(directory.path().join("a/b/file"));
    file.replace(b"content").unwrap();
    assert_eq!(file.read().unwrap().as_deref(), Some(&b"content"[..]));
    assert_eq!(mode(&file.path), 0o600);
    assert_eq!(mode(&directory.path().join("a/b")), 0o700);
    assert_eq!(names(&directory.path().join("a/b")), ["file"]);
}

#[test]
fn a_wider_file_is_narrow_after_replacement_and_after_keeping_the_same_content() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let file = PrivateFile::new(&path);
    for content in [&b"old"[..], b"new"] {
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        file.keep(content).unwrap();
        assert_eq!(
            (mode(&path), file.read().unwrap().as_deref()),
            (0o600, Some(content))
        );
    }
}

#[test]
fn keeping_the_same_content_leaves_the_file_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let directory = tempfile::tempdir().unwrap();
    let file = PrivateFile::new(directory.path().join("file"));
    file.keep(b"same").unwrap();
    let before = std::fs::metadata(&file.path).unwrap();
    file.keep(b"same").unwrap();
    let after = std::fs::metadata(&file.path).unwrap();
    assert_eq!(
        (before.ino(), before.modified().unwrap()),
        (after.ino(), after.modified().unwrap())
    );
}

#[test]
fn a_symlink_is_replaced_and_its_target_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let canary = directory.path().join("canary");
    std::fs::write(&canary, "untouched").unwrap();
    symlink(&canary, directory.path().join("file")).unwrap();
    PrivateFile::new(directory.path().join("file"))
        .keep(b"untouched")
        .unwrap();
    assert_eq!(std::fs::read(&canary).unwrap(), b"untouched");
    assert!(
        std::fs::symlink_metadata(directory.path().join("file"))
            .unwrap()
            .is_file()
    );
}

#[test]
fn a_directory_in_the_place_is_an_error_that_leaves_no_temporary_file() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("file");
    std::fs::create_dir(&place).unwrap();
    let file = PrivateFile::new(&place);
    assert!(matches!(
        file.replace(b"content"),
        Err(PrivateFileError::Write { .. })
    ));
    assert!(matches!(file.read(), Err(PrivateFileError::NotRegular(_))));
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn a_pipe_in_the_place_does_not_block_the_reader() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("file");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &place,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(matches!(
        PrivateFile::new(&place).read(),
        Err(PrivateFileError::NotRegular(_))
    ));
}

#[test]
fn a_missing_file_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let file = PrivateFile::new(directory.path().join("file"));
    assert_eq!(file.read().unwrap(), None);
}
