//! Ranges: OSS answers an unreasonable one with the whole object, unless the client asks for the standard's behaviour.

use std::ops::Range;

use oss_protocol::header;

use crate::request::Request;

/// What a request selects of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selection {
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Default,
    Standard,
}

/// Reads `Range` for an object of `size` bytes.
pub(super) fn select(request: &Request, size: u64) -> Selection {
    let Some(range) = request.header("range") else {
        return Selection::Whole;
    };
    let standard = request.header(header::RANGE_BEHAVIOR).is_some_and(|value| value.eq_ignore_ascii_case("standard"));
    decide(range, size, if standard { Behavior::Standard } else { Behavior::Default })
}

fn decide(range: &str, size: u64, behavior: Behavior) -> Selection {
    // What is no range at all selects everything, as HTTP says too.
    let Some(spec) = range.trim().strip_prefix("bytes=") else {
        return Selection::Whole;
    };
    // Of several ranges the first one counts.
    let first = spec.split(',').next().unwrap_or_default().trim();
    let Some((start, end)) = first.split_once('-') else {
        return Selection::Whole;
    };
    let (start, end) = (number(start), number(end));
    let refused = match behavior {
        Behavior::Default => Selection::Whole,
        Behavior::Standard => Selection::Unsatisfiable,
    };
    match (start, end) {
        (Number::Absent, Number::Given(0)) => refused,
        (Number::Absent, Number::Given(_)) | (Number::Given(_), _) if size == 0 => refused,
        (Number::Absent, Number::Given(suffix)) if suffix <= size => Selection::Part(size - suffix..size),
        (Number::Absent, Number::Given(_)) => match behavior {
            Behavior::Default => Selection::Whole,
            Behavior::Standard => Selection::Part(0..size),
        },
        (Number::Given(start), Number::Given(end)) if start > end => Selection::Whole,
        (Number::Given(start), _) if start >= size => refused,
        (Number::Given(start), Number::Absent) => Selection::Part(start..size),
        (Number::Given(start), Number::Given(end)) if end < size => Selection::Part(start..end + 1),
        (Number::Given(start), Number::Given(_)) => match behavior {
            Behavior::Default => Selection::Whole,
            Behavior::Standard => Selection::Part(start..size),
        },
        (Number::Broken, _) | (_, Number::Broken) | (Number::Absent, Number::Absent) => Selection::Whole,
    }
}

#[derive(Debug, Clone, Copy)]
enum Number {
    Absent,
    Given(u64),
    Broken,
}

fn number(text: &str) -> Number {
    match text.trim() {
        "" => Number::Absent,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // Further than any object reaches.
            Number::Given(digits.parse().unwrap_or(u64::MAX - 1))
        }
        _ => Number::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_protocol() {
        use Selection::{Part, Unsatisfiable, Whole};
        for (range, default, standard) in [
            ("bytes=0-0", Part(0..1), Part(0..1)),
            ("bytes=2-5", Part(2..6), Part(2..6)),
            ("bytes=2-", Part(2..10), Part(2..10)),
            ("bytes=-3", Part(7..10), Part(7..10)),
            ("bytes=-10", Part(0..10), Part(0..10)),
            ("bytes=0-9", Part(0..10), Part(0..10)),
            ("bytes=0-10", Whole, Part(0..10)),
            ("bytes=9-99999999999999999999999", Whole, Part(9..10)),
            ("bytes=10-", Whole, Unsatisfiable),
            ("bytes=10-20", Whole, Unsatisfiable),
            ("bytes=99999999999999999999999-", Whole, Unsatisfiable),
            ("bytes=-11", Whole, Part(0..10)),
            ("bytes=-0", Whole, Unsatisfiable),
            ("bytes=5-2", Whole, Whole),
            ("bytes=a-2", Whole, Whole),
            ("bytes=2-b", Whole, Whole),
            ("bytes=-", Whole, Whole),
            ("bytes=", Whole, Whole),
            ("bytes=5", Whole, Whole),
            ("chars=0-1", Whole, Whole),
            ("bytes=1-2,4-5", Part(1..3), Part(1..3)),
        ] {
            assert_eq!(decide(range, 10, Behavior::Default), default, "{range}");
            assert_eq!(decide(range, 10, Behavior::Standard), standard, "{range}, standard");
        }
        for range in ["bytes=0-0", "bytes=0-", "bytes=-1"] {
            assert_eq!(decide(range, 0, Behavior::Default), Whole, "{range} of nothing");
            assert_eq!(decide(range, 0, Behavior::Standard), Unsatisfiable, "{range} of nothing, standard");
        }
    }
}
