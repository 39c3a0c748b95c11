//! What a record says about a writer.

use std::collections::BTreeSet;

use diskwatch::{CallClass, Content, Kind, State};

use crate::helper::Ran;
use crate::language::ISSUED;

/// The three properties that the sample writers keep or break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) private_from_birth: bool,
    pub(crate) always_whole: bool,
    pub(crate) changed_only_by_rename: bool,
}

pub(crate) const SECRET: &str = ".auth_token";
pub(crate) const PREVIOUS: &str = "previous-secret";

fn is(state: &State, text: &str) -> bool {
    state.content == Some(Content::Text(text.into()))
}

pub(crate) fn judge(ran: &Ran) -> Judgement {
    let history = ran.history(SECRET);
    let calls = ran.calls();
    let after: Vec<&State> = calls
        .iter()
        .flat_map(|call| [&call.after, &call.other_after])
        .flatten()
        .filter(|state| state.kind == Kind::File)
        .collect();
    let carriers: BTreeSet<u64> = after
        .iter()
        .filter(|state| is(state, ISSUED))
        .map(|state| state.inode)
        .collect();
    let exposed = |state: &&State| carriers.contains(&state.inode) && state.mode & 0o077 != 0;
    let whole = |state: &State| is(state, PREVIOUS) || is(state, ISSUED);
    Judgement {
        private_from_birth: !after.iter().any(exposed),
        always_whole: history
            .iter()
            .all(|sighting| sighting.state.as_ref().is_none_or(whole)),
        changed_only_by_rename: history
            .iter()
            .skip(1)
            .filter(|sighting| sighting.state.is_some())
            .all(|sighting| sighting.by == Some(CallClass::Rename)),
    }
}
