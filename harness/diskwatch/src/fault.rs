//! What to do at which call: faults count the calls that match them and fire at the one they name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::decode::CallClass;

/// One thing that goes wrong at one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fault {
    /// How events name it.
    pub label: String,
    /// Which files. A rename or link matches by either name.
    pub path: PathPattern,
    /// Which calls.
    pub call: CallClass,
    /// Which of the matching calls, counted from 1 over the whole tree; 0 is every one. A fault after the call counts
    /// only those that took effect.
    pub nth: u32,
    /// Before or after the call takes effect.
    pub when: When,
    /// What happens.
    pub effect: Effect,
}

/// A change of the faults while the program runs; it holds from the next watched call on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Another fault; it counts calls from now on.
    Set(Fault),
    /// Removes the faults with this label, or all of them.
    Lift(Option<String>),
}

/// On which side of a call a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// The call has not taken effect.
    Before,
    /// The call has taken effect; one that fails by itself is passed over.
    After,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The call returns this error number; before: instead of taking effect, after: though it has taken effect.
    Errno(i32),
    /// The call writes at most so many bytes, on either side; calls that write nothing are left alone.
    ShortWrite(usize),
    /// The thread is held for so long, while others go on.
    Delay(Duration),
    /// The whole process tree is killed, as a container's is.
    Kill,
}

/// Selects files below the watched directories; `*` stands for any run of characters.
///
/// A pattern without `/` is compared with the last component, one with `/` with the whole relative path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathPattern(String);

impl PathPattern {
    /// Takes the pattern as written.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Whether a path relative to a watched directory is selected.
    pub fn matches(&self, path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or(path);
        glob(&self.0, if self.0.contains('/') { path } else { last })
    }
}

/// Linear in practice: the last star alone is tried again, as every earlier one has already found its shortest match.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(found) = rest.find(piece) else {
            return false;
        };
        rest = &rest[found + piece.len()..];
    }
    rest.ends_with(last)
}

/// A fault whose call has come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fired {
    pub(crate) label: String,
    pub(crate) effect: Effect,
}

/// All faults of a run, with what they have seen.
pub(crate) struct FaultBook(Vec<Entry>);

struct Entry {
    fault: Fault,
    seen: u32,
    fired: bool,
}

impl FaultBook {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(Entry::new).collect())
    }

    /// Adds a fault.
    pub(crate) fn set(&mut self, fault: Fault) {
        self.0.push(Entry::new(fault));
    }

    /// Takes away the faults with a label, or all, and says which of them never fired.
    pub(crate) fn lift(&mut self, label: Option<&str>) -> Vec<String> {
        let mut unfired = Vec::new();
        self.0.retain(|entry| {
            let goes = label.is_none_or(|label| entry.fault.label == label);
            if goes && !entry.fired {
                unfired.push(entry.fault.label.clone());
            }
            !goes
        });
        unfired
    }

    /// Counts a call with the paths it names below watched directories, for the faults on one side of it.
    pub(crate) fn count(&mut self, when: When, class: CallClass, paths: &[&str]) -> Vec<Fired> {
        let mut fired = Vec::new();
        for entry in &mut self.0 {
            if entry.side() != when || !entry.is_for(class, paths) {
                continue;
            }
            entry.seen = entry.seen.saturating_add(1);
            if entry.fault.nth == 0 || entry.fault.nth == entry.seen {
                entry.fired = true;
                let Fault { label, effect, .. } = &entry.fault;
                fired.push(Fired {
                    label: label.clone(),
                    effect: *effect,
                });
            }
        }
        fired
    }

    /// Forgets the entry of a call that the kernel will issue again.
    pub(crate) fn discount(&mut self, class: CallClass, paths: &[&str]) {
        for entry in &mut self.0 {
            if entry.side() == When::Before && entry.is_for(class, paths) {
                entry.seen = entry.seen.saturating_sub(1);
            }
        }
    }

    /// The labels of those that never fired.
    pub(crate) fn unfired(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|entry| !entry.fired)
            .map(|entry| entry.fault.label.clone())
            .collect()
    }
}

impl Entry {
    fn new(fault: Fault) -> Self {
        Self {
            fault,
            seen: 0,
            fired: false,
        }
    }

    /// When it is to be counted: how much is written must be known before.
    fn side(&self) -> When {
        if matches!(self.fault.effect, Effect::ShortWrite(_)) {
            When::Before
        } else {
            self.fault.when
        }
    }

    fn is_for(&self, class: CallClass, paths: &[&str]) -> bool {
        let applies =
            !matches!(self.fault.effect, Effect::ShortWrite(_)) || class == CallClass::Write;
        applies
            && self.fault.call.covers(class)
            && paths.iter().any(|path| self.fault.path.matches(path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn full(nth: u32) -> Fault {
        Fault {
            label: "full".into(),
            path: PathPattern::new("*.tmp"),
            call: CallClass::Write,
            nth,
            when: When::Before,
            effect: Effect::Errno(libc::ENOSPC),
        }
    }

    fn book(nth: u32) -> FaultBook {
        FaultBook::new(vec![full(nth)])
    }

    #[test]
    fn only_matching_calls_count_and_the_named_one_fires() {
        let mut book = book(2);
        assert!(
            book.count(When::Before, CallClass::Write, &["a.tmp"])
                .is_empty()
        );
        assert!(
            book.count(When::Before, CallClass::Write, &["other"])
                .is_empty()
        );
        assert!(
            book.count(When::Before, CallClass::Rename, &["a.tmp", "a"])
                .is_empty()
        );
        assert_eq!(book.unfired(), ["full"]);
        assert_eq!(
            book.count(When::Before, CallClass::Write, &["b.tmp"]).len(),
            1
        );
        assert!(
            book.count(When::Before, CallClass::Write, &["b.tmp"])
                .is_empty()
        );
        assert!(book.unfired().is_empty());
    }

    #[test]
    fn zero_fires_at_every_matching_call() {
        let mut book = book(0);
        assert!((0..5).all(|_| book.count(When::Before, CallClass::Write, &["a.tmp"]).len() == 1));
    }

    #[test]
    fn a_call_taken_back_is_counted_again() {
        let mut book = book(2);
        book.count(When::Before, CallClass::Write, &["a.tmp"]);
        book.discount(CallClass::Write, &["a.tmp"]);
        assert!(
            book.count(When::Before, CallClass::Write, &["a.tmp"])
                .is_empty()
        );
        assert_eq!(
            book.count(When::Before, CallClass::Write, &["a.tmp"]).len(),
            1
        );
    }

    #[test]
    fn a_fault_set_later_counts_from_then_on() {
        let mut book = FaultBook::new(Vec::new());
        assert!(
            book.count(When::Before, CallClass::Write, &["a.tmp"])
                .is_empty()
        );
        book.set(full(2));
        assert!(
            book.count(When::Before, CallClass::Write, &["a.tmp"])
                .is_empty()
        );
        assert_eq!(
            book.count(When::Before, CallClass::Write, &["a.tmp"]).len(),
            1
        );
    }

    #[test]
    fn lifting_takes_away_what_it_names_and_tells_what_never_fired() {
        let mut book = book(1);
        book.count(When::Before, CallClass::Write, &["a.tmp"]);
        // The same name again, and another.
        book.set(full(7));
        book.set(Fault {
            label: "other".into(),
            ..full(7)
        });
        assert_eq!(book.lift(Some("full")), ["full"]);
        assert_eq!(book.unfired(), ["other"]);
        assert!(book.lift(Some("full")).is_empty());
        assert_eq!(book.lift(None), ["other"]);
        assert!(book.unfired().is_empty());
    }

    #[test]
    fn a_rename_matches_by_its_destination_too() {
        let mut book = FaultBook::new(vec![Fault {
            label: "kill".into(),
            path: PathPattern::new(".auth_token"),
            call: CallClass::Rename,
            nth: 1,
            when: When::Before,
            effect: Effect::Kill,
        }]);
        assert_eq!(
            book.count(When::Before, CallClass::Rename, &["x1", ".auth_token"])
                .len(),
            1
        );
    }

    #[test]
    fn each_side_of_a_call_is_counted_for_itself() {
        let mut book = book(1);
        assert!(
            book.count(When::After, CallClass::Write, &["a.tmp"])
                .is_empty()
        );
        assert_eq!(
            book.count(When::Before, CallClass::Write, &["a.tmp"]).len(),
            1
        );
    }

    #[test]
    fn patterns_select_by_last_component_or_whole_path() {
        assert!(PathPattern::new("*.tmp").matches("deep/er/a.tmp"));
        assert!(PathPattern::new("deep/*").matches("deep/er/a.tmp"));
        assert!(!PathPattern::new("er/*").matches("deep/er/a.tmp"));
        assert!(PathPattern::new("*a*b").matches("xxaxxb"));
        assert!(!PathPattern::new("*a*b").matches("ba"));
        assert!(!PathPattern::new(".auth").matches(".auth_token"));
        assert!(!PathPattern::new("ab*b").matches("ab"));
    }

    /// The plain definition, exponential but obviously right.
    fn slow(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|from| slow(rest, &text[from..])),
            Some((first, rest)) => text.first() == Some(first) && slow(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn globs_match_as_defined(pattern in "[ab*]{0,6}", text in "[ab]{0,8}") {
            prop_assert_eq!(glob(&pattern, &text), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
