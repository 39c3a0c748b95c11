//! Words from closed lists on the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use protocol::{UnknownWord, Vocabulary};

/// Reads one of a few words, which help and completions name.
pub(super) fn words<T: Vocabulary + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::words().collect::<Vec<_>>())
        .try_map(|word| T::meant_by(&word).ok_or_else(|| UnknownWord::new::<T>(&word)))
}
