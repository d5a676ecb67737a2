//! Uploads in parts that nobody has completed or aborted.

use meta::{Ability, ErrorKind, ListUploadsOptions, Overwrite, UploadOptions};

use super::bodies::nothing_but;
use crate::outcome::{Outcome, ensure, refused};
use crate::subject::Subject;

/// Names and ids, page by page.
async fn listed(s: &Subject, prefix: &str, limit: Option<u32>) -> Outcome<Vec<(String, String)>> {
    let mut all = Vec::new();
    let mut next = None;
    for _ in 0..100 {
        let mut options = ListUploadsOptions::prefix(prefix);
        options.limit = limit;
        options.continuation = next.take();
        let page = s.list_uploads(options).await?;
        let most = limit.unwrap_or(u32::MAX) as usize;
        ensure!(page.uploads.len() <= most, "a page of {most} uploads holds {}", page.uploads.len());
        all.extend(page.uploads.into_iter().map(|upload| (upload.name.to_string(), upload.upload_id)));
        match page.next {
            Some(told) => next = Some(told),
            None => return Ok(all),
        }
    }
    ensure!(false, "the pages of unfinished uploads do not end");
    Ok(all)
}

pub(crate) async fn unfinished_uploads_are_listed_by_page(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let none = UploadOptions::default;
    let mut begun = Vec::new();
    // Of one name several, and a name that needs encoding.
    for rest in ["a/2", "a/1", "b & 中", "a/1", "a/1", "c"] {
        let name = s.name(rest);
        let id = s.initiate(&name, none()).await?;
        begun.push((name, id));
    }
    begun.sort_unstable();
    for limit in [None, Some(1), Some(2), Some(3), Some(5), Some(6), Some(1_000)] {
        let mut found = listed(&s, &s.name(""), limit).await?;
        let names: Vec<_> = found.iter().map(|(name, _)| name.clone()).collect();
        ensure!(names.is_sorted(), "unfinished uploads are not in the order of their names: {names:?}");
        found.sort_unstable();
        ensure!(found == begun, "in pages of {limit:?} these uploads are listed: {found:?} instead of {begun:?}");
    }
    let of_a = listed(&s, &s.name("a/"), None).await?;
    ensure!(of_a.len() == 4, "four uploads have the prefix, and these are listed: {of_a:?}");
    ensure!(listed(&s, &s.name("none"), None).await?.is_empty(), "uploads of another prefix are listed");
    let (completed, aborted) = (&begun[0], &begun[5]);
    let part = s.upload_part(&completed.0, &completed.1, 1, "x").await?;
    s.complete(&completed.0, &completed.1, vec![part], Overwrite::Allow).await?;
    s.abort(&aborted.0, &aborted.1).await?;
    let mut left = listed(&s, &s.name(""), None).await?;
    left.sort_unstable();
    ensure!(left == begun[1..5], "of six uploads one was completed and one aborted, and these are left: {left:?}");
    let outcome = s.list_uploads(ListUploadsOptions::default().with_limit(0)).await;
    refused("a page of 0 uploads", outcome, ErrorKind::InvalidInput).map(drop)
}

pub(crate) async fn unfinished_uploads_are_aborted_together(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let none = UploadOptions::default;
    let (kept, other) = (s.name("many/kept"), s.name("other"));
    s.upload(&kept, "old").await?;
    let mut ids = Vec::new();
    for number in 0..20 {
        let name = s.name(&format!("many/{}", number % 7));
        let id = s.initiate(&name, none()).await?;
        s.upload_part(&name, &id, 1, "x").await?;
        ids.push((name, id));
    }
    s.initiate(&kept, none()).await?;
    let untouched = s.initiate(&other, none()).await?;
    let count = s.abort_uploads(&s.name("many/")).await?;
    ensure!(count == 21, "of 21 unfinished uploads {count} were aborted");
    let left = listed(&s, &s.name(""), None).await?;
    ensure!(left == [(other.clone(), untouched.clone())], "these unfinished uploads are left: {left:?}");
    for (name, id) in &ids {
        let outcome = s.list_parts(name, id).await;
        refused("the parts of an upload that was aborted", outcome, ErrorKind::NotFound)?;
    }
    ensure!(s.abort_uploads(&s.name("many/")).await? == 0, "uploads that are gone were aborted again");
    s.expect(&kept, b"old").await?;
    nothing_but(&s, &[&kept]).await?;
    let part = s.upload_part(&other, &untouched, 1, "other").await?;
    s.complete(&other, &untouched, vec![part], Overwrite::Allow).await?;
    s.expect(&other, b"other").await
}
