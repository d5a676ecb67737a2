//! What is uploaded: bytes, a file or a stream.

use std::fmt;
use std::fs::{File, Metadata};
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::blocking::blocking;
use super::progress::{Counter, Meter};
use crate::error::{Error, ErrorKind, Result};

/// A stream of chunks to upload. Its error ends the upload; nothing is stored then.
pub type BodyStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// How much of a file is read at a time.
const FILE_CHUNK: usize = 256 * 1024;

/// The content of an upload.
///
/// Bytes and files can be read again when an attempt fails; a stream cannot. Files and streams are sent chunk by
/// chunk and never gathered in memory.
///
/// ```
/// use meta::Body;
///
/// let _: Body = "text".into();
/// let _: Body = vec![0_u8; 16].into();
/// let _ = Body::file("large_video.mp4");
/// ```
pub struct Body {
    content: Content,
    counter: Option<Counter>,
}

enum Content {
    Bytes(Bytes),
    Chunks(Arc<[Bytes]>),
    File(PathBuf),
    FilePart {
        path: PathBuf,
        offset: u64,
        length: u64,
    },
    Stream {
        stream: BodyStream,
        length: Option<u64>,
    },
    /// A stream that has been handed out.
    Spent,
}

/// A body that is being read: its chunks and, where it is known, their total length.
#[non_exhaustive]
pub struct OpenBody {
    /// The length in bytes; `None` for a stream that does not know.
    pub length: Option<u64>,
    /// The chunks.
    pub stream: BodyStream,
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        Self { content, counter: None }
    }
}

impl OpenBody {
    /// Counts what is read of it, anew.
    fn counted(self, counter: Counter) -> Self {
        let reading = counter.restart();
        let stream = self.stream.inspect_ok(move |chunk| counter.add(reading, chunk.len() as u64));
        Self { length: self.length, stream: Box::pin(stream) }
    }
}

impl Body {
    /// The file at this path, read as it is sent. It must not change meanwhile: what differs from the length at the
    /// start is an error. Pipes, devices and the like have no length; give them as a [`stream`](Body::stream).
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Content::File(path.into()).into()
    }

    /// `length` bytes of a file from `offset`, for uploads in parts.
    pub fn file_part(path: impl Into<PathBuf>, offset: u64, length: u64) -> Self {
        Content::FilePart { path: path.into(), offset, length }.into()
    }

    /// Bytes in memory that lie in several pieces, one behind the other.
    pub fn chunks(chunks: Vec<Bytes>) -> Self {
        Content::Chunks(chunks.into()).into()
    }

    /// A stream of chunks with its total length in bytes, where that is known.
    pub fn stream<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        Content::Stream { stream: Box::pin(stream), length }.into()
    }

    /// The whole content, where it is bytes in memory.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The file's path, where the content is a file.
    pub fn as_file(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) => Some(path),
            _ => None,
        }
    }

    /// The length in bytes where it is known without opening a file.
    pub fn known_length(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Chunks(chunks) => Some(chunks.iter().map(|chunk| chunk.len() as u64).sum()),
            Content::FilePart { length, .. } => Some(*length),
            Content::Stream { length, .. } => *length,
            Content::File(_) | Content::Spent => None,
        }
    }

    /// The length in bytes; of a file by asking the file system. `None` for a stream that does not know.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] and its like where the file cannot be asked.
    pub fn length(&self) -> impl Future<Output = Result<Option<u64>>> + Send + use<> {
        let (known, file) = (self.known_length(), self.as_file().map(Path::to_owned));
        async move {
            let Some(path) = file else { return Ok(known) };
            let shown = path.display().to_string();
            let length = blocking(move || regular(&std::fs::metadata(path)?)).await;
            length.map(Some).map_err(|error| Error::io(format!("cannot open the file `{shown}`"), error))
        }
    }

    /// Counts its bytes towards the progress of `whole`, of which it is a part: for Types that send a body in parts.
    #[must_use]
    pub fn counted_with(mut self, whole: &Body) -> Self {
        self.counter = whole.counter.as_ref().map(|counter| Counter::new(Arc::clone(&counter.meter)));
        self
    }

    /// Counts bytes of the body as moved that need not be sent: for Types that go on with an interrupted upload.
    pub fn count_as_moved(&self, bytes: u64) {
        if let Some(counter) = &self.counter {
            counter.meter.add(bytes);
        }
    }

    /// The same content, counted nowhere: for Types that count it otherwise.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.counter = None;
        self
    }

    /// Whether somebody is told how far its upload has come.
    pub fn is_counted(&self) -> bool {
        self.counter.is_some()
    }

    /// Tells the meter of its bytes.
    pub(crate) fn metered(mut self, meter: Arc<Meter>) -> Self {
        self.counter = Some(Counter::new(meter));
        self
    }

    /// Whether [`open`](Body::open) gives the content again and again.
    pub fn is_repeatable(&self) -> bool {
        matches!(self.content, Content::Bytes(_) | Content::Chunks(_) | Content::File(_) | Content::FilePart { .. })
    }

    /// Opens the content from its start. A stream can be opened once.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] and its like where the file cannot be opened, [`ErrorKind::InvalidInput`] for a stream that
    /// was opened before.
    pub async fn open(&mut self) -> Result<OpenBody> {
        let open = self.open_content().await?;
        Ok(match &self.counter {
            Some(counter) => open.counted(counter.clone()),
            None => open,
        })
    }

    async fn open_content(&mut self) -> Result<OpenBody> {
        match &mut self.content {
            Content::Bytes(bytes) => {
                // In pieces only where somebody looks on.
                let largest = if self.counter.is_some() { FILE_CHUNK } else { bytes.len() };
                let (length, mut rest) = (bytes.len() as u64, bytes.clone());
                let chunks =
                    std::iter::from_fn(move || (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(largest)))));
                Ok(OpenBody { length: Some(length), stream: Box::pin(stream::iter(chunks)) })
            }
            Content::Chunks(chunks) => {
                let (length, chunks) = (chunks.iter().map(|chunk| chunk.len() as u64).sum(), Arc::clone(chunks));
                let chunks = (0..chunks.len()).map(move |at| Ok(chunks[at].clone()));
                Ok(OpenBody { length: Some(length), stream: Box::pin(stream::iter(chunks)) })
            }
            Content::File(path) => open_file(path.clone(), 0, None).await,
            Content::FilePart { path, offset, length } => open_file(path.clone(), *offset, Some(*length)).await,
            content @ Content::Stream { .. } => match std::mem::replace(content, Content::Spent) {
                Content::Stream { stream, length } => Ok(OpenBody { length, stream }),
                _ => Err(spent()),
            },
            Content::Spent => Err(spent()),
        }
    }

    /// Gathers the content in memory, for Types whose store takes nothing else.
    ///
    /// # Errors
    /// Those of [`open`](Body::open) and of the stream; [`ErrorKind::InvalidInput`] where it is longer than `limit` bytes.
    pub async fn into_bytes(mut self, limit: u64) -> Result<Bytes> {
        let too_long = || Error::new(ErrorKind::InvalidInput, format!("the content is longer than {limit} bytes"));
        if let Content::Bytes(bytes) = self.content {
            return if bytes.len() as u64 <= limit { Ok(bytes) } else { Err(too_long()) };
        }
        let OpenBody { length, mut stream } = self.open().await?;
        let mut gathered = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| Error::io("cannot read the content", error))?;
            if gathered.len() as u64 + chunk.len() as u64 > limit {
                return Err(too_long());
            }
            gathered.extend_from_slice(&chunk);
        }
        match length {
            Some(length) if length != gathered.len() as u64 => Err(wrong_length(length, gathered.len() as u64)),
            _ => Ok(gathered.freeze()),
        }
    }
}

/// Opens `length` bytes of a file from `offset`, to its end where `length` is `None`.
async fn open_file(path: PathBuf, offset: u64, length: Option<u64>) -> Result<OpenBody> {
    let shown = path.display().to_string();
    let opened = blocking(move || {
        // Before it is opened, which would wait for the other end of a pipe.
        regular(&std::fs::metadata(&path)?)?;
        let mut file = File::open(&path)?;
        let rest = regular(&file.metadata()?)?.saturating_sub(offset);
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        match length {
            Some(length) if length > rest => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(length) => Ok((file, length, End::OfPart)),
            None => {
                // Nobody need ask for the chunks of an empty file.
                if rest == 0 {
                    End::OfFile.check(&mut file)?;
                }
                Ok((file, rest, End::OfFile))
            }
        }
    });
    let (file, length, end) =
        opened.await.map_err(|error| Error::io(format!("cannot open the file `{shown}`"), error))?;
    let chunks = stream::try_unfold((file, length), move |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let size = usize::try_from(left).map_or(FILE_CHUNK, |left| left.min(FILE_CHUNK));
        let (file, chunk) = blocking(move || {
            let mut chunk = Vec::with_capacity(size);
            if file.by_ref().take(size as u64).read_to_end(&mut chunk)? < size {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
            }
            // With the last chunk, since nobody need ask for more than was announced.
            if left == size as u64 {
                end.check(&mut file)?;
            }
            Ok((file, Bytes::from(chunk)))
        })
        .await?;
        Ok(Some((chunk, (file, left - size as u64))))
    });
    Ok(OpenBody { length: Some(length), stream: Box::pin(chunks) })
}

/// What lies behind the last byte to read.
#[derive(Clone, Copy)]
enum End {
    OfFile,
    OfPart,
}

impl End {
    /// Looks whether the file ends where it should; a cut file must not pass for a whole one.
    fn check(self, file: &mut File) -> io::Result<()> {
        match self {
            Self::OfPart => Ok(()),
            Self::OfFile if file.read(&mut [0])? == 0 => Ok(()),
            Self::OfFile => Err(io::Error::other("the file became longer while it was read")),
        }
    }
}

/// The length of an ordinary file.
fn regular(metadata: &Metadata) -> io::Result<u64> {
    match metadata.is_file() {
        true => Ok(metadata.len()),
        false if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no ordinary file and has no length; give its content as a stream",
        )),
    }
}

fn spent() -> Error {
    Error::new(ErrorKind::InvalidInput, "the stream has been read already")
        .with_advice("give bytes or a file, which can be read again, or a new stream")
}

/// The error for content whose length is not what was announced.
pub fn wrong_length(announced: u64, actual: u64) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("the content was announced with {announced} bytes and has {actual}; nothing was stored"),
    )
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Content::Chunks(chunks) => write!(f, "Body({} chunks)", chunks.len()),
            Content::File(path) => write!(f, "Body(file {path:?})"),
            Content::FilePart { path, offset, length } => {
                write!(f, "Body({length} bytes of file {path:?} from {offset})")
            }
            Content::Stream { length: Some(length), .. } => write!(f, "Body(stream of {length} bytes)"),
            Content::Stream { length: None, .. } => f.write_str("Body(stream)"),
            Content::Spent => f.write_str("Body(spent)"),
        }
    }
}

impl fmt::Debug for OpenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBody").field("length", &self.length).finish_non_exhaustive()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Content::Bytes(bytes).into()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Bytes(bytes.into()).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Content::Bytes(text.into()).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Content::Bytes(Bytes::from_static(text.as_bytes())).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Content::Bytes(Bytes::from_static(bytes)).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Body {
    fn from(bytes: &'static [u8; N]) -> Self {
        Content::Bytes(Bytes::from_static(bytes)).into()
    }
}

impl From<&Path> for Body {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<PathBuf> for Body {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: &mut Body) -> Vec<u8> {
        let mut open = body.open().await.unwrap();
        let mut read = Vec::new();
        while let Some(chunk) = open.stream.next().await {
            read.extend_from_slice(&chunk.unwrap());
        }
        if let Some(length) = open.length {
            assert_eq!(length, read.len() as u64);
        }
        read
    }

    #[tokio::test]
    async fn bytes_and_files_can_be_read_again_and_streams_cannot() {
        let content: Vec<u8> = (0..600_000_u32).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, &content).unwrap();
        let pieces = content.chunks(70_001).map(Bytes::copy_from_slice).collect();
        for mut body in [Body::from(content.clone()), Body::chunks(pieces), Body::file(file.path())] {
            assert!(body.is_repeatable());
            for _ in 0..2 {
                assert_eq!(read(&mut body).await, content);
            }
        }
        let mut body = Body::stream(stream::iter([Ok(Bytes::from_static(b"ab"))]), None);
        assert_eq!(read(&mut body).await, b"ab");
        assert_eq!(body.open().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    /// Reads to the end or to the first error.
    async fn outcome(mut open: OpenBody) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        while let Some(chunk) = open.stream.next().await {
            read.extend_from_slice(&chunk?);
        }
        Ok(read)
    }

    #[tokio::test]
    async fn a_file_that_grows_is_never_cut() {
        for size in [1, FILE_CHUNK, FILE_CHUNK + 7] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            io::Write::write_all(&mut file, &vec![1; size]).unwrap();
            let open = Body::file(file.path()).open().await.unwrap();
            let part = Body::file_part(file.path(), 0, size as u64).open().await.unwrap();
            io::Write::write_all(&mut file, b"more").unwrap();
            let error = outcome(open).await.unwrap_err().to_string();
            assert!(error.contains("became longer"), "{error}");
            assert_eq!(outcome(part).await.unwrap().len(), size);
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_has_no_length_is_no_empty_object() {
        for (path, reason) in [
            ("/dev/null", "no ordinary file"),
            ("/proc/self/status", "became longer"),
            ("/proc", "directory"),
            ("/proc/none", "No such file"),
        ] {
            let error = Body::file(path).open().await.unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(path), "{error}");
        }
        assert!(Body::file("/dev/null").length().await.unwrap_err().to_string().contains("no ordinary file"));
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_just_that_part() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, b"0123456789").unwrap();
        let mut open = open_file(file.path().to_owned(), 3, Some(4)).await.unwrap();
        assert_eq!(&open.stream.next().await.unwrap().unwrap()[..], b"3456");
        assert!(open.stream.next().await.is_none());
        assert!(open_file(file.path().to_owned(), 8, Some(4)).await.is_err());
    }

    #[tokio::test]
    async fn gathering_keeps_to_its_limit_and_to_the_announced_length() {
        assert_eq!(&Body::from("abc").into_bytes(3).await.unwrap()[..], b"abc");
        assert!(Body::from("abc").into_bytes(2).await.is_err());
        let body = Body::stream(stream::iter([Ok(Bytes::from_static(b"ab"))]), Some(5));
        assert!(body.into_bytes(10).await.unwrap_err().to_string().contains("announced with 5 bytes and has 2"));
    }
}
