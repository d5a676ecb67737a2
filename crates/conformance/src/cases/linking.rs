//! Symbolic links.

use meta::{Ability, ByteRange, DownloadOptions, ErrorKind, SignMethod, SignOptions, UploadOptions};

use super::bodies::nothing_but;
use crate::outcome::{Outcome, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

pub(crate) async fn links_are_followed(s: Subject) -> Outcome {
    s.needs(Ability::Symlinks)?;
    for (link, target) in [("link", "target"), ("链接 +%2F&", "目标/ a+b%20?.txt")] {
        let (link, target, bytes) = (s.name(link), s.name(target), content(1, 200_000));
        s.upload_with(&target, bytes.clone(), UploadOptions::default().with_content_type("text/css")).await?;
        s.put_symlink(&link, &target, UploadOptions::default()).await?;
        let told = s.get_symlink(&link).await?;
        ensure!(told == target, "a link to `{target}` is said to stand for `{told}`");
        s.expect(&link, &bytes).await?;
        let range = ByteRange::Span { offset: 1_000, length: 50_000 };
        same_bytes("a range of a link", &s.range(&link, range).await?, &bytes[1_000..51_000])?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("file");
        s.download_file(&link, &file, Default::default()).await?;
        same_bytes("a link that was downloaded to a file", &std::fs::read(&file)?, &bytes)?;
        if s.profile().signs(SignMethod::Get) && s.profile().can_fetch() {
            let signed = s.sign(&link, SignOptions::new(SignMethod::Get)).await?;
            let (status, body) = s.fetch(&signed, None).await?;
            ensure!(status == 200, "a signed GET of a link was answered with status {status}");
            same_bytes("a signed GET of a link", &body, &bytes)?;
        }
        // It stands for the name, not for what was there.
        s.upload(&target, "other").await?;
        s.expect(&link, b"other").await?;
        let open = s.open(&link, DownloadOptions::default()).await?;
        same_bytes("a link as a stream", &s.read(&link, open).await?, b"other")?;
        let mut both = [link.as_str(), target.as_str()];
        both.sort_unstable();
        nothing_but(&s, &both).await?;
        s.delete(&link).await?;
        s.expect_missing(&link).await?;
        s.expect(&target, b"other").await?;
        s.delete(&target).await?;
    }
    Ok(())
}

pub(crate) async fn links_to_nothing_are_not_found(s: Subject) -> Outcome {
    s.needs(Ability::Symlinks)?;
    let (link, target) = (s.name("link"), s.name("target"));
    s.put_symlink(&link, &target, UploadOptions::default()).await?;
    for _ in 0..2 {
        refused("a download of a link to nothing", s.download(&link).await, ErrorKind::NotFound)?;
        refused("an inspection of a link to nothing", s.get_object(&link).await, ErrorKind::NotFound)?;
        let told = s.get_symlink(&link).await?;
        ensure!(told == target, "a link to nothing is said to stand for `{told}`");
        s.upload(&target, "there").await?;
        s.expect(&link, b"there").await?;
        s.delete(&target).await?;
    }
    s.delete(&link).await?;
    let outcome = s.get_symlink(&link).await;
    refused("the target of a link that was deleted", outcome, ErrorKind::NotFound).map(drop)
}

pub(crate) async fn links_of_links_are_refused(s: Subject) -> Outcome {
    s.needs(Ability::Symlinks)?;
    let (first, second, target) = (s.name("first"), s.name("second"), s.name("target"));
    s.upload(&target, "never reached").await?;
    s.put_symlink(&first, &target, UploadOptions::default()).await?;
    // Some stores look at once, others when the link is read.
    match s.put_symlink(&second, &first, UploadOptions::default()).await {
        Ok(()) => drop(refused("a download of a link of a link", s.download(&second).await, ErrorKind::InvalidInput)?),
        outcome => drop(refused("a link of a link", outcome, ErrorKind::InvalidInput)?),
    }
    let itself = s.name("itself");
    match s.put_symlink(&itself, &itself, UploadOptions::default()).await {
        Ok(()) => drop(refused("a download of a link of itself", s.download(&itself).await, ErrorKind::InvalidInput)?),
        outcome => drop(refused("a link of itself", outcome, ErrorKind::InvalidInput)?),
    }
    s.expect(&first, b"never reached").await
}

pub(crate) async fn links_are_names_of_their_own(s: Subject) -> Outcome {
    s.needs(Ability::Symlinks)?;
    let (link, target) = (s.name("link"), s.name("target"));
    s.upload(&target, "target").await?;
    refused("the target of an object", s.get_symlink(&target).await, ErrorKind::InvalidInput)?;
    let missing = s.get_symlink(&s.name("missing")).await;
    refused("the target of nothing", missing, ErrorKind::NotFound)?;
    let once = || UploadOptions::default().without_overwriting();
    let outcome = s.put_symlink(&target, &s.name("elsewhere"), once()).await;
    refused("a link over an object although overwriting is forbidden", outcome, ErrorKind::AlreadyExists)?;
    s.expect(&target, b"target").await?;
    s.put_symlink(&link, &target, once()).await?;
    let outcome = s.upload_with(&link, "x", once()).await;
    refused("an upload over a link although overwriting is forbidden", outcome, ErrorKind::AlreadyExists)?;
    // What is written to the link's name does not go through it.
    s.upload(&link, "an object now").await?;
    s.expect(&link, b"an object now").await?;
    s.expect(&target, b"target").await?;
    s.put_symlink(&link, &target, UploadOptions::default()).await?;
    s.expect(&link, b"target").await?;
    let mut both = [link.as_str(), target.as_str()];
    both.sort_unstable();
    nothing_but(&s, &both).await
}
