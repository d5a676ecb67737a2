//! Forms as browsers send them (`multipart/form-data`): fields in memory, within limits, the file as it streams by.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use oss_protocol::code::Code;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body::{Pieces, RequestBody};
use crate::failure::Failure;

/// The most bytes of a field's name.
const NAME_LIMIT: usize = 8 * 1024;
/// The most bytes of a field's value.
const VALUE_LIMIT: usize = 2 * 1024 * 1024;
/// The most bytes of all fields before the file.
const FIELDS_LIMIT: usize = 8 * 1024 * 1024;
/// The most bytes of a part's head, beside a name of full length.
const HEAD_LIMIT: usize = NAME_LIMIT + 8 * 1024;
/// What a field takes beside its name and its value.
const FIELD: usize = 128;
/// Bytes of a form's fields that need no leave.
const FREE: usize = 64 * 1024;
/// The most bytes of all forms' fields together, beyond what each has free.
pub(crate) const ALL_FIELDS_LIMIT: usize = 64 * 1024 * 1024;
/// The most letters of a boundary, by RFC 2046.
const BOUNDARY_LIMIT: usize = 70;

/// A form that is being read.
pub(crate) struct Form {
    body: RequestBody,
    /// Received, and not read yet.
    buffer: BytesMut,
    /// What ends each part: a line break, two dashes and the boundary.
    delimiter: Vec<u8>,
    /// Bytes of the fields so far.
    fields: usize,
    room: Arc<Semaphore>,
    /// What of the room is ours.
    held: Option<OwnedSemaphorePermit>,
    /// Bytes that were received for fields, with those that need no leave.
    gathered: usize,
}

/// The next part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Field {
        name: String,
        value: String,
    },
    /// Its content is read by [`FileContent`].
    File {
        name: String,
        content_type: Option<String>,
    },
    End,
}

impl Form {
    /// Starts to read a form, and passes what stands before its first part. Its fields take of `room`, a permit for a byte.
    pub(crate) async fn open(content_type: &str, body: RequestBody, room: Arc<Semaphore>) -> Result<Self, Failure> {
        let no_form = || Failure::new(Code::RequestIsNotMultiPartContent);
        let (kind, parameters) = content_type.split_once(';').ok_or_else(no_form)?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return Err(no_form());
        }
        let boundary = parameter(parameters, "boundary").ok_or_else(malformed)?;
        if boundary.is_empty() || boundary.len() > BOUNDARY_LIMIT {
            return Err(malformed());
        }
        // The line break before the first boundary is implied.
        let mut form = Self {
            body,
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            fields: 0,
            room,
            held: None,
            gathered: 0,
        };
        form.body.hurry();
        let mut passed = 0;
        while let Some(piece) = form.piece().await? {
            passed += piece.len();
            if passed > FIELDS_LIMIT {
                return Err(Failure::new(Code::MaxPOSTPreDataLengthExceededError));
            }
        }
        Ok(form)
    }

    /// The next part. A file must be read before this is called again.
    pub(crate) async fn next(&mut self) -> Result<Part, Failure> {
        self.body.hurry();
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(Part::End);
        }
        let head = self.head().await?;
        let mut disposition = None;
        let mut content_type = None;
        for line in head.split("\r\n") {
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "content-disposition" => disposition = Some(value),
                "content-type" => content_type = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        let (_, parameters) = disposition.and_then(|value| value.split_once(';')).ok_or_else(malformed)?;
        let name = parameter(parameters, "name").ok_or_else(malformed)?;
        if name.len() > NAME_LIMIT {
            return Err(Failure::new(Code::FieldItemTooLong));
        }
        if name.eq_ignore_ascii_case("file") {
            let path = parameter(parameters, "filename").unwrap_or_default();
            // Some browsers send the whole path.
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            return Ok(Part::File { name, content_type });
        }
        self.take_room(head.len() + FIELD)?;
        let value = self.collect(VALUE_LIMIT).await?;
        self.fields += head.len() + value.len();
        if self.fields > FIELDS_LIMIT {
            return Err(Failure::new(Code::MaxPOSTPreDataLengthExceededError));
        }
        let value = String::from_utf8(value).map_err(|_| malformed())?;
        Ok(Part::Field { name, value })
    }

    /// The content of the file that [`next`](Self::next) has come to, at most this many bytes, at this many bits a second.
    pub(crate) fn file(&mut self, limit: u64, bits_per_second: Option<u64>) -> FileContent<'_> {
        self.body.set_pace(bits_per_second);
        self.body.relax();
        FileContent { form: self, limit, received: 0 }
    }

    /// The head of a part, up to the empty line.
    async fn head(&mut self) -> Result<String, Failure> {
        loop {
            // With the line break of the boundary in front, an empty head is found too.
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.split_to(end + 4);
                return String::from_utf8(head[..end].to_vec()).map_err(|_| malformed());
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(Failure::new(Code::FieldItemTooLong));
            }
            self.fill().await?;
        }
    }

    /// Everything up to the next delimiter, which is passed.
    async fn collect(&mut self, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(piece) = self.piece().await? {
            if all.len() + piece.len() > limit {
                return Err(Failure::new(Code::FieldItemTooLong));
            }
            self.take_room(piece.len())?;
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// Makes sure that the fields of all forms together stay within their limit.
    fn take_room(&mut self, len: usize) -> Result<(), Failure> {
        let free = FREE.saturating_sub(self.gathered);
        self.gathered += len;
        let needed = u32::try_from(len.saturating_sub(free)).map_err(Failure::internal)?;
        if needed > 0 {
            let busy = |_| Failure::with_message(Code::SlowDown, "Too many forms with large fields at a time.");
            let permit = Arc::clone(&self.room).try_acquire_many_owned(needed).map_err(busy)?;
            match &mut self.held {
                Some(held) => held.merge(permit),
                held => *held = Some(permit),
            }
        }
        Ok(())
    }

    /// Some bytes before the next delimiter; `None` passes the delimiter.
    async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            match find(&self.buffer, &self.delimiter) {
                Some(0) => {
                    drop(self.buffer.split_to(self.delimiter.len()));
                    return Ok(None);
                }
                Some(at) => return Ok(Some(self.buffer.split_to(at).freeze())),
                None => {}
            }
            // The end may hold the beginning of a delimiter.
            let safe = self.buffer.len().saturating_sub(self.delimiter.len() - 1);
            if safe > 0 {
                return Ok(Some(self.buffer.split_to(safe).freeze()));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), Failure> {
        let piece = self.body.next().await?.ok_or_else(malformed)?;
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}

/// The content of a form's file.
pub(crate) struct FileContent<'f> {
    form: &'f mut Form,
    limit: u64,
    received: u64,
}

impl Pieces for FileContent<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let piece = self.form.piece().await?;
        self.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.received > self.limit {
            return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", self.limit.to_string()));
        }
        Ok(piece)
    }
}

fn malformed() -> Failure {
    Failure::new(Code::MalformedPOSTRequest)
}

/// A parameter of a header, with or without quotes.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        let value;
        (value, rest) = match behind.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, rest) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim().to_owned(), rest)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

/// The text up to the closing quote, and what follows. Only quotes are escaped: paths of Windows have single backslashes.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' if characters.next_if(|(_, next)| *next == '"').is_some() => value.push('"'),
            other => value.push(other),
        }
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| byte == first) {
        if text[from + at + 1..].starts_with(rest) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_quotes_or_not() {
        let text = r#" form-data; name="a \"b\"; c"; filename="C:\dir\b.txt"; size=5"#;
        assert_eq!(parameter(text, "name").as_deref(), Some("a \"b\"; c"));
        assert_eq!(parameter(text, "filename").as_deref(), Some("C:\\dir\\b.txt"));
        assert_eq!(parameter(text, "Size").as_deref(), Some("5"));
        assert_eq!(parameter(text, "none"), None);
        assert_eq!(parameter(" boundary=abc", "boundary").as_deref(), Some("abc"));
        assert_eq!(parameter(" boundary=\"abc", "boundary"), None);
        assert_eq!(parameter("", "boundary"), None);
    }

    #[test]
    fn delimiters_are_found_wherever_they_begin() {
        assert_eq!(find(b"\r\n\r\n--x", b"\r\n--x"), Some(2));
        assert_eq!(find(b"\r\r\n--x", b"\r\n--x"), Some(1));
        assert_eq!(find(b"\r\n--", b"\r\n--x"), None);
        assert_eq!(find(b"", b"x"), None);
    }
}
