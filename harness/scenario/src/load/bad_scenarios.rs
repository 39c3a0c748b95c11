//! Every numbered bad scenario gives exactly the picture in `snapshots/diagnostics`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::RequirementId;

use super::tests::numbers;
use super::{Requirements, SourceSet, parse};
use crate::diagnostic::{Diagnostic, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bad-scenarios")
}

fn bad_files() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            (stem, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn mistakes(stem: &str, text: &str) -> Vec<Diagnostic> {
    let catalogue = numbers();
    let always_on = [RequirementId::new("SEC-020")];
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &always_on,
    };
    let sources = SourceSet::read_directory(&folder()).unwrap();
    match parse(
        &format!("bad-scenarios/{stem}.yaml"),
        text,
        &sources,
        requirements,
    ) {
        Ok(_) => panic!("{stem} has no mistake"),
        Err(mistakes) => mistakes,
    }
}

#[test]
fn every_bad_scenario_gives_its_picture() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/diagnostics"),
    );
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (stem, text) in bad_files() {
            let picture = render(&mistakes(&stem, &text), false);
            insta::assert_snapshot!(stem, picture);
        }
    });
}

#[test]
fn numbers_of_bad_scenarios_are_unique() {
    let files = bad_files();
    let numbers: BTreeSet<_> = files
        .iter()
        .filter_map(|(stem, _)| stem.split('-').next())
        .collect();
    assert_eq!(numbers.len(), files.len());
    assert!(
        numbers
            .iter()
            .all(|number| number.len() == 3 && number.parse::<u32>().is_ok())
    );
}

#[test]
fn every_mark_lies_inside_its_text() {
    for (stem, text) in bad_files() {
        for mistake in mistakes(&stem, &text) {
            let marks =
                std::iter::once(&mistake.span).chain(mistake.context.iter().map(|(span, _)| span));
            for mark in marks {
                assert!(
                    mistake.source.get(mark.range.clone()).is_some(),
                    "{stem}: {mark:?}"
                );
            }
        }
    }
}
