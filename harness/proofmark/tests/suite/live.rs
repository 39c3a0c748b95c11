//! The same scenarios on a live platform: a stand-alone double behind an edge that ends TLS.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::deaf_edge::DeafEdge;
use crate::platform::Standing;
use crate::program::{Ran, ended, proofmark};
use crate::tenant::{ADMIN, CONTROL, Platform};
use crate::tls_front::TlsFront;

/// Verdicts by scenario, of those that were played.
fn verdicts(result: &Value) -> BTreeMap<String, String> {
    let scenarios = result["scenarios"].as_array().unwrap();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    scenarios
        .iter()
        .filter(|entry| entry["verdict"] != "not-applicable")
        .map(|entry| (text(entry, "name"), text(entry, "verdict")))
        .collect()
}

fn result_in(directory: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(directory.join("result.json")).unwrap()).unwrap()
}

#[test]
fn a_live_platform_gives_the_verdicts_of_the_double() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = |directory: &tempfile::TempDir| directory.path().to_string_lossy().into_owned();
    let double = ended(proofmark(&["run", "--out", &out(&ours)]).output().unwrap());
    let live = platform.run(&front, "run", &["--out", &out(&theirs)]);
    let (double_verdicts, live_result) =
        (verdicts(&result_in(ours.path())), result_in(theirs.path()));
    let live_verdicts = verdicts(&live_result);
    for (name, verdict) in &live_verdicts {
        assert_eq!(
            double_verdicts.get(name),
            Some(verdict),
            "{name}\n{}",
            live.out
        );
    }
    assert_eq!(
        (double.code, live.code),
        (0, 0),
        "{}{}",
        live.out,
        live.error
    );
    assert!(
        live_verdicts.len() * 3 >= double_verdicts.len() * 2,
        "{} apply",
        live_verdicts.len()
    );
    for entry in live_result["scenarios"].as_array().unwrap() {
        let is_idle = entry["verdict"] == "not-applicable";
        assert!(
            !is_idle || entry["reason"].as_str().is_some_and(|why| !why.is_empty()),
            "{entry}"
        );
    }
    // Nothing is left there, and no credential of the environment came out anywhere.
    let swept = platform.run(&front, "sweep", &["--by-name"]);
    assert!(
        swept.code == 0 && !swept.out.contains("deleted"),
        "{}{}",
        swept.out,
        swept.error
    );
    let everything = [live.out, live.error, files_in(theirs.path())].concat();
    assert!(!everything.contains(ADMIN) && !everything.contains(CONTROL));
    let rejudged = ended(proofmark(&["rejudge", &out(&theirs)]).output().unwrap());
    assert_eq!(rejudged.code, 0, "{}{}", rejudged.out, rejudged.error);
}

/// The text of every file below a directory.
fn files_in(directory: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.push_str(&files_in(&path));
        } else {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
    all
}

#[test]
fn seeded_defects_fail_there_as_they_do_on_the_double() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    for (defect, selected) in [
        ("no-origin-on-register", "edge/*"),
        ("token-briefly-readable", "token/stored-exactly"),
    ] {
        let violated = |ran: &Ran| {
            let line = ran
                .out
                .lines()
                .find(|line| line.starts_with("requirements violated: "));
            line.map(str::to_owned)
        };
        let double = ended(
            proofmark(&["run", selected, "--defect", defect])
                .output()
                .unwrap(),
        );
        let live = platform.run(&front, "run", &[selected, "--defect", defect]);
        assert_eq!(
            (double.code, live.code),
            (1, 1),
            "{defect}\n{}\n{}{}",
            double.out,
            live.out,
            live.error
        );
        assert_eq!(violated(&double), violated(&live), "{defect}\n{}", live.out);
    }
}

#[test]
fn what_a_killed_run_leaves_is_told_and_swept() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let mut child = platform.creating(&front);
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = platform.run(&front, "run", &["heartbeat/soon-after-register"]);
    assert!(
        refused.code == 5 && refused.error.contains("proofmark-"),
        "{}{}",
        refused.out,
        refused.error
    );
    let swept = platform.run(&front, "sweep", &[]);
    assert!(
        swept.code == 0 && swept.out.contains("deleted proofmark-"),
        "{}{}",
        swept.out,
        swept.error
    );
    let again = platform.run(&front, "sweep", &["--by-name"]);
    assert!(
        again.code == 0 && !again.out.contains("deleted"),
        "{}{}",
        again.out,
        again.error
    );
    let ran = platform.run(&front, "run", &["heartbeat/soon-after-register"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
}

#[test]
fn an_interrupted_run_gives_everything_back_and_shows_its_credentials_to_nobody() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let mut child = platform.creating(&front);
    let mut ours = 0;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        // Processes come and go; those without a command line are the kernel's.
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        assert!(!line.contains(ADMIN) && !line.contains(CONTROL), "{line}");
        ours += usize::from(line.contains(&platform.leases()));
    }
    assert!(
        ours > 0 || cfg!(not(target_os = "linux")),
        "the run itself was not looked at"
    );
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let swept = platform.run(&front, "sweep", &["--by-name"]);
    assert!(
        swept.code == 0 && !swept.out.contains("deleted"),
        "{}{}",
        swept.out,
        swept.error
    );
    let ran = platform.run(&front, "run", &["heartbeat/soon-after-register"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
}

#[test]
fn no_more_is_created_than_was_allowed() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let ran = platform.run(&front, "run", &["heartbeat/*", "--max-creates", "3"]);
    assert!(
        ran.code == 3 && ran.out.contains("`--max-creates 3` is reached"),
        "{}{}",
        ran.out,
        ran.error
    );
    let leases = std::fs::read_to_string(platform.leases()).unwrap();
    assert_eq!(
        leases
            .lines()
            .filter(|line| line.contains("created"))
            .count(),
        3,
        "{leases}"
    );
    let swept = platform.run(&front, "sweep", &["--by-name"]);
    assert!(
        swept.code == 0 && !swept.out.contains("deleted"),
        "{}{}",
        swept.out,
        swept.error
    );
}

#[test]
fn smoke_needs_one_workspace_and_less_than_a_minute() {
    let platform = Platform::start();
    let front = TlsFront::before(platform.port, false);
    let begun = std::time::Instant::now();
    let ran = platform.run(&front, "run", &["--smoke"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert!(begun.elapsed().as_secs() < 60);
    let leases = std::fs::read_to_string(platform.leases()).unwrap();
    assert_eq!(
        leases
            .lines()
            .filter(|line| line.contains("created"))
            .count(),
        1,
        "{leases}"
    );
}

#[test]
fn an_operator_alone_is_enough_and_what_he_cannot_offer_accuses_nobody() {
    for revision in ["r1", "r2"] {
        let platform = Standing::start(
            &["--revision", revision],
            &[("PROOFMARK_ADMIN_TOKEN", ADMIN)],
        );
        let leases = tempfile::tempdir().unwrap();
        let mut words = vec![
            "run",
            "--platform",
            &platform.origin,
            "--allow-tenant",
            "127.0.0.1",
        ];
        words.extend(["--request-rate", "5000", "--platform-revision", revision]);
        for area in ["a2a", "process", "register", "secret", "source", "token"] {
            words.extend(["--area", area]);
        }
        let mut command = proofmark(&words);
        command
            .arg("--leases")
            .arg(leases.path().join("leases.ndjson"))
            .env("PROOFMARK_ADMIN_TOKEN", ADMIN);
        let ran = ended(command.output().unwrap());
        assert!(
            ran.code == 0 && ran.out.contains(" 0 inconclusive, "),
            "{revision}: {}{}",
            ran.out,
            ran.error
        );
        // Without the operator's token nothing could be given back once the first token is live.
        let mut command = proofmark(&words);
        let refused = ended(
            command
                .env_remove("PROOFMARK_ADMIN_TOKEN")
                .output()
                .unwrap(),
        );
        assert!(
            refused.code == 2 && refused.error.contains("PROOFMARK_ADMIN_TOKEN"),
            "{}",
            refused.error
        );
    }
}

#[test]
fn an_edge_that_eats_the_rest_makes_a_runtime_online_but_deaf() {
    let platform = Platform::start();
    let edge = DeafEdge::before(platform.port, ADMIN);
    let url = format!("http://127.0.0.1:{}", edge.port);
    let mut command = proofmark(&[
        "run",
        "--smoke",
        "--platform",
        &url,
        "--allow-tenant",
        "127.0.0.1",
    ]);
    command
        .args(["--leases", &platform.leases()])
        .env("PROOFMARK_ADMIN_TOKEN", ADMIN);
    let ran = ended(command.output().unwrap());
    let said = "online but deaf: register and heartbeat are answered";
    assert!(
        ran.code != 0 && ran.out.contains(said),
        "{}{}",
        ran.out,
        ran.error
    );
    assert!(
        ran.out.contains("with an empty 404, the shape of an edge"),
        "{}",
        ran.out
    );
}

#[test]
fn a_workspace_that_exists_is_left_as_it_was() {
    const ID: &str = "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11";
    const TOKEN: &str = "token-of-an-old-workspace-00";
    const SECRET: &str = "secret-of-an-old-workspace-0";
    let directory = tempfile::tempdir().unwrap();
    let seed = directory.path().join("seed.yaml");
    let text = format!(
        "workspaces: [{{id: {ID}, name: old, tokens-from: [OLD_TOKEN], secret-from: OLD_SECRET}}]\n"
    );
    std::fs::write(&seed, text).unwrap();
    let variables = [
        ("OLD_TOKEN", TOKEN),
        ("OLD_SECRET", SECRET),
        ("PROOFMARK_ADMIN_TOKEN", ADMIN),
        ("PROOFMARK_CONTROL_TOKEN", CONTROL),
    ];
    let platform = Standing::start(&["--seed", &seed.to_string_lossy()], &variables);
    let run = |token: Option<&str>| {
        let mut command = proofmark(&[
            "run",
            "--platform",
            &platform.origin,
            "--allow-tenant",
            "127.0.0.1",
        ]);
        command
            .args(["--workspace", ID, "--leases"])
            .arg(directory.path().join("leases.ndjson"));
        command
            .env("PROOFMARK_CONTROL_TOKEN", CONTROL)
            .env("PROOFMARK_ADMIN_TOKEN", ADMIN);
        command.envs(token.map(|token| ("PROOFMARK_WORKSPACE_TOKEN", token)));
        ended(command.output().unwrap())
    };
    let ran = run(Some(TOKEN));
    assert!(
        ran.code == 0 && ran.out.contains("2 passed, 0 failed"),
        "{}{}",
        ran.out,
        ran.error
    );
    assert!(!ran.out.contains(TOKEN) && !ran.error.contains(TOKEN));
    // It cannot be used without the token that only its owner has, and with a wrong one the answer is told.
    let without = run(None);
    assert!(
        without.code == 2 && without.error.contains("nothing was sent"),
        "{}",
        without.error
    );
    let wrong = run(Some("token-of-somebody-else-00000"));
    assert!(
        wrong.code == 3 && wrong.out.contains("but got 401 and no success"),
        "{}{}",
        wrong.out,
        wrong.error
    );
    let state = format!("/workspaces/{ID}/state");
    assert_eq!(
        platform
            .ask(reqwest::Method::GET, &state, Some(TOKEN), None)
            .0,
        200
    );
    let secret = format!("/proofmark/workspaces/{ID}/secret");
    let (status, shown) = platform.ask(reqwest::Method::GET, &secret, Some(CONTROL), None);
    assert_eq!(
        (status, shown["platform_inbound_secret"].as_str()),
        (200, Some(SECRET))
    );
    let rows = platform
        .ask(reqwest::Method::GET, "/workspaces", Some(ADMIN), None)
        .1;
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(
        std::fs::read_to_string(directory.path().join("leases.ndjson")).unwrap(),
        ""
    );
}
