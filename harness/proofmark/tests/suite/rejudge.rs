//! Recordings: judged again they give the verdicts of the run, and other verdicts once they tell something else.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{Ran, run, run_with_result};

/// Scenarios that share a start, have one alone, kill the subject at every call, and are not played at all.
const PART: [&str; 5] = [
    "token/stored-exactly",
    "token/private-under-any-umask",
    "gate/*",
    "disk/every-crash-point-converges",
    "disk/token-replaced-as-a-whole",
];

struct Recorded {
    ran: Ran,
    result: Value,
    directory: tempfile::TempDir,
}

fn record(words: &[&str]) -> Recorded {
    let mut all = vec!["run"];
    all.extend(words);
    let (ran, result, directory) = run_with_result(&all);
    Recorded {
        ran,
        result,
        directory,
    }
}

impl Recorded {
    fn path(&self) -> &str {
        self.directory.path().to_str().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Judges it again.
    fn again(&self, words: &[&str]) -> (Ran, Value) {
        let mut all = vec!["rejudge", self.path()];
        all.extend(words);
        let (ran, result, _directory) = run_with_result(&all);
        (ran, result)
    }

    /// Changes the first line of a journal that has all of the marks.
    fn edit(&self, journal: &str, marks: &[&str], change: impl Fn(&mut Value)) {
        let path = self.file(journal);
        let text = fs::read_to_string(&path).unwrap();
        let mut is_done = false;
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                if is_done || !marks.iter().all(|mark| line.contains(mark)) {
                    return line.to_owned();
                }
                is_done = true;
                let mut event = serde_json::from_str(line).unwrap();
                change(&mut event);
                event.to_string()
            })
            .collect();
        assert!(is_done, "no line of {journal} has {marks:?}");
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }
}

/// Scenario by scenario, findings with their witnesses and all.
fn assert_same(recorded: &Recorded, words: &[&str]) {
    let (ran, result) = recorded.again(words);
    assert_eq!(ran.code, recorded.ran.code, "{}\n{}", ran.out, ran.error);
    let scenarios = |result: &Value| result["scenarios"].as_array().unwrap().clone();
    let (then, now) = (scenarios(&recorded.result), scenarios(&result));
    assert_eq!(then.len(), now.len());
    for (then, now) in then.iter().zip(&now) {
        assert_eq!(then, now);
    }
    assert_eq!(recorded.result["counts"], result["counts"]);
    assert_eq!(recorded.result["exit-code"], result["exit-code"]);
    let count = then.len();
    assert!(
        ran.out
            .contains(&format!("same verdicts as saved: {count} of {count}")),
        "{}",
        ran.out
    );
    assert_eq!(ran.error, "");
}

fn scenario<'a>(result: &'a Value, name: &str) -> &'a Value {
    result["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name)
        .unwrap()
}

/// The requirements that a scenario violates.
fn violated(scenario: &Value) -> Vec<String> {
    let findings = scenario["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["verdict"] == "fail")
        .flat_map(|finding| finding["requirements"].as_array().unwrap())
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

fn is_written(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|entries| entries.count() > 0)
}

#[test]
fn a_part_of_the_suite_gets_the_verdicts_of_its_run() {
    let recorded = record(&PART);
    assert_eq!(recorded.ran.code, 0, "{}", recorded.ran.out);
    assert_same(&recorded, &[]);
    let (ran, result) = recorded.again(&["-v"]);
    let header = recorded.ran.out.lines().next().unwrap();
    assert!(ran.out.starts_with(header), "{}", ran.out);
    for part in [
        "  disk/every-crash-point-converges: 8 crash points found and played",
        "; nothing is started",
        "PASS disk/every-crash-point-converges[",
        "PASS token/private-under-any-umask[umask=000]",
    ] {
        assert!(
            ran.out.contains(part),
            "{part:?} is missing in:\n{}",
            ran.out
        );
    }
    assert_eq!(
        result["identity"]["judged-first-by"]["suite"],
        recorded.result["identity"]["suite"]
    );
}

#[test]
fn defects_on_the_wire_and_on_the_disk_are_found_again() {
    for (defect, requirement) in [("gate-any-case", "SEC-012"), ("token-in-place", "TOK-006")] {
        let mut words = PART.to_vec();
        words.extend(["--defect", defect]);
        let recorded = record(&words);
        assert_eq!(recorded.ran.code, 1, "{}", recorded.ran.out);
        assert_same(&recorded, &[]);
        let (ran, _) = recorded.again(&[]);
        assert!(
            ran.out.contains(requirement) && ran.out.contains("requirements violated"),
            "{}",
            ran.out
        );
        assert!(
            ran.out.contains(&format!("--defect {defect}")),
            "{}",
            ran.out
        );
    }
}

#[test]
fn the_whole_suite_gets_the_verdicts_of_its_run() {
    let recorded = record(&[]);
    assert!(recorded.result["scenarios"].as_array().unwrap().len() > 150);
    assert_same(&recorded, &[]);
}

#[test]
fn a_run_of_a_subject_that_never_registers_stays_unjudged() {
    let recorded = record(&[
        "token/*",
        "--boot-within",
        "300ms",
        "--subject-command",
        "sleep",
        "60",
    ]);
    assert_eq!(recorded.ran.code, 3, "{}", recorded.ran.out);
    assert_same(&recorded, &[]);
    let (ran, _) = recorded.again(&[]);
    assert!(ran.out.contains("nothing was judged: "), "{}", ran.out);
}

#[test]
fn an_origin_taken_out_of_a_journal_is_missed() {
    let recorded = record(&["token/stored-exactly"]);
    let journal = "journals/token/stored-exactly.ndjson";
    recorded.edit(journal, &["\"request\"", "/registry/register"], |event| {
        let headers = event["fact"]["request"]["headers"].as_array_mut().unwrap();
        headers.retain(|header| header["name"] != "origin");
    });
    let (ran, result) = recorded.again(&[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert_eq!(
        violated(scenario(&result, "token/stored-exactly")),
        ["WAF-001"]
    );
    for part in [
        "differs: token/stored-exactly: was pass and is fail",
        "  then         everything holds",
        "  now          origin-on-every-platform-request (WAF-001): ",
        "other verdicts than saved: 1 of 1",
    ] {
        assert!(
            ran.out.contains(part),
            "{part:?} is missing in:\n{}",
            ran.out
        );
    }
}

#[test]
fn a_mode_widened_in_a_journal_is_seen() {
    let name = "token/private-under-any-umask[umask=000]";
    let recorded = record(&[name]);
    let journal = "journals/token/private-under-any-umask_umask_000_.ndjson";
    let text = fs::read_to_string(recorded.file(journal)).unwrap();
    let last = |line: &&str| line.contains(r#""disk":{"path":"configs/.auth_token""#);
    let at = text
        .lines()
        .rfind(last)
        .unwrap()
        .split(",\"fact\"")
        .next()
        .unwrap()
        .to_owned();
    recorded.edit(journal, &[&at], |event| {
        event["fact"]["disk"]["state"]["present"]["mode"] = 0o644.into();
    });
    let (ran, result) = recorded.again(&[]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.error);
    let violated = violated(scenario(&result, name));
    assert!(violated.contains(&"TOK-003".to_owned()), "{violated:?}");
    // A judgement that is written down is a recording itself.
    let other = tempfile::tempdir().unwrap();
    let path = other.path().to_str().unwrap();
    run(&["rejudge", recorded.path(), "--out", path]);
    let ran = run(&[
        "rejudge",
        recorded.path(),
        "--against",
        &format!("{path}/result.json"),
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("same verdicts as saved: 1 of 1"),
        "{}",
        ran.out
    );
    let ran = run(&["rejudge", path]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("same verdicts as saved: 1 of 1"),
        "{}",
        ran.out
    );
}

#[test]
fn a_verdict_that_no_longer_fails_is_no_success() {
    let recorded = record(&["token/stored-exactly", "--defect", "token-with-newline"]);
    let path = recorded.file("journals/token/stored-exactly.ndjson");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(r"»\n", "»")).unwrap();
    let (ran, _) = recorded.again(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("was fail and is pass"), "{}", ran.out);
}

#[test]
fn a_broken_and_a_cut_line_cost_their_scenarios_and_no_other() {
    let recorded = record(&[
        "token/stored-exactly",
        "token/kept-when-omitted",
        "token/file-before-environment",
    ]);
    let broken = recorded.file("journals/token/stored-exactly.ndjson");
    let text = fs::read_to_string(&broken).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 4 { "{oops" } else { line })
        .collect();
    fs::write(&broken, lines.join("\n")).unwrap();
    let cut = recorded.file("journals/token/kept-when-omitted.ndjson");
    let text = fs::read_to_string(&cut).unwrap();
    let last = text.lines().count();
    fs::write(&cut, &text[..text.len() - 9]).unwrap();
    let (ran, result) = recorded.again(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out.contains(&format!(
            "{}:5: this is no event of a journal: ",
            broken.display()
        )),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(&format!(
            "{}:{last}: this is no event of a journal: it is cut short",
            cut.display()
        )),
        "{}",
        ran.out
    );
    assert_eq!(
        scenario(&result, "token/file-before-environment")["verdict"],
        "pass"
    );
    assert!(
        ran.out.contains("same verdicts as saved: 1 of 1"),
        "{}",
        ran.out
    );
}

#[test]
fn journals_without_a_scenario_and_scenarios_without_a_journal_are_named() {
    let recorded = record(&["token/stored-exactly", "token/kept-when-omitted"]);
    fs::rename(
        recorded.file("journals/token/kept-when-omitted.ndjson"),
        recorded.file("journals/token/of-old.ndjson"),
    )
    .unwrap();
    let path = recorded.file("result.json");
    let text = fs::read_to_string(&path).unwrap();
    let renamed = text.replace(
        "\"name\": \"token/stored-exactly\"",
        "\"name\": \"token/of-yore\"",
    );
    fs::write(&path, renamed).unwrap();
    let (ran, _) = recorded.again(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    for part in [
        "`token/of-yore` was recorded and is no scenario of this suite",
        "token/of-old.ndjson` belongs to no",
    ] {
        assert!(
            ran.error.contains(part),
            "{part:?} is missing in:\n{}",
            ran.error
        );
    }
    assert!(ran.out.contains("cannot read the journal `"), "{}", ran.out);
}

#[test]
fn other_formats_are_refused_with_a_sentence() {
    let recorded = record(&["token/stored-exactly"]);
    recorded.edit(
        "journals/token/stored-exactly.ndjson",
        &["\"seq\":0,"],
        |event| {
            event["fact"]["stage"]["format"] = 99.into();
        },
    );
    let (ran, _) = recorded.again(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out
            .contains("this journal has the format 99, and this Proofmark reads 2"),
        "{}",
        ran.out
    );
    let path = recorded.file("result.json");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replacen("\"format\": 3", "\"format\": 99", 1);
    fs::write(&path, text).unwrap();
    let ran = run(&["rejudge", recorded.path()]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error
            .contains("has the format 99, and this Proofmark reads 3"),
        "{}",
        ran.error
    );
}

#[test]
fn a_directory_that_is_no_recording_is_refused_and_nothing_is_written() {
    let (empty, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let words = [
        "rejudge",
        empty.path().to_str().unwrap(),
        "--out",
        out.path().to_str().unwrap(),
    ];
    let ran = run(&words);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error.contains("result.json") && ran.error.contains("proofmark run --out DIR"),
        "{}",
        ran.error
    );
    assert!(!is_written(out.path()));
    let recorded = record(&["token/stored-exactly"]);
    let ran = run(&["rejudge", recorded.path(), "--out", recorded.path()]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("is the recording itself"),
        "{}",
        ran.error
    );
}

#[test]
fn waivers_are_judged_as_of_the_day_of_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waivers.yaml");
    let line = "  - { requirement: TOK-002, reason: known, owner: ada, issue: \"#7\", expires: 9999-12-31 }\n";
    fs::write(&path, format!("waivers:\n{line}")).unwrap();
    let waivers = ["--waivers", path.to_str().unwrap()];
    let mut words = vec!["token/stored-exactly", "--defect", "token-with-newline"];
    words.extend(waivers);
    let recorded = record(&words);
    assert_eq!(recorded.ran.code, 0, "{}", recorded.ran.out);
    assert_same(&recorded, &waivers);
    let (ran, _) = recorded.again(&[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        ran.out
            .contains("it was judged with waivers, and none are given now"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("was warn and is fail"), "{}", ran.out);
}

#[test]
fn a_changed_suite_is_said_in_one_sentence() {
    let recorded = record(&["token/stored-exactly"]);
    let path = recorded.file("result.json");
    let suite = recorded.result["identity"]["suite"].as_str().unwrap();
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace(suite, &"0".repeat(64));
    fs::write(&path, text).unwrap();
    let (ran, _) = recorded.again(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(
        ran.out.matches("its scenarios may have changed").count(),
        1,
        "{}",
        ran.out
    );
}

#[test]
fn whose_failure_it_was_does_not_hang_on_its_words() {
    let recorded = record(&["disk/token-on-a-full-disk", "--disk", "notify"]);
    assert_eq!(recorded.result["scenarios"][0]["blame"], "environment");
    for (failure, blame) in [
        (
            json!({ "kind": "environment", "text": "dazu fehlt die Spur" }),
            "environment",
        ),
        (
            json!({ "kind": "harness", "text": "permission denied" }),
            "harness",
        ),
        (
            json!({ "kind": "platform", "text": "address already in use" }),
            "platform",
        ),
        // As journals had it before there were kinds.
        (json!("no space left on device"), "harness"),
    ] {
        recorded.edit(
            "journals/disk/token-on-a-full-disk.ndjson",
            &["harness-failed"],
            |event| {
                event["fact"]["step"]["phase"]["ended"]["harness-failed"] = failure.clone();
            },
        );
        let (ran, result) = recorded.again(&[]);
        assert_eq!(
            result["scenarios"][0]["blame"], blame,
            "{}{}",
            ran.out, ran.error
        );
    }
}
