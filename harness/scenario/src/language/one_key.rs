//! Maps of exactly one key, whose key says what the value is.
//!
//! The YAML library takes a bare `- crash` for such a map and reads the next step as its value, and serde forgets a second key; both are mistakes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::yaml::{Located, SECOND_KEY};

/// A value read from a map of exactly one key.
struct OneKey<T>(T);

/// Reads one such value.
pub(crate) fn one_key<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    OneKey::deserialize(deserializer).map(|inner| inner.0)
}

/// Reads one such value where there may be none.
pub(crate) fn maybe_one_key<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<OneKey<T>>::deserialize(deserializer).map(|outer| outer.map(|inner| inner.0))
}

/// Reads a list of such values with their places.
pub(crate) fn one_key_list<'de, D, T>(deserializer: D) -> Result<Vec<Located<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list = Vec::<Located<OneKey<T>>>::deserialize(deserializer)?;
    Ok(list.into_iter().map(|item| Located { value: item.value.0, mark: item.mark }).collect())
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneKey<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneKeyVisitor(PhantomData))
    }
}

struct OneKeyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneKeyVisitor<T> {
    type Value = OneKey<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map of one key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let value = T::deserialize(MapAccessDeserializer::new(&mut map))?;
        map.next_key::<NoKey>()?;
        Ok(OneKey(value))
    }
}

/// A key that must not be there; refusing it while it is read marks the right place.
struct NoKey;

impl<'de> Deserialize<'de> for NoKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NoKeyVisitor)
    }
}

struct NoKeyVisitor;

impl Visitor<'_> for NoKeyVisitor {
    type Value = NoKey;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no second key")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<NoKey, E> {
        Err(E::custom(SECOND_KEY))
    }
}
