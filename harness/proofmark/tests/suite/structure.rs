//! House rules that a machine can keep.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 100);
    found
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 600, "{} has {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        let first = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
        assert!(first.starts_with("//! "), "{} begins with {first:?}", path.display());
    }
}

/// Inside the binary's crate the way of the data is: cli, then recording, then runner and report, then driver.
#[test]
fn modules_of_the_binary_depend_in_one_direction() {
    let forbidden = [
        (
            "driver",
            &["crate::runner", "crate::report", "crate::recording", "crate::release", "crate::cli"][..],
        ),
        ("runner", &["crate::report", "crate::recording", "crate::release", "crate::cli"][..]),
        ("report", &["crate::driver", "crate::cli", "crate::recording", "crate::release"][..]),
        ("recording", &["crate::driver", "crate::cli", "crate::release"][..]),
        ("release", &["crate::driver", "crate::cli", "crate::recording"][..]),
    ];
    for (path, text) in sources() {
        let shown = path.to_string_lossy().into_owned();
        for (module, others) in forbidden {
            if shown.contains(&format!("proofmark/src/{module}/")) {
                for other in others {
                    assert!(!text.contains(other), "{shown} uses {other}");
                }
            }
        }
    }
}

#[test]
fn the_agent_and_the_double_share_nothing() {
    let manifest = include_str!("../../../agent/Cargo.toml");
    for sibling in ["protocol", "scenario", "platform"] {
        assert!(!manifest.lines().any(|line| line.starts_with(sibling)), "the agent depends on {sibling}");
    }
    let platform = include_str!("../../../platform/Cargo.toml");
    assert!(!platform.lines().any(|line| line.starts_with("scenario") || line.starts_with("agent")));
}
