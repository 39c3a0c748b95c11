//! What the agent is busy with: the source of `active_tasks` and `current_task` (HB-008).

use std::sync::{Arc, Mutex};

use crate::lock::held;

/// Knows the running messages; clones know the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<Mutex<Tasks>>);

#[derive(Debug, Default)]
struct Tasks {
    running: Vec<(u64, String)>,
    begun: u64,
}

impl Activity {
    /// Announces a task; it ends when the guard is dropped.
    pub(crate) fn begin(&self, description: &str) -> Busy {
        let mut tasks = held(&self.0);
        tasks.begun += 1;
        let number = tasks.begun;
        tasks.running.push((number, description.to_owned()));
        Busy {
            activity: self.clone(),
            number,
        }
    }

    pub(crate) fn active_tasks(&self) -> usize {
        held(&self.0).running.len()
    }

    /// Describes the oldest running task; empty when idle.
    pub(crate) fn current_task(&self) -> String {
        held(&self.0)
            .running
            .first()
            .map(|(_, description)| description.clone())
            .unwrap_or_default()
    }
}

/// Stands for one running task.
#[derive(Debug)]
pub(crate) struct Busy {
    activity: Activity,
    number: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        held(&self.activity.0)
            .running
            .retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_counted_while_their_guards_live() {
        let activity = Activity::default();
        let first = activity.begin("first");
        let second = activity.begin("second");
        assert_eq!(
            (activity.active_tasks(), activity.current_task()),
            (2, "first".to_owned())
        );
        drop(first);
        assert_eq!(activity.current_task(), "second");
        drop(second);
        assert_eq!(
            (activity.active_tasks(), activity.current_task()),
            (0, String::new())
        );
    }
}
