//! Refused requests.

use proptest::prelude::*;

use super::super::super::Verdict;
use super::super::super::testing::{HEARTBEAT_US, Journal};
use super::status;

const REGISTERS: &str = "no-register-storm-on-refusal";
const REQUESTS: &str = "no-request-storm-on-refusal";

/// Refused registers at these moments, in heartbeat intervals.
fn refused(moments: impl IntoIterator<Item = f64>) -> Journal {
    let mut journal = Journal::new();
    for moment in moments {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small test numbers"
        )]
        let now = (moment * HEARTBEAT_US as f64) as u64;
        journal.now_us = now;
        journal.register(&[], 401, "{}");
    }
    journal
}

#[test]
fn a_few_per_interval_pass_and_a_burst_does_not() {
    let spread = |count: u32, per_interval: u32| {
        (0..count).map(move |at| f64::from(at) / f64::from(per_interval))
    };
    assert_eq!(
        status(REGISTERS, &refused(spread(12, 1000))),
        Some(Verdict::Pass)
    );
    assert_eq!(
        status(REGISTERS, &refused(spread(13, 1000))),
        Some(Verdict::Fail)
    );
    assert_eq!(
        status(REGISTERS, &refused(spread(200, 4))),
        Some(Verdict::Pass)
    );
    assert_eq!(
        status(REGISTERS, &refused(spread(200, 8))),
        Some(Verdict::Fail)
    );
    let quiet_then_burst = spread(3, 1).chain(spread(20, 1000).map(|at| at + 100.0));
    assert_eq!(
        status(REGISTERS, &refused(quiet_then_burst)),
        Some(Verdict::Fail),
        "quiet earns no right to a burst"
    );
    assert_eq!(status(REQUESTS, &refused(spread(5, 1))), None);
    assert_eq!(status(REGISTERS, &refused([])), None);
}

#[test]
fn other_requests_are_counted_apart_and_per_process() {
    let mut journal = Journal::new();
    for _ in 0..12 {
        journal.sent("GET /workspaces/w/delegations", &[], "", 401, "");
        journal.sent("GET /workspaces/w/delegations", &[], "", 200, "");
    }
    assert_eq!(status(REQUESTS, &journal), Some(Verdict::Pass));
    assert_eq!(status(REGISTERS, &journal), None);
    journal.started(2);
    journal.sent("GET /workspaces/w/delegations", &[], "", 401, "");
    assert_eq!(status(REQUESTS, &journal), Some(Verdict::Pass));
    for _ in 0..12 {
        journal.sent("GET /workspaces/w/delegations", &[], "", 401, "");
    }
    assert_eq!(status(REQUESTS, &journal), Some(Verdict::Fail));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_one_pass_count_agrees_with_the_definition(steps in prop::collection::vec(0.0_f64..0.6, 1..40)) {
        let mut now = 0.0;
        let moments: Vec<f64> = steps.iter().map(|step| { now += step; now }).collect();
        // Kept away from the border, where rounding to microseconds decides.
        let mut worst = f64::MIN;
        for (first, from) in moments.iter().enumerate() {
            for (last, to) in moments.iter().enumerate().skip(first) {
                #[expect(clippy::cast_precision_loss, reason = "small test numbers")]
                let count = (last - first + 1) as f64;
                let elapsed: f64 = to - from;
                worst = worst.max(count - 8.0 - 4.0 * elapsed.max(1.0));
            }
        }
        prop_assume!(worst.abs() > 0.01);
        let expected = if worst > 0.0 { Verdict::Fail } else { Verdict::Pass };
        prop_assert_eq!(status(REGISTERS, &refused(moments)), Some(expected));
    }
}
