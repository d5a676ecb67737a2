//! `storages.MemoryType` with one fault: the five verbs.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use conformance::MemoryStorage;
use futures_util::{StreamExt, stream};
use meta::prelude::*;
use meta::{ByteRange, Conditions, Feature, Overwrite, ParallelReads, Symlinks};

use super::FEATURES;

/// What the mutants may leak.
pub(crate) const SECRET: &str = "0f1e2d3c-secret-of-the-mutants";

/// What is wrong with a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    DropsLastByte,
    DropsMiddleByte,
    LosesEmptyObjects,
    StoresWhatArrived,
    DeletesFirst,
    IgnoresLength,
    HidesSource,
    IgnoresRange,
    RangeOneTooLong,
    RangeShifted,
    RefusesPastTheEnd,
    EmptyAtTheEnd,
    IgnoresConditions,
    KeepsOldMetadata,
    GuessesType,
    LosesHeaders,
    WritesMetadataLater,
    WrongCrc,
    WrongSize,
    RawUrl,
    EmptyUrl,
    LowersNames,
    TrimsNames,
    CollapsesSlashes,
    ResolvesDots,
    DecodesPercents,
    CutsNames,
    MakesFolders,
    InventsMissing,
    MissingDeleteFails,
    ReportsOnePage,
    DeletesNothing,
    IgnoresForbid,
    ForbidsTooEarly,
    SecretInError,
    SecretInSource,
    SecretInDebug,
    SignatureInError,
    NamesAnotherObject,
    SaysNothing,
    TwoLines,
    WrongKind,
    ListsBackwards,
    ListSkips,
    ListRepeats,
    ListCircles,
    ListByNumber,
    PrefixIsFolder,
    IgnoresDelimiter,
    IgnoresStart,
    ListsDeleted,
    CopyLosesMetadata,
    CopyInvents,
    CopyMoves,
    AppendsAnywhere,
    PartsShow,
    PartsJoinAsSent,
    PartsAnyEtag,
    AbortsNothing,
    PutTypeUnbound,
    SignatureIgnoresMethod,
    SignsForEver,
    GetTypeBound,
    SigningWrites,
    AppendIsEmpty,
    NoAppend,
    NoSigning,
    NoSigningAnonymous,
    LeavesTombstone,
    TouchesOnRead,
    ListWrites,
    CopyLogs,
    UploadDeletesOther,
    TagsMerge,
    TagsLost,
    AclsForgotten,
    AclsPublic,
    ClassIgnored,
    ClassLosesMetadata,
    ClassAny,
    RestoresAnything,
    LinksNotFollowed,
    LinksCopy,
    LinksDangle,
    LinksDeleteTarget,
    LinksAnything,
    LinksOverwrite,
    UploadsListDone,
    UploadsSkip,
    UploadsUnsorted,
    VersionsNewestOnly,
    VersionsOldestFirst,
    VersionsNoMarkers,
    VersionsSkip,
    DeletesAllVersions,
    PartsIgnoreTags,
    UploadIgnoresTags,
    ProgressIgnored,
    RangesMixed,
    SignIgnoresOptions,
    NoParallelReads,
    EtagPerRead,
    SpanTooShort,
    ClaimsForms,
    Hangs,
    Panics,
}

/// A good storage with a fault laid over it.
pub(crate) struct Mutant {
    pub(crate) good: MemoryStorage,
    pub(crate) fault: Fault,
    pub(crate) last_signed: Mutex<String>,
    pub(crate) sent: Mutex<Vec<(String, meta::UploadedPart)>>,
    pub(crate) deleted: Mutex<Vec<ObjectInfo>>,
    pub(crate) begun: Mutex<Vec<meta::UnfinishedUpload>>,
    asked: AtomicUsize,
}

impl Mutant {
    pub(crate) fn new(good: MemoryStorage, fault: Fault) -> Self {
        let (last_signed, sent, deleted, begun) = Default::default();
        Self { good, fault, last_signed, sent, deleted, begun, asked: AtomicUsize::new(0) }
    }

    /// The name under which the good storage keeps it.
    pub(crate) fn kept(&self, name: &ObjectName) -> Result<ObjectName> {
        let text = name.as_str();
        let kept = match self.fault {
            Fault::LowersNames => text.to_lowercase(),
            Fault::TrimsNames => text.split('/').map(str::trim).collect::<Vec<_>>().join("/"),
            Fault::CollapsesSlashes => text.replace("///", "/").replace("//", "/"),
            Fault::ResolvesDots => {
                text.split('/').filter(|part| !matches!(*part, "." | "..")).collect::<Vec<_>>().join("/")
            }
            Fault::DecodesPercents => percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned(),
            Fault::CutsNames => text.chars().take(255).collect(),
            _ => return Ok(name.clone()),
        };
        ObjectName::parse(&kept).or_else(|_| Ok(name.clone()))
    }

    fn missing(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::NotFound {
            return error;
        }
        match self.fault {
            Fault::SecretInError => Error::new(ErrorKind::NotFound, format!("no such object for the key {SECRET}")),
            Fault::SecretInSource => error.with_source(io::Error::other(format!("signed with {SECRET}"))),
            Fault::SignatureInError => {
                let signed = self.last_signed.lock().unwrap_or_else(PoisonError::into_inner);
                let signature = signed.rsplit('=').next().unwrap_or_default();
                Error::new(ErrorKind::NotFound, format!("nothing is signed {signature}"))
            }
            Fault::NamesAnotherObject => error.with_object("another object"),
            Fault::SaysNothing => Error::new(ErrorKind::NotFound, ""),
            Fault::TwoLines => Error::new(ErrorKind::NotFound, "no such object\nat all"),
            Fault::WrongKind => Error::new(ErrorKind::Service, "no such object"),
            _ => error,
        }
    }

    async fn misbehave_on_missing(&self, error: &Error) {
        match self.fault {
            Fault::Hangs if error.kind() == ErrorKind::NotFound => std::future::pending().await,
            Fault::Panics if error.kind() == ErrorKind::NotFound => panic!("a bug of the Type"),
            _ => {}
        }
    }

    /// Writes what arrives as it arrives.
    async fn write_as_it_arrives(&self, name: &ObjectName, mut data: Body, options: UploadOptions) -> Result<Uploaded> {
        let mut open = data.open().await?;
        let mut arrived = Vec::new();
        let mut uploaded = self.good.upload_by_file(name, Body::from(arrived.clone()), options.clone()).await?;
        while let Some(chunk) = open.stream.next().await {
            arrived.extend_from_slice(&chunk.map_err(|error| Error::io("cannot read the content", error))?);
            uploaded = self.good.upload_by_file(name, arrived.clone().into(), options.clone()).await?;
        }
        match open.length {
            Some(length) if length != arrived.len() as u64 => Err(meta::wrong_length(length, arrived.len() as u64)),
            _ => Ok(uploaded),
        }
    }

    async fn changed_body(&self, name: &ObjectName, mut data: Body) -> Result<Body> {
        let none = DeleteOptions::default;
        Ok(match self.fault {
            Fault::DropsLastByte => {
                let bytes = data.into_bytes(u64::MAX).await?;
                bytes.slice(..bytes.len().saturating_sub(1)).into()
            }
            Fault::DropsMiddleByte if data.as_bytes().is_none() => {
                let chunks = data.open().await?.stream.enumerate();
                Body::stream(chunks.map(|(at, chunk)| chunk.map(|bytes| bytes.slice(usize::from(at == 1)..))), None)
            }
            Fault::IgnoresLength => Body::stream(data.open().await?.stream, None),
            Fault::ProgressIgnored if data.known_length().is_some() => data.uncounted(),
            Fault::HidesSource => {
                let length = data.known_length();
                let stream = data.open().await?.stream;
                Body::stream(stream.map(|chunk| chunk.map_err(|_| io::Error::other("failed"))), length)
            }
            Fault::DeletesFirst => {
                self.good.delete(vec![name.clone().into()], none()).await?;
                data
            }
            _ => data,
        })
    }

    async fn changed_options(&self, name: &ObjectName, mut options: UploadOptions) -> Result<UploadOptions> {
        match self.fault {
            Fault::IgnoresForbid => options.overwrite = Overwrite::Allow,
            Fault::ForbidsTooEarly if options.overwrite == Overwrite::Forbid => {
                if self.good.get_object(name, GetObjectOptions::default()).await.is_ok() {
                    return Err(Error::new(ErrorKind::AlreadyExists, "the object exists"));
                }
                options.overwrite = Overwrite::Allow;
                // Until another writer has asked too, so that both believe to be the first.
                self.asked.fetch_add(1, Ordering::Relaxed);
                for _ in 0..100_000 {
                    if self.asked.load(Ordering::Relaxed) > 1 {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            Fault::KeepsOldMetadata => {
                if let Ok(old) = self.good.get_object(name, GetObjectOptions::default()).await {
                    for (name, value) in old.metadata {
                        options.metadata.entry(name).or_insert(value);
                    }
                }
            }
            Fault::GuessesType if name.as_str().ends_with(".html") => {
                options.content_type = Some("text/html".to_owned())
            }
            Fault::LosesHeaders => options.cache_control = None,
            Fault::UploadIgnoresTags => options.tags.clear(),
            Fault::AclsForgotten => options.acl = None,
            Fault::ClassIgnored => options.storage_class = None,
            Fault::ClassAny => {
                options.storage_class = options.storage_class.filter(|class| class != "NoSuchClass");
            }
            _ => {}
        }
        Ok(options)
    }

    fn changed_receipt(&self, name: &ObjectName, mut receipt: Uploaded) -> Uploaded {
        receipt.name = name.clone();
        match self.fault {
            Fault::WrongCrc => receipt.crc64 = receipt.crc64.map(|crc64| crc64 ^ 1),
            Fault::WrongSize => receipt.size = receipt.size.map(|size| size + 1),
            Fault::RawUrl => receipt.url = format!("memory://objects/{name}"),
            Fault::EmptyUrl => receipt.url.clear(),
            _ => {}
        }
        receipt
    }

    fn changed_download(&self, mut options: DownloadOptions) -> DownloadOptions {
        match (self.fault, options.range) {
            (Fault::IgnoresRange, _) => options.range = None,
            (Fault::RangeOneTooLong, Some(ByteRange::Span { offset, length })) => {
                options.range = Some(ByteRange::Span { offset, length: length.saturating_add(1) });
            }
            (Fault::IgnoresConditions | Fault::EtagPerRead, _) => options.conditions = Conditions::default(),
            (Fault::RangesMixed, Some(_)) => options.conditions = Conditions::default(),
            _ => {}
        }
        options
    }

    /// A range that the good storage answers right and this one does not.
    async fn wrong_range(&self, name: &ObjectName, options: &DownloadOptions) -> Option<Result<Download>> {
        let range = options.range?;
        let info = self.good.get_object(name, GetObjectOptions::default()).await.ok()?;
        let within = range.within(info.size);
        match (self.fault, range, within) {
            (Fault::RefusesPastTheEnd, ByteRange::Span { offset, length }, Some(_))
                if offset.saturating_add(length) > info.size =>
            {
                Some(Err(Error::new(ErrorKind::InvalidInput, "the range is too long")))
            }
            (Fault::EmptyAtTheEnd, ByteRange::From(offset), None) if offset == info.size => {
                Some(Ok(Download::new(info, stream::empty()).with_span(offset, 0)))
            }
            (Fault::RangeShifted, _, Some((offset, length))) if offset > 0 => {
                let shifted = ByteRange::Span { offset: offset - 1, length };
                let shifted = DownloadOptions::default().with_range(shifted);
                Some(self.good.download(name, shifted).await.map(|download| download.with_span(offset, length)))
            }
            _ => None,
        }
    }

    fn changed_info(&self, name: &ObjectName, mut info: ObjectInfo) -> Result<ObjectInfo> {
        if self.fault == Fault::LosesEmptyObjects && info.size == 0 {
            return Err(Error::not_found());
        }
        info.name = name.clone();
        Ok(info)
    }

    async fn write_beside(&self, name: &ObjectName, suffix: &str) -> Result<()> {
        let beside = ObjectName::parse(&format!("{name}{suffix}"))?;
        self.good.upload_by_file(&beside, Body::from("beside"), UploadOptions::default()).await.map(drop)
    }
}

#[async_trait]
impl Storage for Mutant {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        let kept = self.kept(name)?;
        let options = self.changed_options(&kept, options).await?;
        let data = self.changed_body(&kept, data).await?;
        let uploaded = match self.fault {
            Fault::StoresWhatArrived => self.write_as_it_arrives(&kept, data, options).await?,
            Fault::WritesMetadataLater => {
                let mut first = UploadOptions::default();
                first.overwrite = options.overwrite;
                self.good.upload_by_file(&kept, data, first).await?;
                for _ in 0..300 {
                    tokio::task::yield_now().await;
                }
                let there = self.good.download(&kept, DownloadOptions::default()).await?.bytes().await?;
                let mut second = options;
                second.overwrite = Overwrite::Allow;
                self.good.upload_by_file(&kept, there.into(), second).await?
            }
            _ => self.good.upload_by_file(&kept, data, options).await?,
        };
        match (self.fault, kept.as_str().rsplit_once('/')) {
            (Fault::MakesFolders, Some((folder, _))) => self.write_beside(&ObjectName::parse(folder)?, "/").await?,
            (Fault::UploadDeletesOther, _) => {
                let other = kept.as_str().replace("copied", "audited").replace("many 1", "audited");
                if other != kept.as_str() {
                    self.good.delete(vec![ObjectName::parse(&other)?.into()], DeleteOptions::default()).await?;
                }
            }
            _ => {}
        }
        Ok(self.changed_receipt(name, uploaded))
    }

    async fn get_sign_url(&self, name: &ObjectName, mut options: SignOptions) -> Result<SignedRequest> {
        let kept = self.kept(name)?;
        let content_type = options.content_type.clone();
        match (self.fault, options.method) {
            (Fault::NoSigning, _) => return Err(Error::unsupported("not supported by storages.MutantType")),
            (Fault::NoSigningAnonymous, _) => return Err(Error::unsupported("not supported")),
            (Fault::PutTypeUnbound, SignMethod::Put) => options.content_type = None,
            (Fault::SignIgnoresOptions, SignMethod::Put) => {
                options.upload.metadata.clear();
                options.upload.overwrite = Overwrite::Allow;
            }
            (Fault::SignsForEver, _) if options.expires.as_secs() < 1_000 => {
                options.expires = std::time::Duration::from_secs(1_000_000);
            }
            (Fault::SigningWrites, _) => {
                let placeholder = UploadOptions::default().without_overwriting();
                let _ = self.good.upload_by_file(&kept, Body::from(""), placeholder).await;
            }
            _ => {}
        }
        let mut signed = self.good.get_sign_url(&kept, options).await?;
        if let (Fault::PutTypeUnbound | Fault::GetTypeBound, Some(content_type)) = (self.fault, content_type) {
            signed.headers.insert("content-type".to_owned(), content_type);
        }
        signed.url.clone_into(&mut self.last_signed.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(signed)
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        let kept = self.kept(name)?;
        if let Some(wrong) = self.wrong_range(&kept, &options).await {
            return wrong;
        }
        let asked = options.conditions.if_match.clone();
        let is_part = options.range.is_some() && asked.is_some();
        let mut download = match self.good.download(&kept, self.changed_download(options)).await {
            Ok(download) => download,
            Err(error) => {
                self.misbehave_on_missing(&error).await;
                return Err(self.missing(error));
            }
        };
        self.changed_info(name, download.info.clone())?;
        if is_part && self.fault == Fault::RangesMixed {
            download.info.etag = asked;
        }
        match self.fault {
            Fault::EtagPerRead => {
                download.info.etag = Some(format!("read {}", self.asked.fetch_add(1, Ordering::Relaxed)));
            }
            Fault::SpanTooShort => download.span.1 = download.span.1.saturating_sub(1),
            _ => {}
        }
        // What no checksum gives away.
        if self.fault == Fault::RangesMixed {
            download.info.crc64 = None;
        }
        if self.fault == Fault::TouchesOnRead {
            let mut read = UploadOptions::default();
            read.content_type.clone_from(&download.info.content_type);
            read.metadata.clone_from(&download.info.metadata);
            let bytes = self.good.download(&kept, DownloadOptions::default()).await?.bytes().await?;
            self.good.upload_by_file(&kept, bytes.into(), read).await?;
        }
        Ok(download)
    }

    async fn get_object(&self, name: &ObjectName, mut options: GetObjectOptions) -> Result<ObjectInfo> {
        if self.fault == Fault::IgnoresConditions {
            options.conditions = Conditions::default();
        }
        match self.good.get_object(&self.kept(name)?, options).await {
            Ok(info) => self.changed_info(name, info),
            Err(error) if self.fault == Fault::InventsMissing && error.kind() == ErrorKind::NotFound => {
                Ok(ObjectInfo::new(name.clone(), 0))
            }
            Err(error) => Err(self.missing(error)),
        }
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        let mut report = DeleteReport::default();
        for target in targets {
            let kept = self.kept(&target.name)?;
            let there = self.good.get_object(&kept, GetObjectOptions::default()).await;
            match (self.fault, there) {
                (Fault::MissingDeleteFails, Err(error)) => {
                    report.failed.push((target.name, error));
                    continue;
                }
                (Fault::LeavesTombstone, Ok(_)) => self.write_beside(&kept, ".deleted").await?,
                (Fault::ListsDeleted, Ok(info)) => {
                    self.deleted.lock().unwrap_or_else(PoisonError::into_inner).push(info);
                }
                _ => {}
            }
            if let (Fault::LinksDeleteTarget, Ok(linked)) = (self.fault, self.good.get_symlink(&kept).await) {
                self.good.delete(vec![linked.into()], options.clone()).await?;
            }
            if self.fault == Fault::DeletesAllVersions {
                self.delete_versions(&kept, &target).await?;
            }
            if self.fault != Fault::DeletesNothing {
                let mut below = DeleteTarget::from(kept);
                below.version_id.clone_from(&target.version_id);
                self.good.delete(vec![below], options.clone()).await?;
            }
            report.deleted.push(Deleted::new(target.name));
        }
        if self.fault == Fault::ReportsOnePage {
            report.deleted.truncate(1_000);
        }
        Ok(report)
    }

    fn abilities(&self) -> Abilities<'_> {
        let abilities = Abilities::none()
            .with_list(self)
            .with_copy(self)
            .with_multipart(self)
            .with_symlinks(self)
            .with_tags(self)
            .with_acls(self)
            .with_storage_classes(self)
            .with_versions(self)
            .with_features(FEATURES);
        let abilities = match self.fault {
            Fault::NoParallelReads => abilities,
            _ => abilities.with_parallel_reads(ParallelReads::new(1 << 20, 4)),
        };
        match self.fault {
            Fault::NoAppend => abilities,
            Fault::ClaimsForms => abilities.with_append(self).with_features(&[Feature::Forms]),
            _ => abilities.with_append(self),
        }
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutant");
        if self.fault == Fault::SecretInDebug {
            debug.field("key", &SECRET);
        }
        debug.field("fault", &self.fault).finish_non_exhaustive()
    }
}
