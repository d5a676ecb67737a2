//! Files that must be a JSON object.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use meta::{Error, json_error, strip_byte_order_mark};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Parses a file that must be a JSON object; the fields may borrow from the text. `file` is how errors name it.
pub(crate) fn parse_object<'de, T: Deserialize<'de>>(file: &Path, text: &'de [u8]) -> Result<T, Error> {
    match serde_json::from_slice(strip_byte_order_mark(text)) {
        Ok(Object(content)) => Ok(content),
        Err(error) => Err(json_error(file, &error)),
    }
}

/// Refuses an array, which derived structs take for their fields in order.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}
