//! The rules: sizes of files and functions, and directions between modules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::graph::{self, Level};
use super::measure::{Size, measure};
use super::source;

/// How many tokens the median function may have.
const MEDIAN_TOKENS: usize = 75;
/// How many tokens the largest function may have.
const FUNCTION_TOKENS: usize = 800;

/// What a module may not use. In the binary's crate the way of the data is: cli, then recording, then runner and report, then driver.
const DIRECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "proofmark",
        "driver",
        &["runner", "report", "recording", "release", "cli"],
    ),
    (
        "proofmark",
        "runner",
        &["report", "recording", "release", "cli"],
    ),
    (
        "proofmark",
        "report",
        &["driver", "cli", "recording", "release"],
    ),
    ("proofmark", "recording", &["driver", "cli", "release"]),
    ("proofmark", "release", &["driver", "cli", "recording"]),
];

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![harness()];
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

/// The modules of every crate, by the crate's name.
static CRATES: LazyLock<BTreeMap<String, source::Modules>> = LazyLock::new(|| {
    let directories = fs::read_dir(harness())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let roots = directories
        .map(|directory| directory.join("src/lib.rs"))
        .filter(|root| root.exists());
    roots
        .map(|root| {
            let name = root
                .ancestors()
                .nth(2)
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, source::read_crate(&root))
        })
        .collect()
});

/// The levels of every crate, by the whole path of the parent.
fn levels() -> BTreeMap<String, Level> {
    let levels = CRATES.iter().flat_map(|(name, modules)| {
        graph::levels(modules)
            .into_iter()
            .map(move |(path, level)| ([vec![name.clone()], path].concat().join("::"), level))
    });
    levels.collect()
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    for (path, text) in sources() {
        assert!(
            text.lines().count() <= 600,
            "{} has {} lines",
            path.display(),
            text.lines().count()
        );
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        let first = text
            .lines()
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        assert!(
            first.starts_with("//! "),
            "{} begins with {first:?}",
            path.display()
        );
    }
}

/// Prints the graph, with `--nocapture`.
#[test]
fn modules_side_by_side_use_one_another_in_one_direction() {
    let mut said = String::new();
    for (path, level) in levels() {
        println!("{path}\n{level}");
        for cycle in level.cycles() {
            let _ = writeln!(said, "{path}: {cycle}");
        }
    }
    assert!(
        said.is_empty(),
        "{said}Move what both sides need into a module that uses neither, or what one takes of the other to the one that uses it."
    );
}

#[test]
fn modules_use_none_that_their_direction_forbids() {
    let levels = levels();
    for (path, user, forbidden) in DIRECTIONS {
        let level = &levels[*path];
        for used in *forbidden {
            let places = level.places(user, used);
            assert!(
                places.is_empty(),
                "{path}: {user} uses {used} in {}",
                places.join(", ")
            );
        }
    }
}

/// Prints how large the crates and the largest functions are, with `--nocapture`.
#[test]
fn no_function_has_too_many_tokens() {
    let mut whole = Size::default();
    let mut functions = Vec::new();
    println!("{:<10} {:>7} {:>8}", "", "lines", "tokens");
    for (name, modules) in &*CRATES {
        let files: BTreeSet<_> = modules.values().map(|module| &module.file).collect();
        let mut size = Size::default();
        for file in files {
            let (of_file, in_file) = measure(&fs::read_to_string(file).unwrap(), file);
            size += of_file;
            functions.extend(in_file);
        }
        println!("{name:<10} {:>7} {:>8}", size.lines, size.tokens);
        whole += size;
    }
    println!("{:<10} {:>7} {:>8}", "all", whole.lines, whole.tokens);
    functions.sort_by_key(|function| function.tokens);
    for function in functions.iter().rev().take(5) {
        println!("{} tokens: {}", function.tokens, function.name);
    }
    let median = functions[functions.len() / 2].tokens;
    println!(
        "{median} tokens: the median of {} functions",
        functions.len()
    );
    assert!(
        median <= MEDIAN_TOKENS,
        "the median function has {median} tokens: divide what is large"
    );
    let largest = functions.last().unwrap();
    assert!(
        largest.tokens <= FUNCTION_TOKENS,
        "{} has {} tokens: divide it",
        largest.name,
        largest.tokens
    );
}

#[test]
fn the_agent_and_the_double_share_nothing() {
    let manifest = include_str!("../../../../agent/Cargo.toml");
    for sibling in ["protocol", "scenario", "platform"] {
        assert!(
            !manifest.lines().any(|line| line.starts_with(sibling)),
            "the agent depends on {sibling}"
        );
    }
    let platform = include_str!("../../../../platform/Cargo.toml");
    assert!(
        !platform
            .lines()
            .any(|line| line.starts_with("scenario") || line.starts_with("agent"))
    );
}
