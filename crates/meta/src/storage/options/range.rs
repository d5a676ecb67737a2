//! Parts of objects.

use std::fmt;

/// A contiguous part of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From this offset to the end.
    From(u64),
    /// `length` bytes from `offset`; fewer where the object ends before. `length` is at least 1.
    Span {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// The last bytes, at most this many; at least 1.
    Last(u64),
}

impl ByteRange {
    /// The bytes of an object of `size` bytes that the range means: offset and length.
    ///
    /// `None` where it means none: a start at or behind the end, a length of 0.
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let (offset, length) = match self {
            Self::From(offset) => (offset, size.checked_sub(offset)?),
            Self::Span { offset, length } => (offset, size.checked_sub(offset)?.min(length)),
            Self::Last(length) => (size.saturating_sub(length), length.min(size)),
        };
        (length > 0).then_some((offset, length))
    }
}

impl fmt::Display for ByteRange {
    /// Writes the range as the HTTP header `Range` has it, such as `bytes=0-99`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(offset) => write!(f, "bytes={offset}-"),
            Self::Span { offset, length } => match offset.checked_add(*length) {
                Some(end) => write!(f, "bytes={offset}-{}", end.saturating_sub(1)),
                None => write!(f, "bytes={offset}-"),
            },
            Self::Last(length) => write!(f, "bytes=-{length}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_mean_what_http_means() {
        let span = |offset, length| ByteRange::Span { offset, length };
        for (range, size, meant, header) in [
            (ByteRange::From(3), 10, Some((3, 7)), "bytes=3-"),
            (ByteRange::From(10), 10, None, "bytes=10-"),
            (ByteRange::From(11), 10, None, "bytes=11-"),
            (span(0, 4), 10, Some((0, 4)), "bytes=0-3"),
            (span(8, 4), 10, Some((8, 2)), "bytes=8-11"),
            (span(u64::MAX, u64::MAX), 10, None, "bytes=18446744073709551615-"),
            (ByteRange::Last(3), 10, Some((7, 3)), "bytes=-3"),
            (ByteRange::Last(30), 10, Some((0, 10)), "bytes=-30"),
            (ByteRange::Last(3), 0, None, "bytes=-3"),
        ] {
            assert_eq!(range.within(size), meant, "{range}");
            assert_eq!(range.to_string(), header);
        }
    }
}
