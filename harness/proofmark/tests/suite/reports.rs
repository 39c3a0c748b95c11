//! What `--out` holds.

use crate::program::run_with_result;

#[test]
fn a_failing_run_writes_every_report_with_the_same_story() {
    let (ran, result, out) =
        run_with_result(&["run", "--area", "token", "--defect", "token-with-newline"]);
    assert_eq!(ran.code, 1);
    assert_eq!(result["format"], 3);
    assert_eq!(result["exit-code"], 1);
    assert_eq!(result["identity"]["defect"], "token-with-newline");
    assert_eq!(result["identity"]["suite"].as_str().unwrap().len(), 64);
    let requirement = result["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "TOK-002")
        .unwrap();
    assert_eq!(requirement["verdict"], "fail");
    let scenario = result["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["verdict"] == "fail")
        .unwrap();
    assert_eq!(scenario["blame"], "subject");
    assert!(
        scenario["again"]
            .as_str()
            .unwrap()
            .ends_with("--defect token-with-newline")
    );
    let finding = scenario["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["verdict"] == "fail")
        .unwrap();
    assert!(
        finding["place"]
            .as_str()
            .unwrap()
            .starts_with("scenarios/token/stored-exactly.yaml:")
    );
    assert!(
        finding["nearest-miss"]["differences"][0]["field"] == "content",
        "{finding}"
    );

    let junit = std::fs::read_to_string(out.path().join("junit.xml")).unwrap();
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("value=\"TOK-002\""),
        "{junit}"
    );
    let summary = std::fs::read_to_string(out.path().join("summary.md")).unwrap();
    assert!(summary.contains("| TOK-002 | MUST | fail |"), "{summary}");
    let journal =
        std::fs::read_to_string(out.path().join("journals/token/stored-exactly.ndjson")).unwrap();
    for (position, line) in journal.lines().enumerate() {
        let event: protocol::journal::Event = serde_json::from_str(line).unwrap();
        assert_eq!(event.seq, position as u64);
    }
}

#[test]
fn the_picture_of_a_failure_says_what_where_why_and_how_again() {
    let (ran, _, _out) = run_with_result(&[
        "run",
        "token/stored-exactly",
        "--defect",
        "token-with-newline",
    ]);
    for part in [
        "FAIL token/stored-exactly   blame: subject",
        "requirement  TOK-002: File content is the token exactly, no trailing newline",
        "expected     `configs/.auth_token` with content equal to `«auth-token-1»`",
        "nearest      #",
        "--> scenarios/token/stored-exactly.yaml:",
        "^^^",
        "around",
        "again        proofmark run token/stored-exactly --defect token-with-newline",
        "requirements violated: TOK-002",
    ] {
        assert!(
            ran.out.contains(part),
            "{part:?} is missing in:\n{}",
            ran.out
        );
    }
}

#[test]
fn colours_are_used_when_asked_for_and_only_then() {
    let plain = crate::program::run(&["run", "token/stored-exactly"]);
    assert!(!plain.out.contains('\u{1b}'));
    let painted = crate::program::run(&["run", "token/stored-exactly", "--color", "always"]);
    assert!(
        painted.out.contains("\u{1b}[32mconformant"),
        "{:?}",
        painted.out
    );
}
