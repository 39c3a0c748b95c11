//! No text makes reading panic, and every mark lies inside its text.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::tests::numbers;
use super::{Requirements, SourceSet, parse};
use crate::diagnostic::render;

const EXAMPLE: &str = include_str!("example.yaml");

/// Reads a text and draws every mistake; a mark outside of its text would show here.
fn read(text: &str) -> usize {
    let catalogue = numbers();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let fragment = Arc::from("fragment: booted\nsteps:\n  - start: { until: ${with.until} }\n");
    let fragments = SourceSet::new([(PathBuf::from("fragments/booted.yaml"), fragment)]);
    match parse(
        "restart/saas-restart-empties-configs.yaml",
        text,
        &fragments,
        requirements,
    ) {
        Ok(plans) => plans.len(),
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in &mistakes {
                assert!(
                    mistake.source.get(mistake.span.range.clone()).is_some(),
                    "{mistake:?}"
                );
            }
            render(&mistakes, false).len()
        }
    }
}

fn boundary(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_short_text_panics(text in "\\PC{0,60}") {
        read(&text);
    }

    #[test]
    fn no_text_of_the_languages_own_signs_panics(text in "(\\$\\{|matrix\\.x|with\\.y|\\}|[a-c]|: |- |\n|  |\\[|\\]|\\{|\"|'|ä|\t|&a |\\*a|!t ){0,40}") {
        read(&text);
    }

    #[test]
    fn no_mutated_scenario_panics(
        start in 0..EXAMPLE.len(),
        length in 0_usize..40,
        inserted in "(|x|ä|: |\n|  - |\\{|\\}|\"|\\$\\{|\\$\\{matrix\\.a\\}|0|~|\\[|\t|use: booted|matrix: \\{ a: \\[b\\] \\})",
    ) {
        let end = boundary(EXAMPLE, (start + length).min(EXAMPLE.len()));
        let start = boundary(EXAMPLE, start).min(end);
        let mut text = EXAMPLE.to_owned();
        text.replace_range(start..end, &inserted);
        read(&text);
    }
}
