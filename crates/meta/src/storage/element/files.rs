//! Local files: where downloads go, and the element's own.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::StorageElement;
use super::ranged::Plan;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::blocking::blocking;
use crate::storage::checkpoint::temporary_file;
use crate::storage::options::{DownloadOptions, FileDownloadOptions};
use crate::storage::progress::Meter;
use crate::storage::results::{Download, ObjectInfo};

/// How much is gathered before the file is written to.
const WRITE_CHUNK: usize = 1 << 20;

impl StorageElement {
    /// Downloads an object to a local file. The file appears, or is replaced, only when all bytes are there, checked
    /// and synced. Large objects are read in parts side by side where the Type says how.
    ///
    /// A file that is replaced hands on its permissions. A symbolic link stays, and the file that it leads to is replaced;
    /// a device, pipe or socket is refused.
    ///
    /// # Errors
    /// As [`download`](Self::download), and those of the local file.
    pub async fn download_to_file(&self, name: &str, path: impl Into<PathBuf>) -> Result<ObjectInfo> {
        self.download_to_file_with(name, path, FileDownloadOptions::default()).await
    }

    /// Downloads as [`download_to_file`](Self::download_to_file), with options: of a version, on conditions, in parts of
    /// another size, with a checkpoint from which the next call goes on after a crash, telling its progress.
    ///
    /// # Errors
    /// As [`download_to_file`](Self::download_to_file), and [`ErrorKind::PreconditionFailed`] or
    /// [`ErrorKind::NotModified`] where a condition does not hold.
    pub async fn download_to_file_with(
        &self,
        name: &str,
        path: impl Into<PathBuf>,
        options: FileDownloadOptions,
    ) -> Result<ObjectInfo> {
        let path = path.into();
        self.run(Operation::Download, name, async {
            let FileDownloadOptions { conditions, version_id, part_size, parallel, checkpoint, progress } = options;
            let read = DownloadOptions { conditions, version_id: version_id.clone(), ..DownloadOptions::default() };
            let plan = Plan::new(self.abilities().parallel_reads, part_size, parallel, checkpoint)?;
            // Asked for as a whole first: small objects need no second request, and large ones are known from its head.
            let download = self.open_download(name, read).await?;
            match plan.filter(|plan| plan.fits(&download.info)) {
                Some(plan) => {
                    let info = download.info.clone();
                    drop(download);
                    self.download_in_parts(info, version_id, path, plan, progress).await
                }
                None => {
                    let meter = progress.map(|progress| Meter::new(progress, Some(download.span.1)));
                    save(download, path, meter).await
                }
            }
        })
        .await
    }

    /// Reads a file of the element's own folder, such as its business file. `filename` is a relative path within it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a path that leaves the folder, [`ErrorKind::Io`] where it cannot be read.
    pub fn get_file(&self, filename: &str) -> Result<Vec<u8>> {
        let read = || {
            let relative = Path::new(filename);
            if filename.is_empty() || relative.components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(Error::new(ErrorKind::InvalidInput, "the path leaves the element's folder")
                    .with_advice("give a relative path without `..`"));
            }
            fs::read(self.0.folder.join(relative)).map_err(|error| Error::io("cannot read the element's file", error))
        };
        read().map_err(|error| self.in_context(error, Operation::GetFile, Some(filename)))
    }
}

async fn save(mut download: Download, path: PathBuf, meter: Option<Arc<Meter>>) -> Result<ObjectInfo> {
    let failed = cannot_write(&path);
    let (target, mut file) = blocking(move || {
        // Known now rather than when all has arrived.
        let target = Target::at(path)?;
        let file = target.new_file()?;
        Ok((target, file))
    })
    .await
    .map_err(&failed)?;
    let mut pending = Vec::new();
    let mut size = 0;
    while let Some(chunk) = download.chunk().await? {
        size += chunk.len();
        if let Some(meter) = &meter {
            meter.add(chunk.len() as u64);
        }
        pending.push(chunk);
        if size >= WRITE_CHUNK {
            let chunks = std::mem::take(&mut pending);
            size = 0;
            file = blocking(move || {
                chunks.iter().try_for_each(|chunk| file.write_all(chunk))?;
                Ok(file)
            })
            .await
            .map_err(&failed)?;
        }
    }
    if let Some(meter) = &meter {
        // Also of an object without bytes somebody is told at the end.
        meter.add(0);
    }
    blocking(move || {
        pending.iter().try_for_each(|chunk| file.write_all(chunk))?;
        target.hand_over(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(target.path()).map_err(|error| error.error)?;
        Ok(())
    })
    .await
    .map_err(&failed)?;
    Ok(download.info)
}

/// The error of a local file that is being written.
pub(super) fn cannot_write(path: &Path) -> impl Fn(io::Error) -> Error + Clone + Send + Sync + 'static {
    let shown = path.display().to_string();
    move |error| Error::io(format!("cannot write the file `{shown}`"), error)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The file that a download becomes: a new one, or one in place of an ordinary file.
#[derive(Debug, Clone)]
pub(super) struct Target {
    path: PathBuf,
    /// Who may do what with the file that it replaces.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has them"))]
    replaced: Option<Permissions>,
}

impl Target {
    /// Looks at what is at a path. A link stays, and the file that it leads to is replaced.
    ///
    /// # Errors
    /// [`io::ErrorKind::IsADirectory`] and, for whatever else is no ordinary file, one that says so.
    pub(super) fn at(path: PathBuf) -> io::Result<Self> {
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { path, replaced: None }),
            found => found?,
        };
        let (path, found) = match found.is_symlink() {
            true => {
                let led_to = fs::canonicalize(&path).map_err(|error| leads_nowhere(&error))?;
                let found = fs::symlink_metadata(&led_to)?;
                (led_to, found)
            }
            false => (path, found),
        };
        match found.file_type() {
            kind if kind.is_file() => Ok(Self { path, replaced: Some(found.permissions()) }),
            kind if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::Error::other(
                Error::new(ErrorKind::Io, "it is a device, pipe or socket, and only ordinary files are replaced")
                    .with_advice("read the object as a stream instead, on the command line with `-` for the file"),
            )),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A temporary file beside the target, which nobody may read who may not read that.
    pub(super) fn new_file(&self) -> io::Result<NamedTempFile> {
        #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has permissions"))]
        let mut builder = temporary_file();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder_of(&self.path))?;
        self.protect(file.as_file())?;
        Ok(file)
    }

    /// Lets nobody but its owner do more with a file that is being written than with the one that it replaces.
    pub(super) fn protect(&self, file: &File) -> io::Result<()> {
        // Who writes it may have to open it again.
        self.permit(file, 0o600)
    }

    /// Gives a file that is about to replace the target the target's permissions.
    pub(super) fn hand_over(&self, file: &File) -> io::Result<()> {
        self.permit(file, 0)
    }

    #[cfg(unix)]
    fn permit(&self, file: &File, more: u32) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let Some(replaced) = &self.replaced else { return Ok(()) };
        // The other bits let a program run as its owner: this program was another one.
        file.set_permissions(Permissions::from_mode(replaced.mode() & 0o777 | more))
    }

    #[cfg(not(unix))]
    fn permit(&self, _: &File, _: u32) -> io::Result<()> {
        Ok(())
    }
}

fn leads_nowhere(error: &io::Error) -> io::Error {
    let message = format!("it is a symbolic link, and what it leads to cannot be replaced: {error}");
    io::Error::other(Error::new(ErrorKind::Io, message).with_advice("remove the link, or make the file that it names"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts a file in a target's place as a download does.
    fn replace(path: &Path) -> Result<()> {
        let write = || {
            let target = Target::at(path.to_owned())?;
            let mut file = target.new_file()?;
            file.write_all(b"new")?;
            target.hand_over(file.as_file())?;
            file.persist(target.path()).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(cannot_write(path))
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        replace(folder.path()).unwrap_err();
        assert!(folder.path().is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_ordinary_file_stays_what_it_is() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (socket, link, void) = (folder.path().join("s"), folder.path().join("link"), folder.path().join("void"));
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        symlink("s", &link).unwrap();
        symlink("nothing", &void).unwrap();
        for path in [&socket, &link] {
            assert_eq!(
                replace(path).unwrap_err().to_string(),
                format!(
                    "cannot write the file `{}`: it is a device, pipe or socket, and only ordinary files are replaced: \
                     read the object as a stream instead, on the command line with `-` for the file",
                    path.display()
                )
            );
        }
        let error = replace(&void).unwrap_err().to_string();
        assert!(error.contains("it is a symbolic link") && error.contains("remove the link"), "{error}");
        assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
        assert!([&link, &void].iter().all(|path| path.is_symlink()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (link, file) = (folder.path().join("link"), elsewhere.path().join("file"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
        for (given, kept) in [(0o600, 0o600), (0o400, 0o400), (0o666, 0o666), (0o4751, 0o751)] {
            fs::write(&file, "old").unwrap();
            fs::set_permissions(&file, Permissions::from_mode(given)).unwrap();
            let target = Target::at(file.clone()).unwrap();
            let written = target.new_file().unwrap();
            assert_eq!(written.as_file().metadata().unwrap().permissions().mode() & 0o777, kept | 0o600);
            replace(&file).unwrap();
            assert_eq!((mode(), fs::read(&file).unwrap()), (kept, b"new".to_vec()));
            fs::remove_file(&file).unwrap();
        }
    }
}
