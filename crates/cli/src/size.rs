//! Sizes and times as persons read and write them.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// `1536` as `1.5 KiB`.
pub(crate) fn bytes(size: u64) -> String {
    let mut unit = 0;
    let mut shown = size as f64;
    while shown >= 1024.0 && unit + 1 < UNITS.len() {
        shown /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{size} B"),
        _ => format!("{shown:.1} {}", UNITS[unit]),
    }
}

/// `1536 (1.5 KiB)`, or `524 B`.
pub(crate) fn exact(size: u64) -> String {
    match size {
        0..1024 => bytes(size),
        _ => format!("{size} ({})", bytes(size)),
    }
}

/// `2026-01-31T08:00:00Z`, in whole seconds.
pub(crate) fn time(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).ok().and_then(|time| Timestamp::from_second(time.as_second()).ok());
    time.map_or_else(|| "-".to_owned(), |time| time.to_string())
}

/// `90`, `90s`, `10m`, `2h`, `7d`.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || "write a span like `90s`, `10m`, `2h` or `7d`".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_are_read_by_persons() {
        assert_eq!([0, 1023, 1536, 5 << 30].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
        for (text, seconds) in [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800)] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "m", "1w", "-1s", "1.5h", "99999999999999999999d", "9999999999999999999d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
        assert_eq!(time(SystemTime::UNIX_EPOCH + Duration::from_millis(1500)), "1970-01-01T00:00:01Z");
    }
}
