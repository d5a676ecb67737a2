//! Versions of objects, in stores that keep them.

use meta::{
    ByteRange, Bytes, Conditions, CopyOptions, DownloadOptions, ErrorKind, FileDownloadOptions, GetObjectOptions,
    ListVersionsOptions, ObjectVersion, Operation, SignMethod, SignOptions,
};

use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

async fn read(s: &Subject, name: &str, version_id: &str) -> Outcome<Bytes> {
    let download = s.open(name, DownloadOptions::default().with_version_id(version_id)).await?;
    s.read(name, download).await
}

/// Writes contents of 1000, 1001, … bytes, and returns the ids, the oldest first.
async fn written(s: &Subject, name: &str, count: usize) -> Outcome<Vec<String>> {
    for number in 0..count {
        let receipt = s.upload(name, content(number as u64, 1_000 + number)).await?;
        let told = s.get_object(name).await?.version_id;
        ensure!(told.is_some(), "an object of a store that keeps versions has none");
        ensure!(
            receipt.version_id.is_none() || receipt.version_id == told,
            "the receipt has the version {:?} and the object {told:?}",
            receipt.version_id
        );
    }
    let mut ids = ids(&s.versions(name).await?)?;
    ids.reverse();
    ensure!(ids.len() == count, "an object was written {count} times and has {} versions", ids.len());
    Ok(ids)
}

fn ids(versions: &[ObjectVersion]) -> Outcome<Vec<String>> {
    let ids = versions.iter().map(|version| version.info.version_id.clone());
    ids.collect::<Option<_>>().ok_or_else(|| Stop::Failed("a version is listed without its id".to_owned()))
}

/// Demands that a name has these versions, the newest first, and that just the first one is current.
async fn expect_versions(s: &Subject, what: &str, name: &str, expected: &[String]) -> Outcome {
    let versions = s.versions(name).await?;
    let found = ids(&versions)?;
    ensure!(found == expected, "{what} should have the versions {expected:?} and has {found:?}");
    for (at, version) in versions.iter().enumerate() {
        ensure!(version.is_latest == (at == 0), "of {what} version {at} is said to be current or not, wrongly");
        ensure!(version.info.name.as_str() == name, "of {what} a version is named `{}`", version.info.name);
    }
    Ok(())
}

pub(crate) async fn old_versions_can_be_read(s: Subject) -> Outcome {
    s.needs_versions()?;
    let name = s.name("versioned");
    let ids = written(&s, &name, 4).await?;
    let newest_first: Vec<_> = ids.iter().rev().cloned().collect();
    expect_versions(&s, "an object", &name, &newest_first).await?;
    s.expect(&name, &content(3, 1_003)).await?;
    for (number, id) in ids.iter().enumerate() {
        let bytes = content(number as u64, 1_000 + number);
        same_bytes("a version", &read(&s, &name, id).await?, &bytes)?;
        let info = s.get_object_with(&name, GetObjectOptions::default().with_version_id(id)).await?;
        ensure!(info.size == bytes.len() as u64, "a version of {} bytes is said to have {}", bytes.len(), info.size);
        ensure!(info.version_id.as_ref() == Some(id), "the version {id} is said to be {:?}", info.version_id);
        let range = ByteRange::Span { offset: 10, length: 20 };
        let part = s.open(&name, DownloadOptions::default().with_version_id(id).with_range(range)).await?;
        same_bytes("a range of a version", &s.read(&name, part).await?, &bytes[10..30])?;
        let conditions = Conditions::default().with_if_match(info.etag.unwrap_or_default());
        let matching = DownloadOptions::default().with_version_id(id).with_conditions(conditions);
        same_bytes("a version by its ETag", &s.read(&name, s.open(&name, matching).await?).await?, &bytes)?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("file");
        s.download_file(&name, &file, FileDownloadOptions::default().with_version_id(id)).await?;
        same_bytes("a version that was downloaded to a file", &std::fs::read(&file)?, &bytes)?;
        if s.profile().signs(SignMethod::Get) && s.profile().can_fetch() {
            let signed = s.sign(&name, SignOptions::new(SignMethod::Get).with_version_id(id)).await?;
            let (status, body) = s.fetch(&signed, None).await?;
            ensure!(status == 200, "a signed GET of a version was answered with status {status}");
            same_bytes("a signed GET of a version", &body, &bytes)?;
        }
    }
    // Copied onto itself an old version becomes the current one.
    s.copy(&name, &name, CopyOptions::default().with_version_id(&ids[1])).await?;
    s.expect(&name, &content(1, 1_001)).await?;
    let versions = s.versions(&name).await?;
    ensure!(versions.len() == 5, "a copy of an old version made {} versions of 4", versions.len());
    Ok(())
}

pub(crate) async fn deletions_leave_markers(s: Subject) -> Outcome {
    s.needs_versions()?;
    let name = s.name("deleted");
    let ids = written(&s, &name, 2).await?;
    let deleted = s.delete(&name).await?;
    s.expect_missing(&name).await?;
    refused("a download of a deleted object", s.download(&name).await, ErrorKind::NotFound)?;
    let versions = s.versions(&name).await?;
    let [marker, current, old] = &versions[..] else {
        return Err(Stop::Failed(format!("two versions and a delete marker should be listed, and are: {versions:?}")));
    };
    ensure!(marker.is_delete_marker && marker.is_latest, "a deletion left no current marker: {marker:?}");
    ensure!(!current.is_delete_marker && !old.is_delete_marker, "versions are said to be markers: {versions:?}");
    ensure!(!current.is_latest && !old.is_latest, "versions of a deleted object are said to be current: {versions:?}");
    let marker = marker.info.version_id.clone().unwrap_or_default();
    ensure!(
        deleted.version_id.as_ref().is_none_or(|told| *told == marker),
        "a deletion tells the marker {:?}, and {marker} is listed",
        deleted.version_id
    );
    for (number, id) in ids.iter().enumerate() {
        same_bytes(
            "a version of a deleted object",
            &read(&s, &name, id).await?,
            &content(number as u64, 1_000 + number),
        )?;
    }
    ensure!(read(&s, &name, &marker).await.is_err(), "a delete marker can be read");
    s.delete_version(&name, &marker).await?;
    s.expect(&name, &content(1, 1_001)).await?;
    expect_versions(&s, "an object that was brought back", &name, &[ids[1].clone(), ids[0].clone()]).await?;
    s.delete(&name).await?;
    s.upload(&name, "again").await?;
    s.expect(&name, b"again").await
}

pub(crate) async fn deleted_versions_are_gone(s: Subject) -> Outcome {
    s.needs_versions()?;
    let (name, neighbour) = (s.name("kept"), s.name("kept too"));
    let ids = written(&s, &name, 4).await?;
    s.upload(&neighbour, "neighbour").await?;
    let deleted = s.delete_version(&name, &ids[1]).await?;
    ensure!(deleted.name.as_str() == name, "the receipt of a deletion names `{}`", deleted.name);
    refused("a download of a version that was deleted", read(&s, &name, &ids[1]).await, ErrorKind::NotFound)?;
    s.expect(&name, &content(3, 1_003)).await?;
    // The one before the current one becomes current.
    s.delete_version(&name, &ids[3]).await?;
    s.expect(&name, &content(2, 1_002)).await?;
    let versions = s.versions(&s.name("kept")).await?;
    let left = versions.iter().filter(|version| version.info.name.as_str() == name).count();
    ensure!(left == 2, "of four versions two were deleted, and {left} are left");
    for id in [&ids[2], &ids[0]] {
        s.delete_version(&name, id).await?;
    }
    s.expect_missing(&name).await?;
    let versions = s.versions(&name).await?;
    let left: Vec<_> = versions.iter().filter(|version| version.info.name.as_str() == name).collect();
    ensure!(left.is_empty(), "all versions were deleted, and these are left: {left:?}");
    s.expect(&neighbour, b"neighbour").await?;
    let outcome = s.call(Operation::Delete, &[&neighbour], s.element().delete_version(&neighbour, "")).await;
    refused("the deletion of a version without an id", outcome, ErrorKind::InvalidInput)?;
    s.expect(&neighbour, b"neighbour").await
}

pub(crate) async fn versions_are_listed_by_page(s: Subject) -> Outcome {
    s.needs_versions()?;
    let mut expected = Vec::new();
    for (rest, count) in [("a", 3), ("a/b", 1), ("b & 中", 2), ("c/d", 2)] {
        let name = s.name(rest);
        for number in 0..count {
            s.upload(&name, format!("{number}")).await?;
        }
        expected.push((name, count));
    }
    s.delete(&s.name("b & 中")).await?;
    expected[2].1 += 1;
    for limit in [1, 2, 3, 8, 9, 1_000] {
        let mut found: Vec<(String, usize)> = Vec::new();
        let mut seen = Vec::new();
        let mut next = Some(ListVersionsOptions::prefix(s.name("")).with_limit(limit));
        while let Some(options) = next {
            let page = s.list_versions(options.clone()).await?;
            let entries = page.versions.len();
            ensure!(entries <= limit as usize, "a page of {limit} versions holds {entries}");
            for version in &page.versions {
                let name = version.info.name.to_string();
                match found.last_mut() {
                    Some((last, count)) if *last == name => *count += 1,
                    _ => {
                        ensure!(version.is_latest, "the first version that is listed of `{name}` is not the newest");
                        found.push((name, 1));
                    }
                }
            }
            seen.extend(ids(&page.versions)?.into_iter().zip(page.versions.iter().map(|one| one.info.name.clone())));
            ensure!(seen.len() <= 9, "the pages of versions do not end");
            next = page.next.map(|next| options.with_continuation(next));
        }
        ensure!(found == expected, "in pages of {limit} these versions are listed: {found:?} instead of {expected:?}");
        seen.sort_unstable();
        seen.dedup();
        ensure!(seen.len() == 9, "in pages of {limit} some of 9 versions are listed twice");
    }
    let folded = s.list_versions(ListVersionsOptions::prefix(s.name("")).with_delimiter("/")).await?;
    let folders = [s.name("a/"), s.name("c/")];
    ensure!(folded.common_prefixes == folders, "versions are folded to {:?}", folded.common_prefixes);
    ensure!(folded.versions.len() == 6, "beside the folders {} of 6 versions are listed", folded.versions.len());
    let outcome = s.list_versions(ListVersionsOptions::default().with_limit(0)).await;
    refused("a page of 0 versions", outcome, ErrorKind::InvalidInput).map(drop)
}
