//! How values are written in the columns of the database, on the wire, and in the state file, where even credentials stand in plaintext.

use bytes::Bytes;
use protocol::Credential;
use serde::{Deserialize, Deserializer, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Whether a text can stand in a UUID column.
pub(super) fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

/// A time as the platform writes it.
pub(super) fn timestamp(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// A text whose plaintext stands in the file, or NULL.
pub(in crate::double) mod optional_credential {
    use super::{Credential, Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the serializer's signature")]
    pub(in crate::double) fn serialize<S: Serializer>(
        value: &Option<Credential>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(value.reveal()),
            None => to.serialize_none(),
        }
    }

    pub(in crate::double) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Credential>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Credential::new))
    }
}

/// The body of a message, which was read as JSON before and so is text.
pub(in crate::double) mod body {
    use super::{Bytes, Deserialize, Deserializer, Serializer};

    pub(in crate::double) fn serialize<S: Serializer>(
        value: &Bytes,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&String::from_utf8_lossy(value))
    }

    pub(in crate::double) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Bytes, D::Error> {
        String::deserialize(from).map(Bytes::from)
    }
}
