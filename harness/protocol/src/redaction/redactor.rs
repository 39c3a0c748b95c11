//! Finding and replacing credentials.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::iter;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};

use super::spelling::spellings;
use crate::credential::{Credential, CredentialKind};

/// How many characters of a credential may be shown (contract ENV-012).
const SHOWN_AT_MOST: usize = 8;

/// From this many credentials on, one pass searches for all: a stage knows a few, a stand-alone platform hundreds after a while.
const INDEXED_FROM: usize = 16;

/// Replaces every known credential by its placeholder; clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    entries: Vec<Arc<Entry>>,
    counters: BTreeMap<CredentialKind, u32>,
    /// Of the older entries, where there are many.
    index: Option<Index>,
}

#[derive(Debug)]
struct Entry {
    plaintext: Credential,
    name: String,
    spellings: Vec<(&'static str, Credential)>,
    /// Whether it was issued here, so that its beginning alone means something.
    is_ours: bool,
}

/// A credential found where none may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The placeholder of what leaked, such as `«auth-token-1:base64»`.
    pub placeholder: String,
    /// Byte offset in the scanned text.
    pub offset: usize,
}

impl Redactor {
    /// A redactor that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a credential known and returns its placeholder; must happen before the value can travel.
    /// A blank value is no credential and comes back as it is.
    pub fn learn(&self, kind: CredentialKind, credential: &Credential) -> String {
        if credential.reveal().trim().is_empty() {
            return credential.reveal().to_owned();
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known
            .entries
            .iter()
            .find(|entry| entry.plaintext == *credential)
        {
            return placeholder(&entry.name);
        }
        let counter = known.counters.entry(kind).or_default();
        *counter += 1;
        let name = format!("{}-{counter}", kind.name());
        let spellings = spellings(credential.reveal())
            .into_iter()
            .map(|(spelling, text)| (spelling, Credential::new(text)))
            .collect();
        // A value from the environment may begin like an ordinary word, so only the whole value is a secret.
        let is_ours = kind != CredentialKind::Environment;
        let entry = Entry {
            plaintext: credential.clone(),
            name: name.clone(),
            spellings,
            is_ours,
        };
        known.entries.push(Arc::new(entry));
        known.index_if_many();
        placeholder(&name)
    }

    /// Learns what another redactor knows by now, under the same names.
    pub fn learn_all(&self, other: &Self) {
        let theirs = other
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .clone();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for entry in theirs {
            if !known
                .entries
                .iter()
                .any(|ours| ours.plaintext == entry.plaintext)
            {
                known.entries.push(entry);
            }
        }
        known.index_if_many();
    }

    /// Prepares for a long text: from now on, one pass searches for everything it knows.
    pub fn index(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.waiting() > 0 {
            known.index = Index::of(&known.entries);
        }
    }

    /// The text with every credential replaced.
    pub fn redact(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, length, shown)) = known.first_in(rest) {
            clean.push_str(rest.get(..start).unwrap_or_default());
            clean.push_str(&shown);
            rest = rest.get(start + length..).unwrap_or_default();
        }
        clean.push_str(rest);
        clean
    }

    /// The bytes as redacted text; what is not UTF-8 stands as `\xNN`.
    pub fn redact_bytes(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
        self.redact(&text)
    }

    /// Puts plaintexts back where placeholders stand; for requests that the stage itself sends.
    pub fn restore(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.entries.iter().fold(text.to_owned(), |text, entry| {
            let mark = placeholder(&entry.name);
            if text.contains(&mark) {
                text.replace(&mark, entry.plaintext.reveal())
            } else {
                text
            }
        })
    }

    /// Every credential that stands in a text meant for an output.
    pub fn leaks(&self, text: &str) -> Vec<Leak> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut leaks = Vec::new();
        let mut from = 0;
        while let Some((start, length, placeholder)) =
            known.first_in(text.get(from..).unwrap_or_default())
        {
            leaks.push(Leak {
                placeholder,
                offset: from + start,
            });
            from += start + length;
        }
        leaks
    }
}

impl Known {
    /// Adds the newest entries to the index once there are enough of them.
    fn index_if_many(&mut self) {
        if self.waiting() >= INDEXED_FROM.max(self.entries.len() / 5) {
            self.index = Index::of(&self.entries);
        }
    }

    /// How many entries are not part of the index yet.
    fn waiting(&self) -> usize {
        self.entries.len() - self.index.as_ref().map_or(0, |index| index.entries)
    }

    /// The earliest credential in a text, the longest one at that place: offset, length, placeholder.
    fn first_in(&self, text: &str) -> Option<(usize, usize, String)> {
        let (indexed, waiting) = self
            .entries
            .split_at(self.index.as_ref().map_or(0, |index| index.entries));
        let early = self.index.as_ref().and_then(|index| index.first_in(text));
        // Where something indexed begins, only what begins there, too, may be longer.
        let here = early.and_then(|start| {
            let there = indexed.iter().filter_map(|entry| entry.at(text, start));
            there.min_by_key(|(_, length, _)| Reverse(*length))
        });
        let later = waiting.iter().filter_map(|entry| entry.first_in(text));
        here.into_iter()
            .chain(later)
            .min_by_key(|(start, length, _)| (*start, Reverse(*length)))
    }
}

impl Entry {
    /// The first place where a text shows it, and how: the longest of its spellings there.
    fn first_in(&self, text: &str) -> Option<(usize, usize, String)> {
        let starts = self.needles().filter_map(|needle| text.find(needle));
        self.at(text, starts.min()?)
    }

    /// What a text shows of it at this place.
    fn at(&self, text: &str, start: usize) -> Option<(usize, usize, String)> {
        let rest = text.get(start..)?;
        let plaintext = self.plaintext.reveal();
        let whole = plaintext.len();
        let shown = rest
            .starts_with(self.beginning())
            .then(|| shared(rest, plaintext))
            .map(|length| {
                let name = if length == whole {
                    placeholder(&self.name)
                } else {
                    placeholder(&format!("{}:first-{length}", self.name))
                };
                (start, length, name)
            });
        let spelt = self
            .spellings
            .iter()
            .filter(|(_, written)| rest.starts_with(written.reveal()))
            .map(|(spelling, written)| {
                (
                    start,
                    written.reveal().len(),
                    placeholder(&format!("{}:{spelling}", self.name)),
                )
            });
        // Of two that are equally long the first one counts.
        shown
            .into_iter()
            .chain(spelt)
            .min_by_key(|(_, length, _)| Reverse(*length))
    }

    /// The least of its plaintext that may not be shown.
    fn beginning(&self) -> &str {
        let plaintext = self.plaintext.reveal();
        if !self.is_ours {
            return plaintext;
        }
        let end = plaintext
            .char_indices()
            .nth(SHOWN_AT_MOST + 1)
            .map_or(plaintext.len(), |(index, _)| index);
        plaintext.get(..end).unwrap_or(plaintext)
    }

    /// Everything by which it is found.
    fn needles(&self) -> impl Iterator<Item = &str> {
        iter::once(self.beginning())
            .chain(self.spellings.iter().map(|(_, written)| written.reveal()))
    }
}

/// Finds any of many credentials in one pass over a text.
struct Index {
    automaton: AhoCorasick,
    /// How many entries it knows, from the first one on.
    entries: usize,
}

impl Index {
    /// None if there are more than it can hold; they are looked for one by one then.
    fn of(entries: &[Arc<Entry>]) -> Option<Self> {
        let needles = entries.iter().flat_map(|entry| entry.needles());
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(needles)
            .ok()?;
        Some(Self {
            automaton,
            entries: entries.len(),
        })
    }

    fn first_in(&self, text: &str) -> Option<usize> {
        self.automaton.find(text).map(|found| found.start())
    }
}

// The automaton's own picture spells the credentials.
impl fmt::Debug for Index {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Index")
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// How much of a plaintext's beginning a text begins with, in bytes.
fn shared(text: &str, plaintext: &str) -> usize {
    text.chars()
        .zip(plaintext.chars())
        .take_while(|(seen, wanted)| seen == wanted)
        .map(|(seen, _)| seen.len_utf8())
        .sum()
}

fn placeholder(name: &str) -> String {
    format!("«{name}»")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor_with(plaintext: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.learn(CredentialKind::AuthToken, &Credential::new(plaintext));
        redactor
    }

    #[test]
    fn one_value_has_one_placeholder_wherever_it_stands() {
        let redactor = redactor_with("abcdefghijklmnop");
        assert_eq!(
            redactor.redact("Bearer abcdefghijklmnop, again abcdefghijklmnop"),
            "Bearer «auth-token-1», again «auth-token-1»"
        );
        let again = redactor.learn(
            CredentialKind::InboundSecret,
            &Credential::new("abcdefghijklmnop"),
        );
        assert_eq!(again, "«auth-token-1»");
    }

    #[test]
    fn eight_characters_may_be_shown_and_nine_may_not() {
        let redactor = redactor_with("abcdefghijklmnop");
        assert_eq!(redactor.redact("token abcdefgh..."), "token abcdefgh...");
        assert_eq!(
            redactor.redact("token abcdefghi..."),
            "token «auth-token-1:first-9»..."
        );
    }

    #[test]
    fn the_picture_of_an_index_spells_no_credential() {
        let redactor = Redactor::new();
        for number in 0..40 {
            redactor.learn(
                CredentialKind::AuthToken,
                &Credential::new(format!("credential-{number:030}")),
            );
        }
        assert!(redactor.known.read().unwrap().index.is_some());
        assert!(!format!("{redactor:?}").contains("credential-"));
    }

    proptest! {
        #[test]
        fn many_are_found_as_one_by_one(
            plaintexts in proptest::collection::btree_set("[ab+/]{9,14}", 18..40),
            text in "[ab+/=%2BF ]{0,60}",
            picks in proptest::collection::vec((0usize..40, 0usize..14), 0..4),
        ) {
            let redactor = Redactor::new();
            let plaintexts: Vec<_> = plaintexts.into_iter().collect();
            for plaintext in &plaintexts {
                redactor.learn(CredentialKind::AuthToken, &Credential::new(plaintext.clone()));
            }
            let mut text = text;
            for (which, cut) in picks {
                let plaintext = &plaintexts[which % plaintexts.len()];
                text.push_str(&plaintext[..plaintext.len().min(9 + cut)]);
                text.push_str(&plaintext.replace('+', "%2B"));
            }
            let mut known = redactor.known.write().unwrap();
            let indexed = known.first_in(&text);
            prop_assert!(known.index.take().is_some());
            prop_assert_eq!(indexed, known.first_in(&text));
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_spelt_out() {
        assert_eq!(Redactor::new().redact_bytes(b"a\xff\xfeb"), "a\\xff\\xfeb");
    }

    #[test]
    fn a_blank_value_is_not_learnt() {
        let redactor = redactor_with("   ");
        assert_eq!(redactor.redact("a   b"), "a   b");
    }

    #[test]
    fn what_was_redacted_can_be_restored_for_the_wire() {
        let redactor = redactor_with("abcdefghijklmnop");
        assert_eq!(
            redactor.restore("Bearer «auth-token-1»"),
            "Bearer abcdefghijklmnop"
        );
    }

    proptest! {
        #[test]
        fn no_spelling_survives_redaction(
            plaintext in "[A-Za-z0-9_-]{43}", before in "\\PC{0,20}", after in "\\PC{0,20}"
        ) {
            let redactor = redactor_with(&plaintext);
            let mut carried = vec![plaintext.clone()];
            carried.extend(spellings(&plaintext).into_iter().map(|(_, text)| text));
            for form in carried {
                let clean = redactor.redact(&format!("{before}{form}{after}"));
                prop_assert!(!clean.contains(&plaintext));
                prop_assert!(redactor.leaks(&clean).is_empty(), "{clean}");
            }
        }

        #[test]
        fn redaction_is_idempotent_and_leaves_other_text_alone(text in "\\PC{0,80}") {
            let redactor = redactor_with("QWERTYUIOPqwertyuiop1234567890_-QWERTYUIOPq");
            let once = redactor.redact(&text);
            prop_assert_eq!(&once, &text);
            prop_assert_eq!(redactor.redact(&once), once);
        }

        #[test]
        fn restoring_inverts_redacting(plaintext in "[A-Za-z0-9_-]{43}", around in "[ a-z:{}\"]{0,12}") {
            let redactor = redactor_with(&plaintext);
            let text = format!("{around}{plaintext}{around}");
            prop_assert_eq!(redactor.restore(&redactor.redact(&text)), text);
        }
    }
}
