//! A credential in memory; it cannot be displayed, only revealed.

use std::fmt;

/// Holds one credential that is not blank.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential(String);

impl Credential {
    /// Takes text without the whitespace around it; blank text is none (TOK-007, TOK-008).
    pub(crate) fn stripped(text: &str) -> Option<Self> {
        Self::exact(text.trim())
    }

    /// Takes text as it stands; blank text is none (REG-018).
    pub(crate) fn exact(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credential({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn debug_output_does_not_contain_the_text() {
        let credential = Credential::exact("canary").unwrap();
        assert_eq!(format!("{credential:?}"), "Credential(6 bytes)");
    }

    proptest! {
        #[test]
        fn whitespace_around_a_token_never_matters(
            before in "[ \t\r\n]{0,4}", token in "[A-Za-z0-9_-]{1,43}", after in "[ \t\r\n]{0,4}",
        ) {
            let read = Credential::stripped(&format!("{before}{token}{after}")).unwrap();
            prop_assert_eq!(read.reveal(), token);
            prop_assert_eq!(Credential::stripped(&format!("{before}{after}")), None);
        }
    }
}
