//! Why a signature does not match: our text against the one that the service prints when it refuses.
//!
//! Whoever signs and whoever checks must arrive at the same text. Where they do not, the first part that differs names
//! what was changed on the way or built wrongly; where they do, it is the secret that differs.

use std::fmt;

use super::v1::is_sub_resource;
use super::{redact, v4};
use crate::encode::nibble;
use crate::header;
use crate::xml::ErrorDocument;

/// The longest value that a difference shows, in characters.
const LONGEST_SHOWN: usize = 120;
/// How many parts of a text are looked at one by one: a service that prints more is none that we know.
const MOST_PARTS: usize = 1000;
/// The longest name of a query parameter that V1 signs, with room to spare.
const LONGEST_NAME: usize = 128;

/// The text under a signature, as one side has it.
///
/// It can hold a security token, so `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedText {
    /// What the HMAC goes over.
    pub string_to_sign: String,
    /// What the string to sign of V4 holds the hash of; `None` with V1, and where the service did not print it.
    pub canonical_request: Option<String>,
}

impl SignedText {
    /// The service's text, from the refusal `SignatureDoesNotMatch`; `None` where the document does not print it.
    #[must_use]
    pub fn of_document(document: &ErrorDocument) -> Option<Self> {
        let bytes = document.detail("StringToSignBytes").and_then(unspaced_hex);
        let string_to_sign = bytes.or_else(|| document.detail("StringToSign").map(str::to_owned))?;
        let canonical_request = document.detail("CanonicalRequest").map(str::to_owned);
        Some(Self { string_to_sign, canonical_request })
    }

    /// Compares what was signed with what the service saw; `None` where both are the same, so that the secret differs.
    #[must_use]
    pub fn difference(&self, seen_text: &Self) -> Option<Difference> {
        let version = |text: &Self| if text.is_v4() { "signature V4" } else { "signature V1" }.to_owned();
        if self.is_v4() != seen_text.is_v4() {
            let (signed, seen) = (Some(version(self)), Some(version(seen_text)));
            return Some(Difference { part: Part::Algorithm, signed, seen });
        }
        // Without the service's canonical request, ours tells nothing.
        let with_canonical = self.canonical_request.is_some() && seen_text.canonical_request.is_some();
        let (ours, theirs) = (self.lines(with_canonical), seen_text.lines(with_canonical));
        let differing = ours.iter().find_map(|line| {
            let found = theirs.iter().find(|other| other.is_of(line));
            match found {
                Some(other) if other.value == line.value => None,
                found => Some((line.part.clone(), line.shown(), found.and_then(Line::shown))),
            }
        });
        let added = || {
            let line = theirs.iter().find(|line| !ours.iter().any(|other| other.is_of(line)))?;
            Some((line.part.clone(), None, line.shown()))
        };
        let equal = if with_canonical { self == seen_text } else { self.string_to_sign == seen_text.string_to_sign };
        let other = || (!equal).then_some((Part::Other, None, None));
        let (part, signed, seen) = differing.or_else(added).or_else(other)?;
        // A text that was not compared still tells what must not show.
        let mut everything = self.lines(true);
        everything.extend(seen_text.lines(true));
        let mask = |text: String| cut(&redact::mask(text, &everything));
        let part = match part {
            Part::Header(name) => Part::Header(mask(name)),
            Part::Parameter(name) => Part::Parameter(mask(name)),
            part => part,
        };
        Some(Difference { part, signed: signed.map(mask), seen: seen.map(mask) })
    }

    fn is_v4(&self) -> bool {
        self.string_to_sign.starts_with(v4::ALGORITHM)
    }

    fn lines(&self, with_canonical: bool) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        if !self.is_v4() {
            read_v1(&self.string_to_sign, &mut lines);
            return lines;
        }
        if let Some(canonical) = self.canonical_request.as_deref().filter(|_| with_canonical) {
            read_canonical(canonical, &mut lines);
        }
        let mut rest = self.string_to_sign.split('\n');
        for part in [Part::Algorithm, Part::Date, Part::Scope] {
            push(&mut lines, part, rest.next().unwrap_or_default());
        }
        if !with_canonical {
            push(&mut lines, Part::CanonicalRequest, rest.next().unwrap_or_default());
        }
        lines
    }
}

impl fmt::Debug for SignedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedText(redacted)")
    }
}

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The name of the algorithm: one side signed V1, the other V4, or something else altogether.
    Algorithm,
    /// The method.
    Method,
    /// A header, by its name in lower case. `content-md5` and `content-type` are always signed, as is every `x-oss-…`.
    Header(String),
    /// The date line: `Date` or `x-oss-date`, or the moment at which a URL expires.
    Date,
    /// The bucket, wherever the request names it.
    Bucket,
    /// The object's key.
    Key,
    /// A query parameter, by its name.
    Parameter(String),
    /// The list of headers that V4 signs beside its own.
    AdditionalHeaders,
    /// The hash of the payload, which is the literal `UNSIGNED-PAYLOAD`.
    Payload,
    /// Day, region and product of the signing key.
    Scope,
    /// Something in the canonical request, which the service did not print.
    CanonicalRequest,
    /// Something else, such as the order of repeated parameters.
    Other,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm => f.write_str("the version of the signature"),
            Self::Method => f.write_str("the method"),
            Self::Header(name) => write!(f, "the header `{}`", cut(name)),
            Self::Date => f.write_str("the date"),
            Self::Bucket => f.write_str("the bucket"),
            Self::Key => f.write_str("the object's key"),
            Self::Parameter(name) => write!(f, "the query parameter `{}`", cut(name)),
            Self::AdditionalHeaders => f.write_str("the list of additional headers"),
            Self::Payload => f.write_str("the hash of the payload"),
            Self::Scope => f.write_str("the scope (day, region, product)"),
            Self::CanonicalRequest => f.write_str("the canonical request"),
            Self::Other => f.write_str("a part of the request"),
        }
    }
}

/// The first part in which both sides' texts differ. Tokens and signatures in it are replaced by `[redacted]`.
///
/// `Display` is one line without a subject, such as "OSS saw `content-type:text/plain` where `content-type:image/png`
/// was signed".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What differs.
    pub part: Part,
    /// What was signed, as `name:value` or `name=value` where the part has a name; `None` where it was not signed at all.
    pub signed: Option<String>,
    /// What the service saw, in the same form; `None` where it did not see it.
    pub seen: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, signed, seen } = self;
        match (part, seen, signed) {
            (Part::CanonicalRequest, ..) => {
                f.write_str("OSS saw another request than was signed, and does not tell in what it differs")
            }
            (_, Some(seen), Some(signed)) if seen == signed => {
                write!(f, "OSS saw {part} with another value than was signed")
            }
            (Part::Bucket | Part::Key | Part::Method, Some(seen), Some(signed)) => {
                write!(f, "OSS saw {part} as `{seen}` where `{signed}` was signed")
            }
            (_, Some(seen), Some(signed)) => write!(f, "OSS saw `{seen}` where `{signed}` was signed"),
            (_, None, Some(signed)) => write!(f, "OSS did not see `{signed}`, which was signed"),
            (_, Some(seen), None) => write!(f, "OSS saw `{seen}`, which was not signed"),
            (_, None, None) => write!(f, "OSS saw {part} otherwise than was signed"),
        }
    }
}

/// One part of a text with its value; `nth` counts parts of the same name.
pub(super) struct Line<'a> {
    part: Part,
    value: &'a str,
    nth: usize,
}

impl<'a> Line<'a> {
    fn is_of(&self, other: &Self) -> bool {
        self.nth == other.nth && self.part == other.part
    }

    /// The value, where it is one that nobody may see.
    pub(super) fn secret(&self) -> Option<&'a str> {
        let (Part::Header(name) | Part::Parameter(name)) = &self.part else {
            return None;
        };
        redact::is_secret(name).then_some(self.value).filter(|value| !value.is_empty())
    }

    fn shown(&self) -> Option<String> {
        let value = if self.secret().is_some() { redact::REDACTED } else { self.value };
        match &self.part {
            Part::Header(_) if value.is_empty() => None,
            Part::Header(name) => Some(format!("{name}:{value}")),
            Part::Parameter(name) if value.is_empty() => Some(name.clone()),
            Part::Parameter(name) => Some(format!("{name}={value}")),
            Part::Date => Some(format!("date:{value}")),
            _ => Some(value.to_owned()),
        }
    }
}

fn push<'a>(lines: &mut Vec<Line<'a>>, part: Part, value: &'a str) {
    if lines.len() == MOST_PARTS {
        return;
    }
    let nth = lines.iter().filter(|line| line.part == part).count();
    lines.push(Line { part, value, nth });
}

/// Method, Content-MD5, Content-Type, date, a line for each `x-oss-` header, then the resource, which may hold anything.
fn read_v1<'a>(text: &'a str, lines: &mut Vec<Line<'a>>) {
    let mut rest = text;
    let mut line = || {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        line
    };
    push(lines, Part::Method, line());
    push(lines, Part::Header("content-md5".to_owned()), line());
    push(lines, Part::Header("content-type".to_owned()), line());
    push(lines, Part::Date, line());
    while let Some((header, after)) = rest.split_once('\n').filter(|(line, _)| line.starts_with(header::OSS_PREFIX)) {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        push(lines, Part::Header(name.to_owned()), value);
        rest = after;
    }
    // Nothing is encoded here: a `?` belongs to the key unless a sub-resource follows, a `&` to the value before it.
    let is_start = |(at, _): &(usize, &str)| is_sub_resource(parameter_name(&rest[at + 1..]));
    let end = rest.match_indices('?').find(is_start).map_or(rest.len(), |(at, _)| at);
    read_resource(&rest[..end], lines);
    let mut query = rest.get(end + 1..).unwrap_or_default();
    while !query.is_empty() {
        let is_next = |(at, _): &(usize, &str)| is_sub_resource(parameter_name(&query[at + 1..]));
        let end = query.match_indices('&').find(is_next).map_or(query.len(), |(at, _)| at);
        let (name, value) = query[..end].split_once('=').unwrap_or((&query[..end], ""));
        push(lines, Part::Parameter(name.to_owned()), value);
        query = query.get(end + 1..).unwrap_or_default();
    }
}

fn parameter_name(text: &str) -> &str {
    let end = text.bytes().take(LONGEST_NAME).position(|byte| matches!(byte, b'=' | b'&'));
    end.or((text.len() < LONGEST_NAME).then_some(text.len())).map_or("", |end| &text[..end])
}

fn read_resource<'a>(resource: &'a str, lines: &mut Vec<Line<'a>>) {
    let path = resource.strip_prefix('/').unwrap_or(resource);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    push(lines, Part::Bucket, bucket);
    push(lines, Part::Key, key);
}

/// Method, URI, query, the headers up to an empty line, the additional names, the payload's hash: each on lines of its own.
fn read_canonical<'a>(text: &'a str, lines: &mut Vec<Line<'a>>) {
    let mut rest = text.split('\n');
    push(lines, Part::Method, rest.next().unwrap_or_default());
    read_resource(rest.next().unwrap_or_default(), lines);
    for pair in rest.next().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        push(lines, Part::Parameter(name.to_owned()), value);
    }
    for line in rest.by_ref().take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        push(lines, Part::Header(name.to_owned()), value);
    }
    push(lines, Part::AdditionalHeaders, rest.next().unwrap_or_default());
    push(lines, Part::Payload, rest.next().unwrap_or_default());
}

/// One line of at most [`LONGEST_SHOWN`] characters.
pub(super) fn cut(text: &str) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST_SHOWN {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_debug());
        } else {
            out.push(character);
        }
    }
    out
}

/// Reads `47 45 54`, the form of `StringToSignBytes`.
fn unspaced_hex(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?));
    let bytes: Option<Vec<u8>> = pairs.collect();
    String::from_utf8(bytes?).ok().filter(|text| !text.is_empty())
}
