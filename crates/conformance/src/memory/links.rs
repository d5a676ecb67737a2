//! Symbolic links.

use meta::{Bytes, Error, ErrorKind, ObjectInfo, ObjectName, Result, Symlinks, UploadOptions, async_trait};

use super::{Beside, Content, MemoryStorage, State, Stored, attributes, checksum};

#[async_trait]
impl Symlinks for MemoryStorage {
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, options: UploadOptions) -> Result<()> {
        attributes::check_class(options.storage_class.as_deref())?;
        let mut held = self.0.space.hold_for(name, &options)?;
        held.grow(target.as_str().len() as u64)?;
        let mut state = self.state();
        state.check_overwrite(name, options.overwrite)?;
        let mut info = ObjectInfo::new(name.clone(), 0);
        info.content_type = options.content_type;
        info.cache_control = options.cache_control;
        info.content_disposition = options.content_disposition;
        info.content_encoding = options.content_encoding;
        info.metadata = options.metadata;
        info.storage_class = options.storage_class;
        let content = Content { bytes: Bytes::new(), crc64: checksum(b""), held };
        let acl = options.acl.unwrap_or_default();
        state.put(info, content, Beside { tags: options.tags, acl, link: Some(target.clone()) });
        Ok(())
    }

    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName> {
        let stored = self.state().own(name)?.clone();
        stored.link.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "the object is no symbolic link"))
    }
}

impl State {
    /// What reading something reads: of a link its target.
    pub(super) fn follow<'a>(&'a self, stored: &'a Stored) -> Result<&'a Stored> {
        let Some(target) = &stored.link else { return Ok(stored) };
        let dangling = || Error::new(ErrorKind::NotFound, "the symbolic link stands for an object that is not there");
        let found = self.own(target).map_err(|_| dangling())?;
        match found.link {
            None => Ok(found),
            Some(_) => Err(Error::new(ErrorKind::InvalidInput, "the symbolic link stands for another one")),
        }
    }
}
