//! Who may talk to whom (contract 4.7, DISC-005).

use super::state::State;

/// How far up the hierarchy is looked.
const DEPTH: usize = 32;

/// `CanCommunicate`: oneself, siblings, roots among themselves, ancestors and descendants. Status is ignored.
pub(super) fn can_communicate(state: &State, caller: &str, target: &str) -> bool {
    if caller == target {
        return true;
    }
    let (Some(one), Some(other)) = (state.workspaces.get(caller), state.workspaces.get(target))
    else {
        return false;
    };
    one.parent_id == other.parent_id
        || ancestors(state, caller).any(|above| above == target)
        || ancestors(state, target).any(|above| above == caller)
}

/// The chain of parents of a workspace.
pub(super) fn ancestors<'a>(state: &'a State, of: &str) -> impl Iterator<Item = &'a str> {
    let parent = |id: &str| {
        state
            .workspaces
            .get(id)
            .and_then(|row| row.parent_id.as_deref())
    };
    std::iter::successors(parent(of), move |id| parent(id)).take(DEPTH)
}

/// Whether one workspace is another's parent, child or sibling: what the peer list shows (contract 4.6).
pub(super) fn peers(state: &State, of: &str) -> Vec<String> {
    let Some(own) = state.workspaces.get(of) else {
        return Vec::new();
    };
    let rows = || {
        state
            .workspaces
            .values()
            .filter(|row| !row.removed() && row.id != of)
    };
    let siblings = rows().filter(|row| row.parent_id == own.parent_id);
    let children = rows().filter(|row| row.parent_id.as_deref() == Some(of));
    let parent = rows().filter(|row| own.parent_id.as_deref() == Some(row.id.as_str()));
    siblings
        .chain(children)
        .chain(parent)
        .map(|row| row.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double::state::Workspace;

    fn family() -> State {
        let mut state = State::default();
        for (id, parent) in [
            ("root", None),
            ("other-root", None),
            ("left", Some("root")),
            ("right", Some("root")),
            ("left-child", Some("left")),
            ("right-child", Some("right")),
        ] {
            let mut row = Workspace::new(id, id, "online");
            row.parent_id = parent.map(str::to_owned);
            state.workspaces.insert(id.into(), row);
        }
        state
    }

    #[test]
    fn disc_005_the_truth_table() {
        let state = family();
        for (caller, target, allowed) in [
            ("nobody", "nobody", true),
            ("left", "right", true),
            ("root", "other-root", true),
            ("left-child", "root", true),
            ("root", "right-child", true),
            ("left-child", "right-child", false),
            ("left", "right-child", false),
            ("left", "other-root", false),
            ("left", "nobody", false),
        ] {
            assert_eq!(
                can_communicate(&state, caller, target),
                allowed,
                "{caller} {target}"
            );
            assert_eq!(
                can_communicate(&state, target, caller),
                allowed,
                "{target} {caller}"
            );
        }
    }

    #[test]
    fn the_peer_list_is_siblings_then_children_then_the_parent_without_removed_ones() {
        let mut state = family();
        assert_eq!(peers(&state, "left"), ["right", "left-child", "root"]);
        if let Some(row) = state.workspaces.get_mut("right") {
            row.status = "removed".into();
        }
        assert_eq!(peers(&state, "left"), ["left-child", "root"]);
    }

    #[test]
    fn a_ring_of_parents_ends() {
        let mut state = State::default();
        for (id, parent) in [("a", "b"), ("b", "a")] {
            let mut row = Workspace::new(id, id, "online");
            row.parent_id = Some(parent.into());
            state.workspaces.insert(id.into(), row);
        }
        assert!(!can_communicate(&state, "a", "nobody"));
        assert_eq!(ancestors(&state, "a").count(), DEPTH);
    }
}
