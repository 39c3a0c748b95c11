//! Recordings that are kept in the repository: they get the verdicts that they got once, and hold nothing private.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::run;

/// What a recording in the repository must not have in it: where somebody worked, and words that a machine drew.
fn is_private(word: &str) -> bool {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let checkout = checkout.unwrap().to_str().unwrap();
    let is_place = ["/home/", "/root", "/Users/", "/var/", "/opt/", checkout]
        .iter()
        .any(|place| word.contains(place));
    let is_drawn = |part: &str| {
        let (digits, capitals) = (
            |c: char| c.is_ascii_digit(),
            |c: char| c.is_ascii_uppercase(),
        );
        part.len() >= 24 && part.contains(digits) && part.contains(capitals)
    };
    is_place
        || word
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_drawn)
}

#[test]
fn recordings_of_old_get_the_verdicts_of_old() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/journals");
    let mut count = 0;
    for entry in fs::read_dir(top)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        count += 1;
        let directory = entry.path();
        let text = fs::read_to_string(directory.join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&text).unwrap();
        let ran = run(&["rejudge", directory.to_str().unwrap()]);
        assert_eq!(result["exit-code"], ran.code, "{}\n{}", ran.out, ran.error);
        let scenarios = result["scenarios"].as_array().unwrap();
        let total = scenarios.len();
        assert!(
            ran.out
                .contains(&format!("same verdicts as saved: {total} of {total}")),
            "{}",
            ran.out
        );
        assert_eq!(ran.error, "");
        let mut texts = vec![text];
        for scenario in scenarios.iter().filter(|scenario| scenario["events"] != 0) {
            let file = proofmark::report::journal_file(scenario["name"].as_str().unwrap());
            texts.push(fs::read_to_string(directory.join(file)).unwrap());
        }
        for word in texts.iter().flat_map(|text| text.split([' ', '"'])) {
            // The suite's digest and the like are in small letters.
            assert!(
                !is_private(word),
                "{word:?} stands in {}",
                directory.display()
            );
        }
    }
    assert!(count > 0);
}
