//! Files that must be a JSON object.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::str::Utf8Error;

use meta::{Error, ErrorKind, json_error, strip_byte_order_mark};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Parses a file that must be a JSON object; the fields may borrow from the text. `file` is how errors name it.
pub(crate) fn parse_object<'de, T: Deserialize<'de>>(file: &Path, text: &'de [u8]) -> Result<T, Error> {
    // Checked once as a whole: what is skipped would not be looked at, and what is not, string by string.
    let text = str::from_utf8(strip_byte_order_mark(text)).map_err(|error| not_utf8(file, text, error))?;
    match serde_json::from_str(text) {
        Ok(Object(content)) => Ok(content),
        Err(error) => Err(json_error(file, text.as_bytes(), &error)),
    }
}

fn not_utf8(file: &Path, text: &[u8], error: Utf8Error) -> Error {
    let before = &strip_byte_order_mark(text)[..error.valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    Error::new(ErrorKind::Config, format!("`{}:{line}:{column}`: this is not UTF-8", file.display()))
        .with_advice("save the file as UTF-8")
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
