//! Files that the command writes into an app's folder, none of them over another without being told to.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::exit::{Failure, Outcome};

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

impl Existing {
    pub(crate) fn replaced_if(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// Refuses where one of these files is there and may not be replaced.
pub(crate) fn check_absent<'a>(files: impl IntoIterator<Item = &'a Path>, existing: Existing) -> Outcome {
    let there = files.into_iter().find(|file| file.exists());
    match there {
        Some(file) if existing == Existing::Keep => Err(Failure::usage(format!(
            "`{}` is there already: write it anew with `--force`, or choose another name",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// Writes a file, with the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
    fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
}

/// Writes a file that only its owner may read.
pub(crate) fn write_secret(path: &Path, text: &str) -> Outcome {
    open_secret(path, OpenOptions::new().write(true).create(true).truncate(true))
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::file("write", path, &error))
}

/// Adds lines to a file that only its owner may read.
pub(crate) fn append_secret(path: &Path, lines: &str) -> Outcome {
    let appended = || {
        let before = read_or_empty(path)?;
        let mut file = open_secret(path, OpenOptions::new().append(true).create(true))?;
        if !before.is_empty() && !before.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        file.write_all(lines.as_bytes())
    };
    appended().map_err(|error| Failure::file("write", path, &error))
}

/// Adds those of these lines that a text file does not have yet.
pub(crate) fn ensure_lines(path: &Path, lines: &[&str]) -> Outcome {
    let ensured = || {
        let mut text = read_or_empty(path)?;
        let missing: Vec<_> = lines.iter().filter(|line| !text.lines().any(|known| known.trim() == **line)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for line in missing {
            text.push_str(line);
            text.push('\n');
        }
        fs::write(path, text)
    };
    ensured().map_err(|error| Failure::file("write", path, &error))
}

fn read_or_empty(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

fn open_secret(path: &Path, options: &mut OpenOptions) -> io::Result<fs::File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
