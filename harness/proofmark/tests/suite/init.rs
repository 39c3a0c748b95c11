//! Writing a manifest: whole or not at all, and one that `doctor` and `run` can read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::program::run_in;

fn directory_with(program: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(program), "").unwrap();
    directory
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn flags_make_a_manifest_that_names_files_from_where_it_lies() {
    let directory = directory_with("my runtime.py");
    fs::create_dir(directory.path().join("deep")).unwrap();
    let command = "python3 'my runtime.py' --port ${PORT}";
    let mut words = vec![
        "init",
        "--command",
        command,
        "--name",
        "mine",
        "--to",
        "deep/runtime.yaml",
    ];
    words.extend([
        "--profile",
        "external-poll",
        "--revision",
        "r2+",
        "--heartbeat",
        "30s",
    ]);
    words.extend(["--without", "uploads", "--token-file", "state/token"]);
    let ran = run_in(directory.path(), &words);
    assert_eq!((ran.code, ran.error.as_str()), (0, ""));
    assert!(
        ran.out
            .contains("next: proofmark doctor --runtime deep/runtime.yaml"),
        "{}",
        ran.out
    );
    let path = directory.path().join("deep/runtime.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("# yaml-language-server: $schema="),
        "{text}"
    );
    for line in [
        "  name: mine",
        "  revision: r2+",
        "  profile: external-poll",
        "  argv: [python3, \"${MANIFEST_DIR}/../my runtime.py\", \"--port\", \"${PORT}\"]",
        "capabilities: { without: [uploads] }",
        "  - { holds: token, path: \"${HOME}/state/token\" }",
        "timing: { heartbeat: 30s }",
    ] {
        assert!(
            text.lines().any(|known| known == line),
            "{line} is not in\n{text}"
        );
    }
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o644
    );
    assert_eq!(files(&directory.path().join("deep")), ["runtime.yaml"]);
}

#[test]
fn a_manifest_that_is_there_is_written_over_only_when_told() {
    let directory = directory_with("runtime.yaml");
    let ran = run_in(directory.path(), &["init", "--command", "sh run.sh"]);
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("`runtime.yaml` is there already") && ran.error.contains("--force"));
    assert_eq!(
        fs::read_to_string(directory.path().join("runtime.yaml")).unwrap(),
        ""
    );
    assert_eq!(
        run_in(
            directory.path(),
            &["init", "--command", "sh run.sh", "--force"]
        )
        .code,
        0
    );
    assert!(
        fs::read_to_string(directory.path().join("runtime.yaml"))
            .unwrap()
            .contains("argv: [sh, run.sh]")
    );
}

#[test]
fn what_makes_no_manifest_writes_none() {
    for (words, said) in [
        (&["init"][..], "nothing says what starts the runtime"),
        (&["init", "--command", ""], "the command is empty"),
        (&["init", "--command", "sh 'a"], "close every quote"),
        (&["init", "--command", "sh ${PROT}"], "did you mean `PORT`?"),
        (
            &["init", "--command", "sh a", "--token-file", "/etc/token"],
            "lies outside of what a stage gives",
        ),
        (
            &["init", "--command", "sh a", "--token-file", "${PORT}/x"],
            "a state file leaves the stage",
        ),
        (
            &[
                "init",
                "--command",
                "sh a",
                "--to",
                "no/such/directory.yaml",
            ],
            "its directory is not there",
        ),
        (
            &["init", "--command", "sh a", "--profile", "toaster"],
            "unknown profile `toaster`",
        ),
        (
            &["init", "--command", "sh a", "--heartbeat", "30"],
            "a duration is a whole number and a unit",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let ran = run_in(directory.path(), words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.error.contains(said), "{words:?}: {}", ran.error);
        assert_eq!(files(directory.path()), Vec::<String>::new(), "{words:?}");
    }
}
