//! Files that the command writes into an app's folder: whole or not at all, and none over another without being told to.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::exit::{Failure, Outcome};

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Those of the file that is replaced, or whom the system gives to new ones.
    Usual,
    /// Its owner alone.
    Owner,
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
    replace(path, text, Readers::Usual).map_err(|error| Failure::file("write", path, &error))
}

/// Writes a file that only its owner may read.
pub(crate) fn write_secret(path: &Path, text: &str) -> Outcome {
    replace(path, text, Readers::Owner).map_err(|error| Failure::file("write", path, &error))
}

/// Adds those of these lines that a text file does not have yet.
pub(crate) fn ensure_lines(path: &Path, lines: &[&str]) -> Outcome {
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
    write(path, &text)
}

/// The text of a file; nothing where there is none.
pub(crate) fn read_or_empty(path: &Path) -> Outcome<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|error| Failure::file("read", path, &error)),
    }
}

/// Whether others than its owner may read a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

/// Whether others than its owner may read a file: here its folder decides that.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Writes beside the file and takes its place: whoever reads meanwhile finds the old file or the new one.
fn replace(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let path = destination(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".storages-");
    let known = fs::metadata(&path).ok().map(|metadata| metadata.permissions());
    #[cfg(unix)]
    if readers == Readers::Usual && known.is_none() {
        // The system takes away what it does not give to new files.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let (Readers::Usual, Some(known)) = (readers, known) {
        file.as_file().set_permissions(known)?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// What is written: where a link leads to, not the link, also where nothing is there yet.
fn destination(path: &Path) -> io::Result<PathBuf> {
    if let Ok(path) = fs::canonicalize(path) {
        return Ok(path);
    }
    let Ok(target) = fs::read_link(path) else { return Ok(path.to_owned()) };
    let target = path.parent().unwrap_or(Path::new("")).join(target);
    match target.is_symlink() {
        true => Err(io::Error::other("it is a link to a link that leads nowhere")),
        false => Ok(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;

        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_readers_and_a_secret_one_loses_them() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("link"));
        write(&file, "new").unwrap();
        // What a file has that is made in the usual way.
        fs::write(folder.path().join("usual"), "").unwrap();
        assert_eq!(mode(&file), mode(&folder.path().join("usual")));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        write(&link, "newer").unwrap();
        assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("newer", 0o640));
        assert!(link.is_symlink() && is_open_to_others(&file));
        write_secret(&link, "hush").unwrap();
        assert_eq!((mode(&file), is_open_to_others(&file)), (0o600, false));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_stays_and_what_it_leads_to_is_made() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("secret")).unwrap();
        fs::create_dir_all(at("app")).unwrap();
        symlink("../secret/env", at("app/.env")).unwrap();
        write_secret(&at("app/.env"), "hush").unwrap();
        assert!(at("app/.env").is_symlink());
        assert_eq!((fs::read_to_string(at("secret/env")).unwrap().as_str(), mode(&at("secret/env"))), ("hush", 0o600));
        symlink("../gone/env", at("app/one")).unwrap();
        symlink("one", at("app/two")).unwrap();
        for name in ["app/one", "app/two"] {
            write_secret(&at(name), "hush").unwrap_err();
            assert!(at(name).is_symlink() && !at("gone").exists(), "{name}");
        }
    }

    #[test]
    fn lines_are_added_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".gitignore");
        fs::write(&file, "target").unwrap();
        for _ in 0..2 {
            ensure_lines(&file, &[".env", "target"]).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "target\n.env\n");
        }
    }
}
