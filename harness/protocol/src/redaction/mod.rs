//! The one redactor for every sink.
//!
//! Credentials are replaced by stable placeholders (`«auth-token-1»`) in every spelling in which they may travel: plain, base64
//! (both alphabets, at any alignment), percent-encoded, JSON-escaped, hexadecimal, reversed. A beginning of nine or more characters is
//! replaced as well (`«auth-token-1:first-12»`), since the contract allows eight (ENV-012).

mod redactor;
mod spelling;

pub use redactor::{Leak, Redactor};
