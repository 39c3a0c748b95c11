//! Tests of the token's precedence and storage.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn credential(text: &str) -> Credential {
    Credential::exact(text).unwrap()
}

fn store(directory: &TempDir, environment: Option<&str>) -> TokenStore {
    TokenStore::new(directory.path(), environment.map(credential))
}

fn write(directory: &TempDir, content: impl AsRef<[u8]>) {
    std::fs::write(directory.path().join(TOKEN_FILE), content).unwrap();
}

fn shown(store: &TokenStore) -> Option<String> {
    store.current().map(|token| token.reveal().to_owned())
}

#[test]
fn the_file_comes_before_the_environment_and_a_blank_file_does_not_count() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(shown(&store(&directory, None)), None);
    assert_eq!(
        shown(&store(&directory, Some("environment"))).unwrap(),
        "environment"
    );
    write(&directory, " \r\n");
    assert_eq!(
        shown(&store(&directory, Some("environment"))).unwrap(),
        "environment"
    );
    write(&directory, "file\r\n");
    assert_eq!(
        shown(&store(&directory, Some("environment"))).unwrap(),
        "file"
    );
}

#[test]
fn a_file_that_appears_later_is_used_without_being_told() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, Some("environment"));
    assert_eq!(shown(&store).unwrap(), "environment");
    write(&directory, "file");
    assert_eq!(shown(&store).unwrap(), "file");
}

#[test]
fn a_refusal_leads_to_the_rotated_file_then_to_the_environment_then_back() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "old");
    let store = store(&directory, Some("environment"));
    let old = store.current().unwrap();
    write(&directory, "new");
    assert_eq!(shown(&store).unwrap(), "old");
    let new = store.after_refusal(Some(&old)).unwrap();
    assert_eq!(new, credential("new"));
    let environment = store.after_refusal(Some(&new)).unwrap();
    assert_eq!(environment, credential("environment"));
    assert_eq!(shown(&store).unwrap(), "environment");
    assert_eq!(store.after_refusal(Some(&environment)), None);
    assert_eq!(shown(&store).unwrap(), "new");
}

#[test]
fn the_only_token_is_kept_after_it_was_refused() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "only");
    let store = store(&directory, None);
    let only = store.current().unwrap();
    assert_eq!(store.after_refusal(Some(&only)), None);
    assert_eq!(shown(&store).unwrap(), "only");
}

#[test]
fn a_delivered_token_that_cannot_be_stored_stays_in_memory_and_is_stored_later() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join(TOKEN_FILE);
    std::fs::create_dir(&place).unwrap();
    let store = store(&directory, None);
    store.accept(credential("issued-once"));
    assert_eq!(shown(&store).unwrap(), "issued-once");
    std::fs::remove_dir(&place).unwrap();
    store.save_again();
    assert_eq!(std::fs::read(&place).unwrap(), b"issued-once");
}

#[test]
fn a_vanished_file_is_written_again_by_the_same_token() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, Some("token"));
    store.accept(credential("token"));
    std::fs::remove_file(directory.path().join(TOKEN_FILE)).unwrap();
    store.accept(credential("token"));
    assert_eq!(
        std::fs::read(directory.path().join(TOKEN_FILE)).unwrap(),
        b"token"
    );
}

#[test]
fn an_odd_file_is_no_token_and_is_complained_about() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, [0xff, 0xfe]);
    assert_eq!(shown(&store(&directory, None)), None);
    std::fs::remove_file(directory.path().join(TOKEN_FILE)).unwrap();
    std::fs::create_dir(directory.path().join(TOKEN_FILE)).unwrap();
    let store = store(&directory, None);
    assert_eq!(shown(&store), None);
    assert!(store.complaint().is_some());
}

proptest! {
    #[test]
    fn any_bytes_in_the_file_are_either_one_stripped_token_or_none(content in any::<Vec<u8>>()) {
        let directory = tempfile::tempdir().unwrap();
        write(&directory, &content);
        let expected = std::str::from_utf8(&content).ok().map(str::trim).filter(|text| !text.is_empty());
        let read = shown(&store(&directory, None));
        prop_assert_eq!(read.as_deref(), expected);
    }
}
