//! Scenarios that share a start, and what starts cost.

use std::sync::Arc;
use std::time::Duration;

use protocol::journal::{Event, Fact, StepPhase};
use scenario::plan::{Act, Action, Plan};

/// The most scenarios that share a start; the others get starts of their own.
const PARTY: usize = 6;

/// Puts plans together that say so and play in the same world; all others are alone.
pub(super) fn parties(plans: Vec<Arc<Plan>>) -> Vec<Vec<Arc<Plan>>> {
    let mut parties: Vec<Vec<Arc<Plan>>> = Vec::new();
    for plan in plans {
        let open = parties.iter_mut().find(|party| {
            let is_open = |first: &Arc<Plan>| first.shares_start && first.world == plan.world;
            plan.shares_start && party.len() < PARTY && party.first().is_some_and(is_open)
        });
        match open {
            Some(party) => party.push(plan),
            None => parties.push(vec![plan]),
        }
    }
    parties
}

/// How long the subject took to start, restarts included.
pub(super) fn time_of_starts(plan: &Plan, journal: &[Event]) -> Duration {
    let mut spent = 0;
    let mut begun = None;
    for event in journal {
        let Fact::Step(step) = &event.fact else {
            continue;
        };
        let starts = plan.steps.get(step.index).is_some_and(|step| {
            matches!(
                step.action,
                Action::Act(Act::Start(_) | Act::Restart(_) | Act::Reprovision(_))
            )
        });
        match (&step.phase, begun) {
            (StepPhase::Begun(_), _) if starts => begun = Some(event.at_us),
            (StepPhase::Ended(_), Some(at)) if starts => {
                spent += event.at_us.saturating_sub(at);
                begun = None;
            }
            _ => {}
        }
    }
    Duration::from_micros(spent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::plan;

    #[test]
    fn those_of_one_world_that_say_so_share_a_start_six_at_most() {
        let sharing =
            |name: &str, world: &str| plan(name, &format!("shares-start: true\n{world}"), "");
        let mut plans: Vec<_> = (0..7)
            .map(|number| sharing(&format!("a{number}"), ""))
            .collect();
        plans.push(sharing("other-world", "platform: { revision: r2 }\n"));
        plans.push(plan("alone", "", ""));
        let parties = parties(plans);
        let names: Vec<Vec<&str>> = parties
            .iter()
            .map(|party| {
                party
                    .iter()
                    .map(|plan| plan.name.rsplit('/').next().unwrap())
                    .collect()
            })
            .collect();
        let whole = ["a0", "a1", "a2", "a3", "a4", "a5"].to_vec();
        assert_eq!(
            names,
            [whole, vec!["a6"], vec!["other-world"], vec!["alone"]]
        );
    }
}
