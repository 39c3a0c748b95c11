//! README's outputs are what running the commands prints.

use std::path::Path;

use crate::program::run_in;

const README: &str = include_str!("../../../../README.md");

/// The commands whose output README shows, with the lines it shows.
fn shown() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    README
        .split("<!-- output: proofmark ")
        .skip(1)
        .map(|rest| {
            let (command, rest) = rest.split_once(" -->").unwrap();
            // A command without a block of its own is run for what it leaves to the next.
            let block = rest.split("```").nth(1).unwrap_or_default();
            (
                command.split(' ').collect(),
                block.lines().skip(1).collect(),
            )
        })
        .collect()
}

/// Times differ from run to run.
fn without_times(line: &str) -> String {
    match line.split_once(" in ") {
        Some((before, after)) if after.contains(" s") => {
            let rest = after.split_once(" s").unwrap().1;
            format!("{before} in … s{rest}")
        }
        _ => line.to_owned(),
    }
}

#[test]
fn every_output_in_readme_is_what_its_command_prints() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shown = shown();
    assert!(shown.len() >= 2);
    // What one command writes another one reads.
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(top.join("fixtures"), directory.path().join("fixtures")).unwrap();
    for (command, lines) in shown {
        let ran = run_in(directory.path(), &command);
        let mut printed = ran.out.lines().map(without_times);
        for line in lines {
            let wanted = without_times(line);
            assert!(
                printed.any(|line| line == wanted),
                "`proofmark {}` does not print, or not in this place: {line}\n{}",
                command.join(" "),
                ran.out
            );
        }
    }
}
