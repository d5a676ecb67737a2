//! A pull reader over one document: children by name, texts, and nothing that a hostile document could exploit.

use std::fmt;

use quick_xml::events::Event;

/// How deep elements may nest; the deepest document of OSS has six levels.
const MAX_DEPTH: usize = 32;

/// A document that cannot be read: not well-formed, not UTF-8, with a document type, too deep, or of another kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedXml(String);

impl MalformedXml {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for MalformedXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed XML: {}", self.0)
    }
}

impl std::error::Error for MalformedXml {}

/// Reads a document from its root inwards.
///
/// Entities are the five of XML and numeric references, which may name control characters: the Go SDK sends them.
#[derive(Debug)]
pub struct Reader<'a> {
    inner: quick_xml::Reader<&'a [u8]>,
    depth: usize,
    name: String,
}

impl<'a> Reader<'a> {
    /// Opens a document and enters its root element, which must have one of the given local names.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, no element at all, or a root of another name.
    pub fn open(document: &'a [u8], roots: &[&str]) -> Result<Self, MalformedXml> {
        let document = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
        let text = std::str::from_utf8(document).map_err(|_| MalformedXml::new("the document is not UTF-8"))?;
        let mut inner = quick_xml::Reader::from_str(text);
        inner.config_mut().expand_empty_elements = true;
        let mut reader = Self { inner, depth: 0, name: String::new() };
        if reader.child()?.is_none() {
            return Err(MalformedXml::new("the document has no element"));
        }
        if roots.contains(&reader.name.as_str()) {
            return Ok(reader);
        }
        Err(MalformedXml::new(format!("the root element is <{}>, not <{}>", reader.name, roots.join("> or <"))))
    }

    /// Enters the next child of the current element and returns its local name; `None` leaves the current element.
    ///
    /// # Errors
    /// What is not well-formed.
    pub fn child(&mut self) -> Result<Option<&str>, MalformedXml> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    self.enter()?;
                    self.name.clear();
                    self.name.push_str(start.local_name().into_inner());
                    return Ok(Some(&self.name));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(None);
                }
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(MalformedXml::new("the document ends within an element")),
                _ => {}
            }
        }
    }

    /// Reads the text of the current element as it is, and leaves the element. Elements within are skipped.
    ///
    /// # Errors
    /// What is not well-formed, and entities that XML does not define.
    pub fn text(&mut self) -> Result<String, MalformedXml> {
        let mut out = String::new();
        loop {
            match self.event()? {
                Event::Text(text) => out.push_str(&text.xml10_content()),
                Event::CData(text) => out.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => out.push(resolve(&reference)?),
                Event::Start(_) => {
                    self.enter()?;
                    self.skip()?;
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(out);
                }
                Event::Eof => return Err(MalformedXml::new("the document ends within an element")),
                _ => {}
            }
        }
    }

    /// Reads the text of the current element without the white space around it.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn word(&mut self) -> Result<String, MalformedXml> {
        let text = self.text()?;
        let trimmed = text.trim();
        if trimmed.len() == text.len() { Ok(text) } else { Ok(trimmed.to_owned()) }
    }

    /// Reads the current element as a value, such as a number.
    ///
    /// # Errors
    /// As [`text`](Self::text), and a text that is no such value.
    pub fn value<T: std::str::FromStr>(&mut self, name: &str) -> Result<T, MalformedXml> {
        let word = self.word()?;
        word.parse().map_err(|_| MalformedXml::new(format!("<{name}> holds `{word}`")))
    }

    /// Reads the current element as `true` or `false`, in any case.
    ///
    /// # Errors
    /// As [`text`](Self::text), and any other text.
    pub fn flag(&mut self, name: &str) -> Result<bool, MalformedXml> {
        let word = self.word()?;
        match word.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err(MalformedXml::new(format!("<{name}> holds `{word}`, not `true` or `false`"))),
        }
    }

    /// Leaves the current element with everything in it.
    ///
    /// # Errors
    /// What is not well-formed.
    pub fn skip(&mut self) -> Result<(), MalformedXml> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.child()?;
        }
        Ok(())
    }

    /// Checks that nothing but comments and white space follows the root element.
    ///
    /// # Errors
    /// Further elements or text.
    pub fn finish(&mut self) -> Result<(), MalformedXml> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.xml10_content().trim().is_empty() => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(MalformedXml::new("something follows the root element")),
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, MalformedXml> {
        match self.inner.read_event() {
            Ok(Event::DocType(_)) => Err(MalformedXml::new("a document type is not allowed")),
            Ok(event) => Ok(event),
            Err(error) => Err(MalformedXml::new(error.to_string())),
        }
    }

    fn enter(&mut self) -> Result<(), MalformedXml> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(MalformedXml::new(format!("elements nest deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }
}

fn resolve(reference: &str) -> Result<char, MalformedXml> {
    let refuse = || MalformedXml::new(format!("`&{reference};` is not defined"));
    match reference {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    let number = reference.strip_prefix('#').ok_or_else(refuse)?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse(),
        _ => return Err(refuse()),
    };
    code.ok().and_then(char::from_u32).ok_or_else(refuse)
}
