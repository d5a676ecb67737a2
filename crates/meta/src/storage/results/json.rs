//! How values of our own stand in JSON.

use std::time::SystemTime;

use serde::Serializer;

pub(super) fn as_text<S: Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}

pub(super) fn as_iso_8601<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time.map(jiff::Timestamp::try_from) {
        Some(Ok(time)) => serializer.collect_str(&time),
        Some(Err(error)) => Err(serde::ser::Error::custom(error)),
        None => serializer.serialize_none(),
    }
}
