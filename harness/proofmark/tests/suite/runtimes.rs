//! Runtimes by manifest: a sample in another language, and manifests that cannot work.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::program::{Ran, ended, proofmark, run, run_with_result};

fn sample() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/runtimes/python-container/runtime.yaml")
        .to_string_lossy()
        .into_owned()
}

/// A manifest in a directory of its own, with this program and whatever else is wanted.
fn manifest(argv: &str, rest: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("runtime.yaml");
    let text = format!(
        "runtime: {{ name: odd, version: \"1\", revision: r2, profile: container }}\nlaunch: {{ argv: {argv} }}\n{rest}\n"
    );
    fs::write(&path, text).unwrap();
    let shown = path.to_string_lossy().into_owned();
    (directory, shown)
}

fn judged(path: &str) -> Ran {
    run(&["run", "register/first-boot", "--runtime", path])
}

/// Processes whose command line has this word in it.
fn left_running(word: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ours = std::process::id().to_string();
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !path.ends_with(&ours))
        .filter(|path| {
            fs::read_to_string(path.join("cmdline")).is_ok_and(|line| line.contains(word))
        })
        .collect()
}

#[test]
fn the_sample_in_python_conforms_and_its_mistakes_are_seen() {
    let (ran, result, _out) = run_with_result(&[
        "run",
        "register/*",
        "token/*",
        "secret/*",
        "--strict",
        "--runtime",
        &sample(),
    ]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out
            .contains("sample-python-container 1.0.0 (container/r2+, strict"),
        "{}",
        ran.out
    );
    assert_eq!(
        result["identity"]["subject"],
        "sample-python-container 1.0.0"
    );
    let directory = Path::new(&sample())
        .parent()
        .unwrap()
        .join("runtime.py")
        .to_string_lossy()
        .into_owned();
    let mistaken = format!("python3 {directory} --fault token-newline");
    let ran = run(&[
        "run",
        "token/stored-exactly",
        "--revision",
        "r2+",
        "--subject-command",
        &mistaken,
    ]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        ran.out.contains("requirements violated: TOK-002"),
        "{}",
        ran.out
    );
}

#[test]
fn what_a_manifest_takes_from_the_environment_stands_in_no_output() {
    const KEY: &str = "sk-a-key-of-somebody-0123456789";
    let program = Path::new(&sample()).with_file_name("runtime.py");
    let argv = format!("[python3, \"{}\"]", program.display());
    let with_key = |words: &[&str]| {
        ended(
            proofmark(words)
                .env("PROOFMARK_TEST_KEY", KEY)
                .output()
                .unwrap(),
        )
    };
    let rest = "capabilities: { claims: [pacing] }\nsetup: [{ argv: [/bin/sh, -c, \"echo using ${ENV:PROOFMARK_TEST_KEY}; exit 4\"] }]";
    let (_directory, path) = manifest(&argv, rest);
    let ran = with_key(&["run", "register/first-boot", "--runtime", &path]);
    assert!(
        ran.error.contains("using «environment-1»") && !ran.error.contains(KEY),
        "{}",
        ran.error
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("runtime.yaml");
    let text = format!(
        "runtime: {{ name: odd, version: \"1\", revision: r2, profile: container }}\nlaunch:\n  argv: {argv}\n  env: {{ API_KEY: \"${{ENV:PROOFMARK_TEST_KEY}}\" }}\n"
    );
    fs::write(&path, text).unwrap();
    let out = directory.path().join("out");
    let (path, shown) = (path.to_str().unwrap(), out.to_str().unwrap());
    let ran = with_key(&[
        "run",
        "register/first-boot",
        "--runtime",
        path,
        "--out",
        shown,
    ]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let journal = fs::read_to_string(out.join("journals/register/first-boot.ndjson")).unwrap();
    assert!(journal.contains("API_KEY=«environment-1»") && !journal.contains(KEY));
}

#[test]
fn mistakes_in_a_manifest_are_shown_where_they_stand() {
    let (_directory, path) = manifest("[\"true\", \"${PROT}\"]", "stoop: {}");
    let ran = judged(&path);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error.contains("unknown key `stoop`") && ran.error.contains("^^^^^"),
        "{}",
        ran.error
    );
    let (_directory, path) = manifest("[\"true\", \"${PROT}\"]", "");
    let ran = judged(&path);
    assert!(ran.error.contains("did you mean `PORT`?"), "{}", ran.error);
    let ran = judged("/no/such/runtime.yaml");
    assert_eq!(ran.code, 2);
    assert!(
        ran.error
            .contains("cannot read the manifest `/no/such/runtime.yaml`"),
        "{}",
        ran.error
    );
    let (_directory, path) = manifest("[\"true\", \"${ENV:PROOFMARK_NEVER_SET}\"]", "");
    let ran = judged(&path);
    assert!(
        ran.code == 2 && ran.error.contains("`PROOFMARK_NEVER_SET` is not set"),
        "{}",
        ran.error
    );
}

#[test]
fn a_program_that_does_not_exist_or_ends_at_once_is_named() {
    let (_directory, path) = manifest("[/no/such/program]", "");
    let ran = judged(&path);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("/no/such/program"), "{}", ran.out);
    let (_directory, path) = manifest("[/bin/sh, -c, exit 7]", "");
    let ran = judged(&path);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out.contains("the subject exited with code 7"),
        "{}",
        ran.out
    );
}

#[test]
fn a_runtime_that_is_never_ready_is_given_up_after_its_own_limit() {
    let begun = Instant::now();
    let (_directory, path) = manifest(
        "[/bin/sh, -c, \"exec sleep 61.25\"]",
        "ready: { within: 1s }",
    );
    let ran = judged(&path);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.out.contains("did not register within 1.0 s"),
        "{}",
        ran.out
    );
    assert!(begun.elapsed() < Duration::from_secs(20) && left_running("61.25").is_empty());
}

#[test]
fn a_flood_of_output_and_deafness_to_term_hold_nothing_up() {
    let begun = Instant::now();
    let script = "trap '' TERM; head -c 100000000 /dev/zero | tr '\\\\0' 'x' | fold -w 1000; while :; do sleep 62.25; done";
    let (_directory, path) = manifest(
        &format!("[/bin/sh, -c, \"{script}\"]"),
        "ready: { within: 3s }",
    );
    let (ran, _, out) = run_with_result(&["run", "register/first-boot", "--runtime", &path]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(left_running("62.25").is_empty());
    let kept: u64 = fs::read_dir(out.path().join("journals"))
        .unwrap()
        .flatten()
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    // Some of it is kept, and no more than that.
    assert!(
        (1024 * 1024..8 * 1024 * 1024).contains(&kept),
        "{kept} bytes of journal"
    );
}

#[test]
fn a_setup_runs_once_and_its_failure_is_shown() {
    let (directory, path) = manifest(
        "[/bin/sh, -c, exit 7]",
        "setup: [{ argv: [/bin/sh, -c, \"echo once >> ${MANIFEST_DIR}/made\"] }]",
    );
    assert_eq!(judged(&path).code, 3);
    assert_eq!(
        fs::read_to_string(directory.path().join("made")).unwrap(),
        "once\n"
    );
    let (_directory, path) = manifest(
        "[\"true\"]",
        "setup: [{ argv: [/bin/sh, -c, \"echo no network; exit 4\"] }]",
    );
    let ran = judged(&path);
    assert_eq!(ran.code, 3, "{}", ran.error);
    assert!(
        ran.error.contains("the setup's `/bin/sh` failed") && ran.error.contains("no network"),
        "{}",
        ran.error
    );
    let (_directory, path) = manifest(
        "[\"true\"]",
        "setup: [{ argv: [sleep, \"63\"], within: 200ms }]",
    );
    let ran = judged(&path);
    assert!(
        ran.code == 3 && ran.error.contains("did not end within"),
        "{}",
        ran.error
    );
    let (_directory, path) = manifest(
        "[\"true\"]",
        "setup: [{ argv: [/bin/sh, -c, \"sleep 64.25; true\"], within: 200ms }]",
    );
    assert_eq!(judged(&path).code, 3);
    assert!(left_running("64.25").is_empty());
}
