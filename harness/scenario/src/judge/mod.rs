//! The judge: a pure function of a plan and a journal.
//!
//! [`progress`] and [`resolve`] serve the runner while a scenario is played; [`judge`] says afterwards, today or from a saved journal, what
//! holds. Nothing here does I/O or looks at a clock.

mod answer;
mod check;
mod condition;
mod durable;
mod finding;
mod history;
mod judgement;
mod observation;
mod record;
mod rules;
mod standing;
mod statement;
mod step;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod unfired;
mod value;
mod variable;
mod verdict;

pub use durable::crash_points;
pub(crate) use finding::worst;
pub use finding::{Difference, Finding, Judgement, NearestMiss, Terms, Waived};
pub(crate) use judgement::concluded;
pub use judgement::judge;
pub use observation::Progress;
pub use record::{Index, Record};
pub use rules::{Rule, rule_requirements, rules};
pub use step::{goes_on, progress, resolve};
pub use variable::Unresolved;
pub use verdict::{Blame, Verdict};
