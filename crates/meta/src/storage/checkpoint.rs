//! The notes of interrupted transfers: small files of JSON lines that outlive the process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crc_fast::CrcAlgorithm;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::Checkpoint;

/// No note of ours is larger: 10 000 parts of a line each.
const LARGEST: u64 = 4 << 20;

/// What the names of files begin with that are being written and have no name of their own yet.
const TEMPORARY: &str = ".transfer-";
/// How many random letters and digits follow.
const RANDOM: usize = 20;

/// Whether a file of this name is one that transfers leave in the folders of the files that they move, and that is nobody's
/// content: a note, a download that is not whole yet, or a temporary file. Whoever sends whole folders passes them over.
///
/// ```
/// assert!(meta::is_transfer_file(".video.mp4.0123456789abcdef.part"));
/// assert!(!meta::is_transfer_file(".note-2024.md"));
/// ```
pub fn is_transfer_file(name: &str) -> bool {
    let Some(hidden) = name.strip_prefix('.') else { return false };
    if let Some(random) = name.strip_prefix(TEMPORARY) {
        return random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    let mut ends = hidden.rsplitn(3, '.');
    let is_kind = matches!(ends.next(), Some("part" | "upload" | "download"));
    let is_sum = |sum: &str| sum.len() == 16 && sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_kind && ends.next().is_some_and(is_sum) && ends.next().is_some()
}

/// A temporary file beside what it is to become, with a name that [`is_transfer_file`] knows.
pub(crate) fn temporary_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).rand_bytes(RANDOM);
    builder
}

/// The note of one transfer: a head that says what is transferred, and a line for each step that is done.
///
/// It is written so that a crash at any point leaves a note that can be read: a step that was cut counts as not done. Steps
/// serialise as JSON objects, so that a cut one is never taken for a whole one. What a note says must be checked against the
/// file and the store before it is believed. Types keep no secrets in it.
#[derive(Debug, Clone)]
pub struct TransferNote {
    path: PathBuf,
}

impl TransferNote {
    /// The note of the transfer of a local file. `kind` is `upload` or `download`, `what` says all that tells this
    /// transfer from others of the same file: element, store and object.
    pub fn new(checkpoint: &Checkpoint, file: &Path, kind: &str, what: &str) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // File systems allow 255 bytes; the sum tells long names apart.
        let shown: String = name.chars().take(48).collect();
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let identity = format!("{kind}\n{}\n{what}", absolute.display());
        let sum = crc_fast::checksum(CrcAlgorithm::Crc64Xz, identity.as_bytes());
        Self { path: checkpoint.folder(file).join(format!(".{shown}.{sum:016x}.{kind}")) }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The head and the steps that are noted; `None` where there is no note or none that can be read, which counts as
    /// none.
    ///
    /// # Errors
    /// Where the note is there and the file system fails.
    pub fn read<H: DeserializeOwned, S: DeserializeOwned>(&self) -> io::Result<Option<(H, Vec<S>)>> {
        let mut text = String::new();
        match File::open(&self.path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        // A crash may have cut any line that was the last one then.
        let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let Some(head) = lines.next().and_then(|line| serde_json::from_str(line).ok()) else { return Ok(None) };
        Ok(Some((head, lines.filter_map(|line| serde_json::from_str(line).ok()).collect())))
    }

    /// Begins the note anew. It appears whole, in a folder that is made where it is missing.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn begin<H: Serialize>(&self, head: &H) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = temporary_file().tempfile_in(folder)?;
        file.write_all(&line(head)?)?;
        file.as_file().sync_data()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Notes one more step.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn append<S: Serialize>(&self, step: &S) -> io::Result<()> {
        // Behind an end of line of its own, so that it is not joined to a line that a crash has cut.
        let line = [b"\n", &line(step)?[..]].concat();
        OpenOptions::new().append(true).open(&self.path)?.write_all(&line)
    }

    /// Takes the note away. One that is gone counts as taken away.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn line<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_up_to_where_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("video.mp4");
        let checkpoint = Checkpoint::In(folder.path().join("notes"));
        let note = TransferNote::new(&checkpoint, &file, "upload", "docs/video.mp4");
        assert!(note.read::<String, u32>().unwrap().is_none());
        note.begin(&"head").unwrap();
        note.append(&1).unwrap();
        note.append(&2).unwrap();
        assert_eq!(note.read::<String, u32>().unwrap(), Some(("head".to_owned(), vec![1, 2])));
        let whole = fs::read(note.path()).unwrap();
        for length in 0..whole.len() {
            fs::write(note.path(), &whole[..length]).unwrap();
            let read = note.read::<String, u32>().unwrap();
            let steps = read.map(|(_, steps)| steps);
            assert!(matches!(steps.as_deref(), None | Some([] | [1])), "{length}: {steps:?}");
        }
        // What is noted behind a cut line is read.
        fs::write(note.path(), "\"head\"\n\n1\n\n[2").unwrap();
        note.append(&3).unwrap();
        assert_eq!(note.read::<String, u32>().unwrap(), Some(("head".to_owned(), vec![1, 3])));
        note.remove().unwrap();
        note.remove().unwrap();
        assert!(note.read::<String, u32>().unwrap().is_none());
        let other = TransferNote::new(&checkpoint, &file, "upload", "docs/other.mp4");
        assert_ne!(other.path(), note.path());
    }

    #[test]
    fn what_transfers_leave_is_told_from_content() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = temporary_file().tempfile_in(folder.path()).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(is_transfer_file(&name(temporary.path())));
        for kind in ["upload", "download", "part"] {
            let note = TransferNote::new(&Checkpoint::Beside, &folder.path().join(".a b.c"), kind, "x");
            assert!(is_transfer_file(&name(note.path())), "{kind}");
        }
        for content in [
            ".note-2024.md",
            ".note-monday",
            ".download-abcdef",
            ".transfer-plan",
            ".transfer-0123456789abcdef.txt",
            "a.0123456789abcdef.part",
            ".0123456789abcdef.part",
            ".a.0123456789abcdeg.part",
            ".a.0123456789abcdef.parts",
            ".part",
            ".env",
        ] {
            assert!(!is_transfer_file(content), "{content}");
        }
    }

    #[test]
    fn nonsense_counts_as_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let note = TransferNote::new(&Checkpoint::In(folder.path().to_owned()), Path::new("x"), "upload", "");
        for nonsense in [&b"\xff\xfe\n"[..], b"{}\n", b"[1\n", b"\n\n"] {
            fs::write(note.path(), nonsense).unwrap();
            assert!(note.read::<String, u32>().unwrap().is_none());
        }
    }
}
