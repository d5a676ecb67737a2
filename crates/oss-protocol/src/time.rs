//! The three ways OSS writes a moment: HTTP dates in headers, ISO 8601 with milliseconds in XML, and the basic ISO form
//! of signature V4. All are UTC and span the years 1970 to 9999; a moment outside is written as the nearest one inside.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second of the year 9999, the largest that the formats can write.
const LAST_SECOND: u64 = 253_402_300_799;
const DAY_SECONDS: u64 = 86_400;
const MONTHS: [&str; 12] =
    [" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "];

/// A moment in the form of signature V4, `20231216T162057Z`, with whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasicTime([u8; 16]);

impl BasicTime {
    /// Writes `time`, dropping fractions of a second.
    #[must_use]
    pub fn new(time: SystemTime) -> Self {
        let civil = Civil::from_unix(unix_seconds(time));
        let mut text = *b"00000000T000000Z";
        digits(&mut text[0..4], civil.year);
        digits(&mut text[4..6], civil.month);
        digits(&mut text[6..8], civil.day);
        digits(&mut text[9..11], civil.hour);
        digits(&mut text[11..13], civil.minute);
        digits(&mut text[13..15], civil.second);
        Self(text)
    }

    /// Reads `20231216T162057Z`; `None` for any other form and for impossible dates.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: [u8; 16] = text.as_bytes().try_into().ok()?;
        let time = Self(text);
        (text[8] == b'T' && text[15] == b'Z').then_some(())?;
        time.civil()?;
        Some(time)
    }

    /// The whole form, `20231216T162057Z`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("holds ASCII digits and letters only")
    }

    /// The day alone, `20231216`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.as_str()[..8]
    }

    /// The moment itself.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        let seconds = self.civil().expect("checked when made").to_unix();
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn civil(&self) -> Option<Civil> {
        let text = &self.0;
        Civil::checked(
            number(&text[0..4])?,
            number(&text[4..6])?,
            number(&text[6..8])?,
            number(&text[9..11])?,
            number(&text[11..13])?,
            number(&text[13..15])?,
        )
    }
}

impl fmt::Display for BasicTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for BasicTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Writes an HTTP date, `Sun, 12 Nov 2023 16:43:40 GMT`, dropping fractions of a second.
#[must_use]
pub fn http_date(time: SystemTime) -> String {
    // By hand: every request of signature V1 writes one, and the formatting machinery would cost more than its HMAC.
    const WEEKDAYS: [&str; 7] = ["Thu, ", "Fri, ", "Sat, ", "Sun, ", "Mon, ", "Tue, ", "Wed, "];
    let seconds = unix_seconds(time);
    let civil = Civil::from_unix(seconds);
    let mut text = *b"Thu, 00 Jan 0000 00:00:00 GMT";
    text[..5].copy_from_slice(pick(&WEEKDAYS, seconds / DAY_SECONDS % 7));
    text[7..12].copy_from_slice(pick(&MONTHS, civil.month - 1));
    digits(&mut text[5..7], civil.day);
    digits(&mut text[12..16], civil.year);
    digits(&mut text[17..19], civil.hour);
    digits(&mut text[20..22], civil.minute);
    digits(&mut text[23..25], civil.second);
    std::str::from_utf8(&text).expect("holds ASCII only").to_owned()
}

fn pick<'a>(names: &[&'a str], index: u64) -> &'a [u8] {
    names[usize::try_from(index).expect("a small number fits")].as_bytes()
}

/// Reads an HTTP date in any of the three forms of RFC 9110; `None` for anything else.
///
/// The day of the week is not compared with the date: the documentation of OSS itself gets it wrong.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    httpdate::parse_http_date(text).ok().or_else(|| parse_fixed_date(text))
}

/// Reads `28 Feb 2012 05:38:42 GMT` behind any day of the week.
fn parse_fixed_date(text: &str) -> Option<SystemTime> {
    let (_, date) = text.split_once(", ")?;
    let date: &[u8; 24] = date.as_bytes().try_into().ok()?;
    let month = MONTHS.iter().position(|month| month.as_bytes() == &date[2..7])?;
    let separators = (date[14], date[17], &date[20..]);
    (date[11] == b' ' && separators == (b':', b':', b" GMT")).then_some(())?;
    let civil = Civil::checked(
        number(&date[7..11])?,
        u64::try_from(month).ok()? + 1,
        number(&date[0..2])?,
        number(&date[12..14])?,
        number(&date[15..17])?,
        number(&date[18..20])?,
    )?;
    Some(UNIX_EPOCH + Duration::from_secs(civil.to_unix()))
}

/// Writes the form of XML documents, `2012-02-24T08:43:27.000Z`.
#[must_use]
pub fn iso8601(time: SystemTime) -> String {
    let civil = Civil::from_unix(unix_seconds(time));
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
    )
}

/// Reads `2012-02-24T08:43:27.000Z`, also without the fraction or with one of up to nine digits; `None` for anything else.
#[must_use]
pub fn parse_iso8601(text: &str) -> Option<SystemTime> {
    let text = text.trim().strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole: &[u8; 19] = whole.as_bytes().try_into().ok()?;
    let separators = [whole[4], whole[7], whole[10], whole[13], whole[16]];
    (&separators == b"--T::").then_some(())?;
    let civil = Civil::checked(
        number(&whole[0..4])?,
        number(&whole[5..7])?,
        number(&whole[8..10])?,
        number(&whole[11..13])?,
        number(&whole[14..16])?,
        number(&whole[17..19])?,
    )?;
    (1..=9).contains(&fraction.len()).then_some(())?;
    let scale = 10_u64.pow(9 - u32::try_from(fraction.len()).ok()?);
    let nanos = number(fraction.as_bytes())? * scale;
    Some(UNIX_EPOCH + Duration::from_secs(civil.to_unix()) + Duration::from_nanos(nanos))
}

/// Whole seconds since 1970, kept within what the formats can write.
#[must_use]
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).min(LAST_SECOND)
}

struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// Days to date, by the algorithm of Howard Hinnant's `civil_from_days`, for days from 1970 on.
    fn from_unix(seconds: u64) -> Self {
        let (days, rest) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    fn checked(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u64::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        let valid =
            (1970..=9999).contains(&year) && (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
        valid.then_some(Self { year, month, day, hour, minute, second })
    }

    fn to_unix(&self) -> u64 {
        let year = self.year - u64::from(self.month <= 2);
        let (era, year_of_era) = (year / 400, year % 400);
        let shifted_month = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        days * DAY_SECONDS + self.hour * 3600 + self.minute * 60 + self.second
    }
}

fn digits(out: &mut [u8], mut value: u64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).expect("a remainder of ten fits");
        value /= 10;
    }
}

fn number(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn known_moments_in_all_three_forms() {
        let time = at(1_702_743_657);
        assert_eq!(BasicTime::new(time).as_str(), "20231216T162057Z");
        assert_eq!(BasicTime::new(time).date(), "20231216");
        assert_eq!(http_date(time), "Sat, 16 Dec 2023 16:20:57 GMT");
        assert_eq!(iso8601(time + Duration::from_millis(42)), "2023-12-16T16:20:57.042Z");
        assert_eq!(parse_iso8601("2012-02-24T08:43:27.000Z"), Some(at(1_330_073_007)));
        assert_eq!(parse_iso8601("2012-02-24T08:43:27Z"), Some(at(1_330_073_007)));
        for text in ["Sat, 16 Dec 2023 16:20:57 GMT", "Fri, 16 Dec 2023 16:20:57 GMT"] {
            assert_eq!(parse_http_date(text), Some(time), "{text}");
        }
        for text in
            ["Fri, 31 Feb 2023 16:20:57 GMT", "Fri, 16 Dec 2023 16:20:57 CET", "Fri, 16-Dec-2023 16:20:57 GMT", "Fri, "]
        {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_for_four_centuries_survives_the_round_trip() {
        for day in 0..146_097 {
            let time = at(day * DAY_SECONDS + day % DAY_SECONDS);
            let basic = BasicTime::new(time);
            assert_eq!(basic.to_system_time(), time);
            assert_eq!(BasicTime::parse(basic.as_str()), Some(basic));
            assert_eq!(parse_iso8601(&iso8601(time)), Some(time));
            assert_eq!(http_date(time), httpdate::fmt_http_date(time));
            assert_eq!(parse_http_date(&http_date(time)), Some(time));
        }
    }

    #[test]
    fn moments_out_of_range_are_clamped_not_refused() {
        assert_eq!(BasicTime::new(UNIX_EPOCH - Duration::from_secs(5)).as_str(), "19700101T000000Z");
        assert_eq!(BasicTime::new(at(LAST_SECOND + 5)).as_str(), "99991231T235959Z");
    }

    #[test]
    fn impossible_and_foreign_forms_are_refused() {
        for text in [
            "",
            "20230229T000000Z",
            "20231301T000000Z",
            "20231216T240000Z",
            "20231216 162057Z",
            "20231216T162057",
            "2023121６T16205Z",
        ] {
            assert_eq!(BasicTime::parse(text), None, "{text}");
        }
        for text in [
            "",
            "Z",
            "2012-02-24",
            "2012-02-30T08:43:27.000Z",
            "2012-02-24T08:43:27.Z",
            "2012-02-24T08:43:27.0000000000Z",
            "+012-02-24T08:43:27Z",
        ] {
            assert_eq!(parse_iso8601(text), None, "{text}");
        }
    }
}
