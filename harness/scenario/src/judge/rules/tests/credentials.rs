//! Leaks and credential files.

use protocol::journal::{Answerer, Party, PlatformChange};

use super::super::super::testing::{Journal, catalogue, plan, start};
use super::super::super::{Terms, Verdict, judge};
use super::status;

const TOKEN: &str = "configs/.auth_token";
const SECRET: &str = "configs/.platform_inbound_secret";

/// A journal in which a token and a secret exist.
fn minted() -> Journal {
    let mut journal = Journal::new();
    journal.platform(PlatformChange::TokenIssued("«auth-token-1»".into()));
    journal.platform(PlatformChange::SecretSet("«inbound-secret-1»".into()));
    journal
}

/// A journal in which the subject was given both.
fn known() -> Journal {
    let mut journal = minted();
    let answer =
        r#"{"auth_token":"«auth-token-1»","platform_inbound_secret":"«inbound-secret-1»"}"#;
    journal.register(&[], 200, answer);
    journal
}

#[test]
fn who_was_never_given_a_credential_proves_nothing_by_keeping_it() {
    for rule in [
        "no-credential-in-urls-and-bodies",
        "secret-never-sent",
        "no-credential-printed",
    ] {
        let mut journal = minted();
        journal.heartbeat(&[]);
        journal.log("hello");
        assert_eq!(status(rule, &journal), None, "{rule}");
        journal.file(TOKEN, 0o600, 1, "«auth-token-1»", true);
        journal.file(SECRET, 0o600, 2, "«inbound-secret-1»", true);
        journal.heartbeat(&[]);
        journal.log("hello");
        assert_eq!(
            status(rule, &journal),
            Some(Verdict::Pass),
            "{rule}: a planted file gives it"
        );
    }
}

#[test]
fn a_token_goes_to_the_platform_only() {
    let rule = "bearer-only-to-platform";
    let mut journal = known();
    journal.heartbeat(&[("authorization", "Bearer «auth-token-1»")]);
    assert_eq!(status(rule, &journal), None);
    journal.request(
        Party::Subject,
        Party::Peer,
        "POST /",
        &[("x-workspace-id", "w")],
        "{}",
    );
    assert_eq!(status(rule, &journal), Some(Verdict::Pass));
    journal.request(
        Party::Subject,
        Party::Peer,
        "POST /",
        &[("authorization", "Bearer «auth-token-1»")],
        "{}",
    );
    assert_eq!(status(rule, &journal), Some(Verdict::Fail));
}

#[test]
fn a_token_stands_in_authorization_only() {
    let rule = "no-credential-in-urls-and-bodies";
    for (line, headers, body, verdict) in [
        (
            "GET /x",
            vec![("authorization", "Bearer «auth-token-1»")],
            "",
            Verdict::Pass,
        ),
        (
            "GET /x?token=«auth-token-1:percent»",
            vec![],
            "",
            Verdict::Fail,
        ),
        ("GET /x/«auth-token-1»", vec![], "", Verdict::Fail),
        (
            "GET /x",
            vec![("x-token", "«auth-token-1:base64»")],
            "",
            Verdict::Fail,
        ),
        (
            "POST /x",
            vec![],
            r#"{"a":"«auth-token-1:first-12»"}"#,
            Verdict::Fail,
        ),
    ] {
        let mut journal = known();
        journal.sent(line, &headers, body, 200, "");
        assert_eq!(
            status(rule, &journal),
            Some(verdict),
            "{line} {headers:?} {body}"
        );
    }
    let mut early = Journal::new();
    early.sent("GET /x", &[], "", 200, "");
    assert_eq!(status(rule, &early), None);
}

#[test]
fn a_secret_leaves_the_subject_nowhere() {
    let rule = "secret-never-sent";
    let answered = |line: &str, headers: &[(&str, &str)], body: &str, answer: &str| {
        let mut journal = known();
        let exchange = journal.request(Party::Harness, Party::Subject, line, headers, body);
        journal.answer(exchange, Answerer::Subject, 200, answer);
        status(rule, &journal)
    };
    let bearer = [("authorization", "Bearer «inbound-secret-1»")];
    assert_eq!(
        answered("GET /internal/file/read?path=/a", &bearer, "", "hello"),
        Some(Verdict::Pass)
    );
    assert_eq!(
        answered(
            "GET /internal/file/read?path=/a",
            &bearer,
            "",
            "«inbound-secret-1»"
        ),
        Some(Verdict::Fail)
    );
    let own_file = "GET /internal/file/read?path=%2Fconfigs%2F.platform_inbound_secret";
    assert_eq!(
        answered(own_file, &bearer, "", "«inbound-secret-1»"),
        Some(Verdict::Pass),
        "FILE-008 judges that"
    );
    let echoed = answered(
        "POST /",
        &[],
        "say «inbound-secret-1»",
        "you said «inbound-secret-1»",
    );
    assert_eq!(
        echoed,
        Some(Verdict::Pass),
        "the caller gave it away itself"
    );
    let mut journal = known();
    journal.heartbeat(&bearer);
    assert_eq!(status(rule, &journal), Some(Verdict::Fail));
    let mut legacy = Journal::new();
    legacy.heartbeat(&[]);
    assert_eq!(status(rule, &legacy), None);
}

#[test]
fn no_spelling_of_a_credential_is_printed() {
    let rule = "no-credential-printed";
    for (line, verdict) in [
        ("registered with abcdefgh...", Verdict::Pass),
        ("token «auth-token-1:first-12»...", Verdict::Fail),
        ("secret «inbound-secret-1:base64»", Verdict::Fail),
        ("the message was «decoy-1»", Verdict::Pass),
    ] {
        let mut journal = known();
        journal.log(line);
        assert_eq!(status(rule, &journal), Some(verdict), "{line}");
    }
    let mut early = Journal::new();
    early.log("hello");
    assert_eq!(status(rule, &early), None);
    assert_eq!(status(rule, &known()), None);
}

#[test]
fn a_credential_file_of_the_subject_is_private() {
    for (rule, path) in [
        ("token-file-private", TOKEN),
        ("secret-file-private", SECRET),
    ] {
        let mut journal = Journal::new();
        journal.file(path, 0o644, 1, "planted", true);
        journal.gone(path);
        assert_eq!(
            status(rule, &journal),
            None,
            "the harness may plant what it likes"
        );
        journal.file(path, 0o600, 2, "own", false);
        assert_eq!(status(rule, &journal), Some(Verdict::Pass));
        journal.file(path, 0o640, 3, "own", false);
        assert_eq!(status(rule, &journal), Some(Verdict::Fail));
    }
}

#[test]
fn an_overwritten_wide_file_is_forgiven_for_the_token_only() {
    for (rule, path, verdict) in [
        ("token-file-private", TOKEN, None),
        ("secret-file-private", SECRET, Some(Verdict::Fail)),
    ] {
        let mut journal = Journal::new();
        journal.file(path, 0o644, 1, "planted", true);
        journal.file(path, 0o644, 1, "overwritten", false);
        assert_eq!(status(rule, &journal), verdict, "{path}");
    }
}

#[test]
fn a_credential_outside_the_configs_directory_is_found() {
    let rule = "credentials-in-configs-only";
    let mut journal = known();
    journal.file("tmp/notes", 0o600, 1, "nothing of interest", false);
    assert_eq!(status(rule, &journal), None);
    journal.file(TOKEN, 0o600, 2, "«auth-token-1»", false);
    journal.file("home/planted", 0o600, 3, "«auth-token-1»", true);
    journal.file("home/planted", 0o600, 3, "«auth-token-1» again", false);
    assert_eq!(status(rule, &journal), Some(Verdict::Pass));
    journal.file(
        "tmp/copy",
        0o600,
        4,
        "saved «inbound-secret-1:base64»",
        false,
    );
    assert_eq!(status(rule, &journal), Some(Verdict::Fail));
}

#[test]
fn credential_files_are_looked_for_where_the_scenario_puts_them() {
    let mut plan = plan(vec![start()]);
    plan.subject.configs_directory = Some("./configs/deep/".into());
    let mut journal = Journal::new();
    journal.file("configs/deep/.auth_token", 0o666, 1, "x", false);
    journal.file(TOKEN, 0o600, 2, "x", false);
    let judgement = judge(&plan, &catalogue(), &journal.events, &Terms::default());
    let finding = judgement
        .findings
        .iter()
        .find(|finding| finding.check == "token-file-private")
        .unwrap();
    assert_eq!((finding.status, finding.witness.len()), (Verdict::Fail, 1));
    assert_eq!(
        finding.seen,
        "1 of 1 differ, first `configs/deep/.auth_token` had mode 0666 and 1 bytes, content `x`"
    );
}
