//! Finding and replacing credentials.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, RwLock};

use super::spelling::spellings;
use crate::credential::{Credential, CredentialKind};

/// How many characters of a credential may be shown (contract ENV-012).
const SHOWN_AT_MOST: usize = 8;

/// Replaces every known credential by its placeholder; clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    entries: Vec<Entry>,
    counters: BTreeMap<CredentialKind, u32>,
}

#[derive(Debug)]
struct Entry {
    plaintext: Credential,
    name: String,
    spellings: Vec<(&'static str, Credential)>,
    /// Whether it was issued here, so that its beginning alone means something.
    is_ours: bool,
}

/// A credential was found where none may be.
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
        let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(entry) = known.entries.iter().find(|entry| entry.plaintext == *credential) {
            return placeholder(&entry.name);
        }
        let counter = known.counters.entry(kind).or_default();
        *counter += 1;
        let name = format!("{}-{counter}", kind.name());
        let spellings = spellings(credential.reveal())
            .into_iter()
            .map(|(spelling, text)| (spelling, Credential::new(text)))
            .collect();
        // What somebody's environment holds may begin like an ordinary word, and is a secret as a whole only.
        let is_ours = kind != CredentialKind::Environment;
        known.entries.push(Entry { plaintext: credential.clone(), name: name.clone(), spellings, is_ours });
        placeholder(&name)
    }

    /// The text with every credential replaced.
    pub fn redact(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
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
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.entries.iter().fold(text.to_owned(), |text, entry| {
            let mark = placeholder(&entry.name);
            if text.contains(&mark) { text.replace(&mark, entry.plaintext.reveal()) } else { text }
        })
    }

    /// Every credential that stands in a text meant for an output.
    pub fn leaks(&self, text: &str) -> Vec<Leak> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut leaks = Vec::new();
        let mut from = 0;
        while let Some((start, length, placeholder)) = known.first_in(text.get(from..).unwrap_or_default()) {
            leaks.push(Leak { placeholder, offset: from + start });
            from += start + length;
        }
        leaks
    }
}

impl Known {
    /// The earliest credential in a text, the longest one at that place: offset, length, placeholder.
    fn first_in(&self, text: &str) -> Option<(usize, usize, String)> {
        let mut best: Option<(usize, usize, String)> = None;
        let mut consider = |start: usize, length: usize, shown: String| {
            let better = best
                .as_ref()
                .is_none_or(|(known, size, _)| start < *known || (start == *known && length > *size));
            if better {
                best = Some((start, length, shown));
            }
        };
        for entry in &self.entries {
            let plaintext = entry.plaintext.reveal();
            let found = if entry.is_ours {
                find_beginning(text, plaintext)
            } else {
                text.find(plaintext).map(|start| (start, plaintext.len()))
            };
            if let Some((start, length)) = found {
                let whole = entry.plaintext.reveal().len();
                let shown = if length == whole {
                    placeholder(&entry.name)
                } else {
                    placeholder(&format!("{}:first-{length}", entry.name))
                };
                consider(start, length, shown);
            }
            for (spelling, written) in &entry.spellings {
                if let Some(start) = text.find(written.reveal()) {
                    let shown = placeholder(&format!("{}:{spelling}", entry.name));
                    consider(start, written.reveal().len(), shown);
                }
            }
        }
        best
    }
}

/// Where a text shows more of a plaintext's beginning than is allowed: offset and length of the shown part.
fn find_beginning(text: &str, plaintext: &str) -> Option<(usize, usize)> {
    let needle_end =
        plaintext.char_indices().nth(SHOWN_AT_MOST + 1).map_or(plaintext.len(), |(index, _)| index);
    let start = text.find(plaintext.get(..needle_end)?)?;
    let shown: usize = text
        .get(start..)?
        .chars()
        .zip(plaintext.chars())
        .take_while(|(seen, wanted)| seen == wanted)
        .map(|(seen, _)| seen.len_utf8())
        .sum();
    Some((start, shown))
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
        let again = redactor.learn(CredentialKind::InboundSecret, &Credential::new("abcdefghijklmnop"));
        assert_eq!(again, "«auth-token-1»");
    }

    #[test]
    fn eight_characters_may_be_shown_and_nine_may_not() {
        let redactor = redactor_with("abcdefghijklmnop");
        assert_eq!(redactor.redact("token abcdefgh..."), "token abcdefgh...");
        assert_eq!(redactor.redact("token abcdefghi..."), "token «auth-token-1:first-9»...");
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
        assert_eq!(redactor.restore("Bearer «auth-token-1»"), "Bearer abcdefghijklmnop");
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
