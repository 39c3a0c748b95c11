//! What a reader of one path could have seen, state after state, and what made each.

use crate::decode::CallClass;
use crate::event::Event;
use crate::observe::{Place, State};

/// One state that a path had.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The group of the call that caused it; none if it was so at the start, or another process did it.
    pub by: Option<CallClass>,
    /// Absent if there was nothing.
    pub state: Option<State>,
}

/// The states of one path in order, the initial one first, without repetitions.
///
/// It is complete unless the events report blindness.
pub fn history(events: &[Event], path: &Place) -> Vec<Sighting> {
    let mut seen: Vec<Sighting> = Vec::new();
    let mut add = |by, state: Option<&State>| {
        if seen.last().is_none_or(|last| last.state.as_ref() != state) {
            seen.push(Sighting {
                by,
                state: state.cloned(),
            });
        }
    };
    for event in events {
        match event {
            Event::Started { present, .. } => {
                let state = present.iter().find(|change| change.path == *path);
                add(None, state.and_then(|change| change.after.as_ref()));
            }
            Event::External {
                path: changed,
                after,
                ..
            } if changed == path => add(None, after.as_deref()),
            Event::Call(call) => {
                if call.path == *path && !call.detached {
                    add(Some(call.class), call.after.as_ref());
                }
                if call.other_path.as_ref() == Some(path) {
                    add(Some(call.class), call.other_after.as_ref());
                }
                for change in call.also.iter().filter(|change| change.path == *path) {
                    add(Some(call.class), change.after.as_ref());
                }
            }
            Event::External { .. }
            | Event::Blind { .. }
            | Event::FaultFired { .. }
            | Event::FaultUnfired { .. }
            | Event::Exited { .. } => {}
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Call;
    use crate::observe::{Change, Kind};

    fn file(size: u64) -> State {
        State {
            kind: Kind::File,
            mode: 0o600,
            owner: 0,
            group: 0,
            inode: 1,
            links: 1,
            size,
            modified_ns: 0,
            digest: None,
            content: None,
            target: None,
        }
    }

    fn call(class: CallClass, path: &str, after: Option<State>) -> Call {
        Call {
            index: 4,
            at_us: 2,
            pid: 1,
            tid: 1,
            name: String::new(),
            class,
            path: Place::below(0, path),
            other_path: None,
            descriptor: None,
            flags: Vec::new(),
            mode: None,
            length: None,
            result: None,
            detached: false,
            before: None,
            after,
            other_before: None,
            other_after: None,
            also: Vec::new(),
            injected: None,
        }
    }

    fn sizes(events: &[Event]) -> Vec<Option<u64>> {
        history(events, &Place::below(0, "a"))
            .into_iter()
            .map(|seen| seen.state.map(|state| state.size))
            .collect()
    }

    fn start(present: Vec<Change>) -> Event {
        Event::Started {
            at_us: 1,
            pid: 1,
            no_new_privileges: false,
            present,
        }
    }

    #[test]
    fn a_path_absent_at_the_start_begins_with_absence() {
        let events = [
            start(Vec::new()),
            Event::Call(Box::new(call(CallClass::Open, "a", Some(file(0))))),
        ];
        assert_eq!(sizes(&events), [None, Some(0)]);
    }

    #[test]
    fn calls_that_change_nothing_repeat_nothing_and_detached_ones_are_not_seen() {
        let present = Change {
            path: Place::below(0, "a"),
            before: None,
            after: Some(file(3)),
        };
        let mut hidden = call(CallClass::Write, "a", Some(file(9)));
        hidden.detached = true;
        let events = [
            start(vec![present]),
            Event::Call(Box::new(call(CallClass::Sync, "a", Some(file(3))))),
            Event::Call(Box::new(hidden)),
        ];
        assert_eq!(sizes(&events), [Some(3)]);
    }

    #[test]
    fn destinations_further_names_and_outsiders_count() {
        let mut rename = call(CallClass::Rename, "t", None);
        rename.other_path = Some(Place::below(0, "a"));
        rename.other_after = Some(file(1));
        let mut linked = call(CallClass::Write, "b", Some(file(2)));
        linked.also.push(Change {
            path: Place::below(0, "a"),
            before: None,
            after: Some(file(2)),
        });
        let path = Place::below(0, "a");
        let events = [
            start(Vec::new()),
            Event::Call(Box::new(rename)),
            Event::Call(Box::new(linked)),
            Event::External {
                at_us: 3,
                path: path.clone(),
                before: None,
                after: None,
            },
        ];
        assert_eq!(sizes(&events), [None, Some(1), Some(2), None]);
        let by: Vec<_> = history(&events, &path)
            .into_iter()
            .map(|seen| seen.by)
            .collect();
        assert_eq!(
            by,
            [None, Some(CallClass::Rename), Some(CallClass::Write), None]
        );
    }
}
