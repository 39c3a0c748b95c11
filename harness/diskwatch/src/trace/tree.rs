//! Which threads there are and which processes they belong to.

use std::collections::{BTreeSet, HashMap};

use crate::observe::group_of;

/// The watched threads by id.
pub(super) struct Tree(HashMap<i32, i32>);

impl Tree {
    pub(super) fn new(program: i32) -> Self {
        Self(HashMap::from([(program, program)]))
    }

    /// The process of a thread, asked of the kernel the first time. One that is gone is not taken in: its start may be
    /// reported after its end, and by then its id may be another process's.
    pub(super) fn process(&mut self, thread: i32) -> i32 {
        if let Some(process) = self.0.get(&thread) {
            return *process;
        }
        let Some(process) = group_of(thread) else {
            return thread;
        };
        self.0.insert(thread, process);
        process
    }

    /// The thread is now the only one of its process.
    pub(super) fn leads(&mut self, thread: i32) {
        self.0.insert(thread, thread);
    }

    pub(super) fn forget(&mut self, thread: i32) {
        self.0.remove(&thread);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn processes(&self) -> BTreeSet<i32> {
        self.0.values().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn an_unknown_thread_is_looked_up_and_one_that_is_gone_is_left_out() {
        let own = std::process::id().cast_signed();
        let mut tree = Tree::new(1);
        assert_eq!(tree.process(own), own);
        assert_eq!(tree.process(i32::MAX), i32::MAX);
        assert_eq!(tree.processes().into_iter().collect::<Vec<_>>(), [1, own]);
        tree.forget(own);
        tree.forget(1);
        assert!(tree.is_empty());
    }
}
