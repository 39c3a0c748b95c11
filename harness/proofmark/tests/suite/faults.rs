//! Faults on the wire: what is seen under one that never strikes is no evidence.

use serde_json::Value;

use crate::program::{Ran, run_in};

/// Plays a scenario with this fault before the subject registers.
fn under(fault: &str) -> (Ran, Value) {
    let text = format!(
        "scenario: mine
title: A subject registers
covers: [REG-001]
steps:
  - fault: {fault}
  - start: {{}}
  - expect: {{ request: POST /registry/register, answered: 200, cites: [REG-001] }}
"
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mine.yaml"), text).unwrap();
    let ran = run_in(directory.path(), &["run", "mine.yaml", "--out", "out"]);
    let result = std::fs::read_to_string(directory.path().join("out/result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    (ran, result["scenarios"][0].clone())
}

#[test]
fn a_fault_that_never_strikes_takes_the_passes_after_it_away_and_is_named() {
    for (fault, named) in [
        (
            r#"{ on: "POST /**/nowhere", status: 503, times: 1 }"#,
            "fault: POST /**/nowhere answers 503 once",
        ),
        (
            r#"{ on: "POST /**/nowhere", reset: {}, as: torn }"#,
            "fault: POST /**/nowhere is reset",
        ),
    ] {
        let (ran, scenario) = under(fault);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
        assert_eq!(
            (&scenario["verdict"], &scenario["blame"]),
            (&"inconclusive".into(), &"harness".into())
        );
        let findings = scenario["findings"].as_array().unwrap();
        let of = |check: &str| {
            findings
                .iter()
                .find(|finding| finding["check"] == check)
                .unwrap()
        };
        for check in ["step-02", "unfired-fault"] {
            assert_eq!(of(check)["verdict"], "inconclusive");
            let reason = of(check)["reason"].as_str().unwrap();
            assert!(
                reason.contains(&format!("`{named}` never fired")),
                "{reason}"
            );
        }
        assert!(ran.out.contains(named), "{}", ran.out);
    }
}

#[test]
fn a_fault_that_strikes_leaves_the_verdict_to_the_subject() {
    let (ran, scenario) = under("{ on: POST /registry/register, status: 503, times: 1 }");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_eq!(scenario["verdict"], "pass");
}
