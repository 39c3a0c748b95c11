//! The spellings in which a credential may travel.

use std::fmt::Write as _;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Shortest spelling worth searching for: anything shorter would hit ordinary text.
const SHORTEST: usize = 9;

/// Every distinct spelling of a plaintext other than the plain one, with the word that names it.
pub(super) fn spellings(plaintext: &str) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for alignment in 0..3 {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            all.push(("base64", aligned_base64(engine, plaintext, alignment)));
        }
    }
    all.push((
        "percent",
        utf8_percent_encode(plaintext, NON_ALPHANUMERIC).to_string(),
    ));
    if let Ok(quoted) = serde_json::to_string(plaintext) {
        all.push(("json", quoted.trim_matches('"').to_owned()));
    }
    let mut hexadecimal = String::with_capacity(plaintext.len() * 2);
    for byte in plaintext.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    all.push(("hexadecimal", hexadecimal.to_ascii_uppercase()));
    all.push(("hexadecimal", hexadecimal));
    all.push(("reversed", plaintext.chars().rev().collect()));
    let mut distinct: Vec<(&'static str, String)> = Vec::new();
    for (name, text) in all {
        let known = text == plaintext || distinct.iter().any(|(_, other)| *other == text);
        if !known && text.len() >= SHORTEST {
            distinct.push((name, text));
        }
    }
    distinct
}

/// The characters of a base64 text that depend on the plaintext alone when it starts at this offset modulo three.
fn aligned_base64(engine: &impl base64::Engine, plaintext: &str, alignment: usize) -> String {
    let mut bytes = vec![0_u8; alignment];
    bytes.extend_from_slice(plaintext.as_bytes());
    let encoded = engine.encode(&bytes);
    let start = match alignment {
        0 => 0,
        1 => 2,
        _ => 3,
    };
    // The last character may carry bits of the text that follows.
    let end = if bytes.len().is_multiple_of(3) {
        encoded.len()
    } else {
        encoded.len() - 1
    };
    encoded.get(start..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn a_credential_inside_a_longer_base64_text_is_found_at_every_alignment() {
        let plaintext = "kd83hf_-AKfj29fjSKfj2";
        for prefix in ["", "u", "us", "use", "user:"] {
            let carried = STANDARD_NO_PAD.encode(format!("{prefix}{plaintext}tail"));
            assert!(
                spellings(plaintext)
                    .iter()
                    .any(|(name, text)| *name == "base64" && carried.contains(text)),
                "prefix {prefix:?}: {carried}"
            );
        }
    }
}
