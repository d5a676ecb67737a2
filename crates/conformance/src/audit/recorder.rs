//! An override that notes every effect that passes through it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meta::{
    Abilities, Ability, AppendObject, Appended, Body, Bytes, CompleteOptions, CopyObject, CopyOptions, DeleteOptions,
    DeleteReport, DeleteTarget, Error, ListUploadsOptions, MultipartUpload, ObjectAcl, ObjectAcls, ObjectName,
    RestoreOptions, Restoring, Result, SignMethod, SignOptions, SignedRequest, Storage, StorageClasses,
    StorageOverride, Symlinks, TagObject, UploadOptions, UploadPage, Uploaded, UploadedPart, async_trait,
};

/// More than the audit ever writes at once.
const LARGEST: u64 = 64 << 20;

/// Something that happened to the store, as far as an override can see.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Written {
        name: String,
        content: Bytes,
        options: UploadOptions,
    },
    Removed(String),
    Copied {
        from: String,
        to: String,
    },
    Appended {
        name: String,
        content: Bytes,
        options: UploadOptions,
    },
    Linked {
        from: String,
        to: String,
    },
    /// What is kept beside the content has changed.
    Restated(String),
    Signed(SignMethod, String),
}

/// What a recorder has seen.
#[derive(Default)]
pub(super) struct Seen {
    effects: Mutex<Vec<Effect>>,
    last: Mutex<Vec<Effect>>,
    uploads: Mutex<BTreeMap<String, Parts>>,
}

/// An upload in parts, as it went through.
#[derive(Default)]
struct Parts {
    options: UploadOptions,
    sent: BTreeMap<u32, Bytes>,
}

pub(super) struct Recorder {
    base: Arc<dyn Storage>,
    seen: Arc<Seen>,
    opened: Vec<Ability>,
}

impl Seen {
    /// What was seen since the last time.
    pub(super) fn take(&self) -> Vec<Effect> {
        let effects = std::mem::take(&mut *lock(&self.effects));
        lock(&self.last).clone_from(&effects);
        effects
    }

    /// What was taken last.
    pub(super) fn last(&self) -> Vec<Effect> {
        lock(&self.last).clone()
    }
}

impl Recorder {
    pub(super) fn new(base: Arc<dyn Storage>, seen: Arc<Seen>, opened: Vec<Ability>) -> Self {
        Self { base, seen, opened }
    }

    fn note(&self, effect: Effect) {
        lock(&self.seen.effects).push(effect);
    }
}

#[async_trait]
impl StorageOverride for Recorder {
    fn base(&self) -> &dyn Storage {
        &*self.base
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        let content = data.into_bytes(LARGEST).await?;
        let uploaded = self.base.upload_by_file(name, content.clone().into(), options.clone()).await?;
        self.note(Effect::Written { name: name.to_string(), content, options });
        Ok(uploaded)
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        let method = options.method;
        let signed = self.base.get_sign_url(name, options).await?;
        self.note(Effect::Signed(method, name.to_string()));
        Ok(signed)
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        let report = self.base.delete(targets, options).await?;
        for deleted in &report.deleted {
            self.note(Effect::Removed(deleted.name.to_string()));
        }
        Ok(report)
    }

    fn abilities(&self) -> Abilities<'_> {
        let mut abilities = self.base.abilities().reading();
        for ability in &self.opened {
            abilities = match ability {
                Ability::Copy => abilities.with_copy(self),
                Ability::Append => abilities.with_append(self),
                Ability::Multipart => abilities.with_multipart(self),
                Ability::Symlinks => abilities.with_symlinks(self),
                Ability::Tags => abilities.with_tags(self),
                Ability::Acls => abilities.with_acls(self),
                Ability::StorageClasses => abilities.with_storage_classes(self),
                _ => abilities,
            };
        }
        abilities
    }
}

#[async_trait]
impl CopyObject for Recorder {
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        let uploaded = self.base.abilities().copy.ok_or_else(gone)?.copy(from, to, options).await?;
        self.note(Effect::Copied { from: from.to_string(), to: to.to_string() });
        Ok(uploaded)
    }
}

#[async_trait]
impl AppendObject for Recorder {
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        let content = data.into_bytes(LARGEST).await?;
        let append = self.base.abilities().append.ok_or_else(gone)?;
        let appended = append.append(name, position, content.clone().into(), options.clone()).await?;
        self.note(Effect::Appended { name: name.to_string(), content, options });
        Ok(appended)
    }
}

#[async_trait]
impl MultipartUpload for Recorder {
    async fn initiate(&self, name: &ObjectName, options: UploadOptions) -> Result<String> {
        let multipart = self.base.abilities().multipart.ok_or_else(gone)?;
        let id = multipart.initiate(name, options.clone()).await?;
        lock(&self.seen.uploads).insert(id.clone(), Parts { options, sent: BTreeMap::new() });
        Ok(id)
    }

    async fn upload_part(&self, name: &ObjectName, upload_id: &str, number: u32, data: Body) -> Result<UploadedPart> {
        let content = data.into_bytes(LARGEST).await?;
        let multipart = self.base.abilities().multipart.ok_or_else(gone)?;
        let part = multipart.upload_part(name, upload_id, number, content.clone().into()).await?;
        lock(&self.seen.uploads).entry(upload_id.to_owned()).or_default().sent.insert(number, content);
        Ok(part)
    }

    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>> {
        self.base.abilities().multipart.ok_or_else(gone)?.list_parts(name, upload_id).await
    }

    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: CompleteOptions,
    ) -> Result<Uploaded> {
        let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
        let multipart = self.base.abilities().multipart.ok_or_else(gone)?;
        let uploaded = multipart.complete(name, upload_id, parts, options).await?;
        let Parts { options, sent } = lock(&self.seen.uploads).remove(upload_id).unwrap_or_default();
        let pieces: Vec<_> = numbers.iter().filter_map(|number| sent.get(number)).map(|bytes| &bytes[..]).collect();
        self.note(Effect::Written { name: name.to_string(), content: pieces.concat().into(), options });
        Ok(uploaded)
    }

    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()> {
        self.base.abilities().multipart.ok_or_else(gone)?.abort(name, upload_id).await
    }

    async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        self.base.abilities().multipart.ok_or_else(gone)?.list_uploads(options).await
    }
}

#[async_trait]
impl Symlinks for Recorder {
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, options: UploadOptions) -> Result<()> {
        self.base.abilities().symlinks.ok_or_else(gone)?.put_symlink(name, target, options).await?;
        self.note(Effect::Linked { from: name.to_string(), to: target.to_string() });
        Ok(())
    }

    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName> {
        self.base.abilities().symlinks.ok_or_else(gone)?.get_symlink(name).await
    }
}

#[async_trait]
impl TagObject for Recorder {
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>> {
        self.base.abilities().tags.ok_or_else(gone)?.get_tags(name).await
    }

    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()> {
        self.base.abilities().tags.ok_or_else(gone)?.set_tags(name, tags).await?;
        self.note(Effect::Restated(name.to_string()));
        Ok(())
    }
}

#[async_trait]
impl ObjectAcls for Recorder {
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl> {
        self.base.abilities().acls.ok_or_else(gone)?.get_acl(name).await
    }

    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()> {
        self.base.abilities().acls.ok_or_else(gone)?.set_acl(name, acl).await?;
        self.note(Effect::Restated(name.to_string()));
        Ok(())
    }
}

#[async_trait]
impl StorageClasses for Recorder {
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        self.base.abilities().storage_classes.ok_or_else(gone)?.set_storage_class(name, class).await?;
        self.note(Effect::Restated(name.to_string()));
        Ok(())
    }

    async fn restore(&self, name: &ObjectName, options: RestoreOptions) -> Result<Restoring> {
        self.base.abilities().storage_classes.ok_or_else(gone)?.restore(name, options).await
    }
}

fn gone() -> Error {
    Error::unsupported("the Type has the ability no more")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("base", &self.base).finish_non_exhaustive()
    }
}
