//! `storages.MemoryType` with one fault: the abilities.

use std::sync::PoisonError;

use futures_util::StreamExt;
use meta::prelude::*;
use meta::{
    AppendObject, Appended, CompleteOptions, CopyObject, CopyOptions, ListObjects, ListOptions, ListPage,
    ListUploadsOptions, MultipartUpload, UnfinishedUpload, UploadPage, UploadedPart,
};

use crate::mutant::{Fault, Mutant};

#[async_trait]
impl ListObjects for Mutant {
    async fn list(&self, mut options: ListOptions) -> Result<ListPage> {
        match self.fault {
            Fault::IgnoresDelimiter => options.delimiter.clear(),
            Fault::IgnoresStart => options.start_after = None,
            Fault::ListByNumber => return self.by_number(options).await,
            Fault::ListCircles if options.continuation.is_some() => options.continuation = None,
            Fault::ListWrites => {
                let index = ObjectName::parse(&format!("{}.index", options.prefix))?;
                self.good.upload_by_file(&index, Body::from("index"), UploadOptions::default()).await?;
            }
            _ => {}
        }
        let continued = options.continuation.clone();
        let prefix = options.prefix.clone();
        let mut page = self.good.list(options).await?;
        match self.fault {
            Fault::ListsBackwards => page.objects.reverse(),
            Fault::ListSkips if continued.is_some() && !page.objects.is_empty() => drop(page.objects.remove(0)),
            Fault::ListRepeats => {
                if let Some(last) = continued.as_deref().and_then(|told| told.strip_prefix('n')) {
                    let last = self.good.get_object(&ObjectName::parse(last)?, GetObjectOptions::default()).await?;
                    page.objects.insert(0, last);
                    page.objects.truncate(1.max(page.objects.len() - 1));
                }
            }
            Fault::PrefixIsFolder if !prefix.ends_with('/') => {
                page.objects
                    .retain(|info| info.name.as_str()[prefix.len()..].starts_with('/') || info.name.as_str() == prefix);
            }
            Fault::ListsDeleted if page.next.is_none() => {
                let deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner);
                page.objects.extend(deleted.iter().filter(|info| info.name.as_str().starts_with(&prefix)).cloned());
                page.objects.sort_by(|one, other| one.name.cmp(&other.name));
            }
            _ => {}
        }
        Ok(page)
    }
}

impl Mutant {
    /// Goes on at the number of entries that were told, not behind the last one.
    async fn by_number(&self, options: ListOptions) -> Result<ListPage> {
        let told: usize = options.continuation.as_deref().and_then(|told| told.parse().ok()).unwrap_or(0);
        let limit = options.limit.unwrap_or(1_000) as usize;
        let mut all = ListOptions::prefix(options.prefix).with_delimiter(options.delimiter);
        all.start_after = options.start_after;
        let page = self.good.list(all).await?;
        let left = page.objects.len().saturating_sub(told + limit);
        let objects = page.objects.into_iter().skip(told).take(limit).collect();
        Ok(ListPage::new(objects, page.common_prefixes, (left > 0).then(|| (told + limit).to_string())))
    }
}

#[async_trait]
impl CopyObject for Mutant {
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        let (from, to) = (self.kept(from)?, self.kept(to)?);
        let there = self.good.download(&from, DownloadOptions::default()).await;
        match (self.fault, there) {
            (Fault::CopyLosesMetadata, Ok(download)) => {
                let mut kept = UploadOptions::default();
                kept.overwrite = options.overwrite;
                self.good.upload_by_file(&to, download.bytes().await?.into(), kept).await
            }
            (Fault::CopyInvents, Err(_)) => {
                self.good.upload_by_file(&to, Body::from(""), UploadOptions::default()).await
            }
            (Fault::CopyMoves, Ok(_)) => {
                let receipt = self.good.copy(&from, &to, options).await?;
                self.good.delete(vec![from.into()], DeleteOptions::default()).await?;
                Ok(receipt)
            }
            (Fault::CopyLogs, Ok(_)) => {
                let log = ObjectName::parse(&format!("{to}.log"))?;
                self.good.upload_by_file(&log, Body::from("copied"), UploadOptions::default()).await?;
                self.good.copy(&from, &to, options).await
            }
            _ => self.good.copy(&from, &to, options).await,
        }
    }
}

#[async_trait]
impl AppendObject for Mutant {
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        let name = self.kept(name)?;
        match self.fault {
            Fault::AppendIsEmpty => Err(Error::unsupported("append is not supported by storages.MutantType")),
            Fault::AppendsAnywhere => {
                let end = self.good.get_object(&name, GetObjectOptions::default()).await.map_or(0, |info| info.size);
                self.good.append(&name, end, data, options).await
            }
            _ => self.good.append(&name, position, data, options).await,
        }
    }
}

#[async_trait]
impl MultipartUpload for Mutant {
    async fn initiate(&self, name: &ObjectName, mut options: UploadOptions) -> Result<String> {
        if self.fault == Fault::PartsIgnoreTags {
            options.tags.clear();
        }
        let (name, id) = (self.kept(name)?, self.good.initiate(&self.kept(name)?, options).await?);
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(UnfinishedUpload::new(name, id.as_str()));
        Ok(id)
    }

    async fn upload_part(
        &self,
        name: &ObjectName,
        upload_id: &str,
        number: u32,
        mut data: Body,
    ) -> Result<UploadedPart> {
        let name = self.kept(name)?;
        if self.fault == Fault::PartsShow {
            let mut content = Vec::new();
            let mut stream = data.open().await?.stream;
            while let Some(Ok(chunk)) = stream.next().await {
                content.extend_from_slice(&chunk);
            }
            self.good.upload_by_file(&name, content.clone().into(), UploadOptions::default()).await?;
            data = content.into();
        }
        let part = self.good.upload_part(&name, upload_id, number, data).await?;
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push((upload_id.to_owned(), part.clone()));
        Ok(part)
    }

    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>> {
        self.good.list_parts(&self.kept(name)?, upload_id).await
    }

    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        mut parts: Vec<UploadedPart>,
        options: CompleteOptions,
    ) -> Result<Uploaded> {
        let name = self.kept(name)?;
        let stored = self.good.list_parts(&name, upload_id).await?;
        if self.fault == Fault::PartsAnyEtag {
            for part in &mut parts {
                if let Some(stored) = stored.iter().find(|stored| stored.number == part.number) {
                    part.etag.clone_from(&stored.etag);
                }
            }
        }
        let receipt = self.good.complete(&name, upload_id, parts.clone(), options).await?;
        if self.fault != Fault::PartsJoinAsSent {
            return Ok(receipt);
        }
        // The object's parts lie in it one behind the other, and are put in the order in which they were sent.
        let whole = self.good.download(&name, DownloadOptions::default()).await?;
        let mut options = UploadOptions::default();
        options.content_type.clone_from(&whole.info.content_type);
        options.metadata.clone_from(&whole.info.metadata);
        let whole = whole.bytes().await?;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        sent.retain(|(id, part)| id == upload_id && parts.contains(part));
        let mut joined = Vec::new();
        for (_, part) in sent {
            let offset: u64 =
                parts.iter().take_while(|known| known.number != part.number).map(|known| known.size).sum();
            joined.extend_from_slice(&whole[offset as usize..(offset + part.size) as usize]);
        }
        self.good.upload_by_file(&name, joined.into(), options).await
    }

    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()> {
        if self.fault == Fault::AbortsNothing {
            return Ok(());
        }
        self.good.abort(&self.kept(name)?, upload_id).await
    }

    async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        let (is_continued, prefix) = (options.continuation.is_some(), options.prefix.clone());
        let mut page = self.good.list_uploads(options).await?;
        match self.fault {
            Fault::UploadsSkip if is_continued && !page.uploads.is_empty() => drop(page.uploads.remove(0)),
            Fault::UploadsUnsorted => page.uploads.reverse(),
            Fault::UploadsListDone if page.next.is_none() && !is_continued => {
                let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
                page.uploads = begun;
                page.uploads.retain(|upload| upload.name.as_str().starts_with(&prefix));
                page.uploads.sort_by(|one, other| one.name.cmp(&other.name));
            }
            _ => {}
        }
        Ok(page)
    }
}
