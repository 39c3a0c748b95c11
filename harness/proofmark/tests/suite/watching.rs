//! `proofmark watch`: any program, call by call.

use crate::program::run;

#[test]
fn a_shell_that_writes_and_renames_is_told_call_by_call() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_string_lossy().into_owned();
    let script =
        format!("umask 022; echo hello > {path}/new; mv {path}/new {path}/old; echo done; exit 7");
    let ran = run(&["watch", "--dir", &path, "--", "/bin/sh", "-c", &script]);
    if ran.code == 3 {
        // Not everywhere may a process be traced; then a sentence says why, and nothing was run.
        assert!(
            ran.error.starts_with("proofmark: ") && ran.out.is_empty(),
            "{}",
            ran.error
        );
        return;
    }
    assert_eq!((ran.code, ran.out.as_str()), (7, "done\n"), "{}", ran.error);
    let created = ran
        .error
        .lines()
        .find(|line| line.contains("O_CREAT"))
        .unwrap();
    assert!(
        created.contains(&format!("{path}/new")) && created.contains("absent -> file 0644"),
        "{created}"
    );
    let renamed = ran
        .error
        .lines()
        .find(|line| line.contains("rename"))
        .unwrap();
    assert!(
        renamed.contains(&format!("{path}/new -> {path}/old")),
        "{renamed}"
    );
    assert!(
        ran.error
            .lines()
            .last()
            .unwrap()
            .contains("exited with code 7"),
        "{}",
        ran.error
    );
}

#[test]
fn a_program_that_does_not_exist_is_a_mistake_of_the_user() {
    let ran = run(&["watch", "--dir", "/tmp", "--", "/no/such/program"]);
    assert!(ran.code == 2 || ran.code == 3, "{}", ran.error);
    assert!(ran.error.contains("proofmark: "), "{}", ran.error);
}
