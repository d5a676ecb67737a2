//! Writes a document into a string: elements, texts, and the escapes that texts need.

/// A document in the making. Texts are escaped, control characters as numeric references.
#[derive(Debug)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// Starts a document with its declaration, the first thing in every answer of OSS.
    #[must_use]
    pub fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str) -> &mut Self {
        self.tag("<", name)
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) -> &mut Self {
        self.tag("</", name)
    }

    /// Writes an element that holds a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name);
        escape(text, &mut self.out);
        self.close(name)
    }

    /// Writes an element that holds a text, if there is one.
    pub fn optional(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.text(name, text);
        }
        self
    }

    /// Writes an element that holds a number.
    pub fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.text(name, &number.to_string())
    }

    /// Writes an element that holds `true` or `false`.
    pub fn flag(&mut self, name: &str, flag: bool) -> &mut Self {
        self.text(name, if flag { "true" } else { "false" })
    }

    /// The document.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    fn tag(&mut self, start: &str, name: &str) -> &mut Self {
        self.out.push_str(start);
        self.out.push_str(name);
        self.out.push('>');
        self
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

/// Quotes stay as they are: texts need no more, and ETags are easier to read.
fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| matches!(c, '<' | '>' | '&') || c.is_ascii_control()) {
        out.push_str(&rest[..at]);
        let byte = rest.as_bytes()[at];
        match byte {
            b'<' => out.push_str("&lt;"),
            b'>' => out.push_str("&gt;"),
            b'&' => out.push_str("&amp;"),
            control => out.push_str(&format!("&#x{control:x};")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
