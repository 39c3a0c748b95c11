//! The disk as a witness: what each observer decides, and what is said where the best one cannot be had.

use protocol::journal::{DiskCallClass, Event, Fact, Party};

use crate::program::{proofmark, run, run_with_result};

/// A scenario whose checks need every state that a file had.
const TRANSITION: &str = "disk/token-private-from-birth";

fn verdicts(result: &serde_json::Value) -> Vec<&str> {
    let scenarios = result["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .map(|scenario| scenario["verdict"].as_str().unwrap())
        .collect()
}

#[test]
fn tracing_decides_what_looking_leaves_undecided() {
    let (ran, result, _out) = run_with_result(&["run", TRANSITION, "--disk", "trace"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(verdicts(&result), ["pass", "pass"]);
    assert_eq!(result["identity"]["disk-observer"], "trace");
    for observer in ["notify", "stat"] {
        let (ran, result, _out) = run_with_result(&["run", TRANSITION, "--disk", observer]);
        assert_eq!(ran.code, 3, "{}", ran.out);
        assert_eq!(verdicts(&result), ["inconclusive", "inconclusive"]);
        assert_eq!(result["identity"]["disk-observer"], observer);
        assert!(
            ran.out.contains("`--disk trace` sees them all"),
            "{}",
            ran.out
        );
        assert!(ran.out.contains("blame: environment"), "{}", ran.out);
        assert!(
            ran.out.contains(&format!("--disk {observer}")),
            "the command to play it again: {}",
            ran.out
        );
    }
}

#[test]
fn a_crash_point_whose_name_is_no_pattern_can_be_played_alone() {
    let name = "disk/every-crash-point-converges[04-rename-.auth_token]";
    let (ran, result, _out) = run_with_result(&["run", name]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.error);
    let scenarios = result["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 1);
    assert_eq!(scenarios[0]["name"], name);
}

#[test]
fn what_a_look_can_decide_needs_no_tracer() {
    let ran = run(&[
        "run",
        "token/stored-exactly",
        "token/same-token-leaves-the-file-alone",
        "--disk",
        "stat",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_weaker_observer_still_condemns_what_it_saw() {
    let ran = run(&[
        "run",
        "token/private-under-any-umask",
        "--disk",
        "stat",
        "--defect",
        "token-world-readable",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.out);
}

#[test]
fn a_disk_fault_without_a_tracer_is_the_machines_affair() {
    let ran = run(&["run", "disk/token-on-a-full-disk", "--disk", "notify"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out.contains("needs `--disk trace`") && ran.out.contains("blame: environment"),
        "{}",
        ran.out
    );
}

#[test]
fn where_tracing_is_refused_one_sentence_says_so_and_the_next_best_observer_is_used() {
    // A process has one tracer only, so under ours nobody else can trace.
    let directory = tempfile::tempdir().unwrap();
    let watched = directory.path().to_str().unwrap();
    let inner = env!("CARGO_BIN_EXE_proofmark");
    let words = [
        "watch",
        "--dir",
        watched,
        "--",
        inner,
        "run",
        "token/stored-exactly",
        TRANSITION,
    ];
    let output = proofmark(&words).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let said: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("already traced by process"))
        .collect();
    assert_eq!(said.len(), 1, "{text}");
    assert!(
        said[0].contains("the disk is observed by notify, not by tracing"),
        "{text}"
    );
    assert!(said[0].contains("run without a debugger"), "{text}");
    assert!(
        text.contains("incomplete: 1 passed, 0 failed, 2 inconclusive"),
        "{text}"
    );
}

#[test]
fn an_unknown_observer_is_a_usage_error() {
    let ran = run(&["run", "--disk", "ptrace"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("auto, trace, notify and stat"),
        "{}",
        ran.error
    );
}

#[test]
fn every_crash_point_is_played_and_their_number_is_printed() {
    let (ran, result, _out) = run_with_result(&["run", "disk/every-crash-point-converges"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let scenarios = result["scenarios"].as_array().unwrap();
    let said = format!("{} crash points found and played", scenarios.len());
    assert!(
        scenarios.len() >= 8 && ran.out.contains(&said),
        "{}",
        ran.out
    );
    // Any of them can be played alone.
    let name = scenarios[0]["name"].as_str().unwrap();
    let (ran, result, _out) = run_with_result(&["run", name]);
    assert_eq!(
        (ran.code, verdicts(&result)),
        (0, vec!["pass"]),
        "{}",
        ran.out
    );
    let ran = run(&["run", "disk/every-crash-point-converges[99-rename-nothing]"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("no crash point"), "{}", ran.out);
}

#[test]
fn calls_stand_in_the_journal_before_the_requests_that_follow_them() {
    let (ran, _, out) = run_with_result(&["run", "register/first-boot", "--disk", "trace"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let text =
        std::fs::read_to_string(out.path().join("journals/register/first-boot.ndjson")).unwrap();
    let events: Vec<Event> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rename = events.iter().position(|event| {
        matches!(&event.fact, Fact::DiskCall(call)
            if call.class == DiskCallClass::Rename && call.to.as_deref() == Some("configs/.auth_token"))
    });
    let answer = events.iter().position(|event| {
        matches!(&event.fact, Fact::Answer(answer)
            if answer.status == Some(200) && answer.body.as_text().is_some_and(|text| text.contains("«auth-token-1»")))
    });
    let heartbeat = events.iter().position(|event| {
        matches!(&event.fact, Fact::Request(request)
            if request.from == Party::Subject && request.path == "/registry/heartbeat")
    });
    let (answer, rename, heartbeat) = (answer.unwrap(), rename.unwrap(), heartbeat.unwrap());
    assert!(
        answer < rename && rename < heartbeat,
        "{answer} {rename} {heartbeat}"
    );
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].at_us <= pair[1].at_us && pair[0].seq + 1 == pair[1].seq)
    );
}
