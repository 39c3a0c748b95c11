//! Words from closed lists, such as `waf-empty` or `r2+`, spelt alike in files, on the wire, on the command line and in reports.

use itertools::Itertools as _;

/// A meaning that is written as one of a few words.
pub trait Vocabulary: Copy + Eq + 'static {
    /// What the word is, for messages: `revision`.
    const NOUN: &'static str;
    /// Every meaning.
    const MEANINGS: &'static [Self];

    /// Its word.
    fn word(self) -> &'static str;

    /// Every word.
    fn words() -> impl Iterator<Item = &'static str> {
        Self::MEANINGS.iter().map(|meaning| meaning.word())
    }

    /// The meaning of a word.
    fn meant_by(word: &str) -> Option<Self> {
        Self::MEANINGS
            .iter()
            .copied()
            .find(|meaning| meaning.word() == word)
    }
}

/// A text that is none of the words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {noun} `{text}`; known are {known}")]
pub struct UnknownWord {
    noun: &'static str,
    text: String,
    known: String,
}

impl UnknownWord {
    /// The error for a text that is not one of the words.
    pub fn new<T: Vocabulary>(text: &str) -> Self {
        Self {
            noun: T::NOUN,
            text: text.to_owned(),
            known: T::words().join(", "),
        }
    }
}

/// Declares enums each of whose meanings has a word, by which it is printed, read, and said on the wire.
#[macro_export]
macro_rules! vocabulary {
    ($(
        $(#[$attribute:meta])*
        $vis:vis enum $type:ident $(: $($derive:ident),+)? = $noun:literal {
            $($(#[$meaning_attribute:meta])* $meaning:ident = $word:tt),+ $(,)?
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize $($(, $derive)+)?)]
        $vis enum $type {
            $($(#[$meaning_attribute])* #[serde(rename = $word)] $meaning),+
        }

        impl $type {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$meaning),+];

            /// The word in files, on the wire, on the command line and in reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$meaning => $word),+
                }
            }
        }

        impl $crate::Vocabulary for $type {
            const NOUN: &'static str = $noun;
            const MEANINGS: &'static [Self] = &Self::ALL;

            fn word(self) -> &'static str {
                self.name()
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                out.write_str(self.name())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::Vocabulary>::meant_by(text).ok_or_else(|| $crate::UnknownWord::new::<Self>(text))
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::journal::{DiskCallClass, DiskObserverKind, FileKind, Party};
    use crate::{
        Addresses, Capability, DeliveryMode, Deployment, Edge, Overlay, Profile, Relation,
        Revision, Trigger,
    };

    fn reads_back<T: Vocabulary + Debug + Serialize + DeserializeOwned>() {
        for meaning in T::MEANINGS {
            assert_eq!(T::meant_by(meaning.word()), Some(*meaning));
            let json = serde_json::to_value(meaning).unwrap();
            assert_eq!(
                json,
                meaning.word(),
                "{meaning:?} is spelt alike everywhere"
            );
            assert_eq!(serde_json::from_value::<T>(json).unwrap(), *meaning);
        }
        assert_eq!(T::meant_by("telepathy"), None);
    }

    #[test]
    fn every_word_reads_back_and_is_the_one_of_the_wire() {
        reads_back::<Addresses>();
        reads_back::<Capability>();
        reads_back::<DeliveryMode>();
        reads_back::<Deployment>();
        reads_back::<DiskCallClass>();
        reads_back::<DiskObserverKind>();
        reads_back::<Edge>();
        reads_back::<FileKind>();
        reads_back::<Overlay>();
        reads_back::<Party>();
        reads_back::<Profile>();
        reads_back::<Relation>();
        reads_back::<Revision>();
        reads_back::<Trigger>();
    }

    #[test]
    fn whoever_writes_another_word_is_told_the_known_ones() {
        let error = "r9".parse::<Revision>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown revision `r9`; known are r0, r1, r2, r2+, r3"
        );
        assert!(Revision::ALL.is_sorted());
    }
}
