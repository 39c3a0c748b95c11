//! Tests of private files, on real directories.

use std::os::unix::fs::symlink;

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
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
        assert_eq!((mode(&path), file.read().unwrap().as_deref()), (0o600, Some(content)));
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
    assert_eq!((before.ino(), before.modified().unwrap()), (after.ino(), after.modified().unwrap()));
}

#[test]
fn a_symlink_is_replaced_and_its_target_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let canary = directory.path().join("canary");
    std::fs::write(&canary, "untouched").unwrap();
    symlink(&canary, directory.path().join("file")).unwrap();
    PrivateFile::new(directory.path().join("file")).keep(b"untouched").unwrap();
    assert_eq!(std::fs::read(&canary).unwrap(), b"untouched");
    assert!(std::fs::symlink_metadata(directory.path().join("file")).unwrap().is_file());
}

#[test]
fn a_directory_in_the_place_is_an_error_that_leaves_no_temporary_file() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("file");
    std::fs::create_dir(&place).unwrap();
    let file = PrivateFile::new(&place);
    assert!(matches!(file.replace(b"content"), Err(PrivateFileError::Write { .. })));
    assert!(matches!(file.read(), Err(PrivateFileError::NotRegular(_))));
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn a_pipe_in_the_place_does_not_block_the_reader() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("file");
    rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert!(matches!(PrivateFile::new(&place).read(), Err(PrivateFileError::NotRegular(_))));
}

#[test]
fn a_missing_file_is_none_and_removing_it_is_no_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = PrivateFile::new(directory.path().join("file"));
    assert_eq!(file.read().unwrap(), None);
    file.remove().unwrap();
}

#[test]
fn the_seeded_writers_make_their_one_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let wide = PrivateFile::new(directory.path().join("wide")).world_readable_if(true);
    wide.replace(b"x").unwrap();
    assert_ne!(mode(&wide.path) & 0o044, 0);
    let untidy = PrivateFile::new(directory.path().join("untidy")).with_leftover_if(true);
    untidy.replace(b"x").unwrap();
    assert_eq!(names(directory.path()), ["untidy", "untidy.tmp", "wide"]);
    let in_place = PrivateFile::new(directory.path().join("wide")).written(Manner::InPlace);
    in_place.replace(b"y").unwrap();
    assert_eq!((mode(&in_place.path) & 0o044 != 0, in_place.read().unwrap().unwrap()), (true, b"y".to_vec()));
    in_place.written(Manner::InPlaceThenNarrowed).replace(b"z").unwrap();
    assert_eq!(mode(&wide.path), 0o600);
    let lost = PrivateFile::new(directory.path().join("missing/file")).without_directory_if(true);
    assert!(lost.replace(b"x").is_err());
}
