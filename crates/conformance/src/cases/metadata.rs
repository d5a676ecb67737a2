//! What is kept beside the content.

use std::time::{Duration, SystemTime};

use meta::{DownloadOptions, ErrorKind, ObjectInfo, UploadOptions};

use crate::outcome::{Outcome, ensure, refused};
use crate::subject::{Subject, content};

pub(crate) async fn content_types_are_kept(s: Subject) -> Outcome {
    for content_type in ["image/jpeg", "text/plain; charset=utf-8", "application/vnd.x-conformance+json"] {
        // The name's ending says something else on purpose.
        let name = s.name("typed.html");
        s.upload_with(&name, "x", UploadOptions::default().with_content_type(content_type)).await?;
        let told = s.get_object(&name).await?.content_type;
        ensure!(told.as_deref() == Some(content_type), "the type `{content_type}` became {told:?}");
    }
    let name = s.name("untyped.bin");
    s.upload(&name, "x").await?;
    let told = s.get_object(&name).await?.content_type;
    ensure!(told.as_deref() != Some(""), "an object that was given no type has the empty one");
    Ok(())
}

pub(crate) async fn headers_and_metadata_are_kept(s: Subject) -> Outcome {
    let name = s.name("described");
    let longest = "v".repeat(2_000);
    let options = UploadOptions::default()
        .with_content_type("text/css")
        .with_cache_control("max-age=60, must-revalidate")
        .with_content_disposition("attachment; filename=\"a b.css\"")
        // The bytes are no gzip: what is stored is what is returned, whatever the header says of it.
        .with_content_encoding("gzip")
        .with_metadata("Author", "alice & bob")
        .with_metadata("x-1-y", "=?%20\"';,")
        .with_metadata("empty", "")
        .with_metadata("long", &longest);
    let body = content(1, 5_000);
    let check = |what: &str, info: &ObjectInfo| {
        ensure!(info.content_type == options.content_type, "{what} has the type {:?}", info.content_type);
        ensure!(info.cache_control == options.cache_control, "{what} has Cache-Control {:?}", info.cache_control);
        ensure!(
            info.content_disposition == options.content_disposition,
            "{what} has Content-Disposition {:?}",
            info.content_disposition
        );
        ensure!(
            info.content_encoding == options.content_encoding,
            "{what} has Content-Encoding {:?}",
            info.content_encoding
        );
        for (name, value) in &options.metadata {
            let told = info.metadata.get(name);
            // A header without a value is dropped on the way by some HTTP stacks.
            let same = told == Some(value) || (value.is_empty() && told.is_none());
            ensure!(same, "{what} has the metadata `{name}` as {told:?} instead of {value:?}");
        }
        let own = info.metadata.keys().find(|name| !options.metadata.contains_key(*name));
        ensure!(own.is_none(), "{what} has metadata that nobody gave it: {own:?}");
        Ok(())
    };
    s.upload_with(&name, body.clone(), options.clone()).await?;
    check("an inspection", &s.get_object(&name).await?)?;
    let download = s.open(&name, DownloadOptions::default()).await?;
    check("a download", &download.info)?;
    s.expect(&name, &body).await
}

pub(crate) async fn headers_that_are_none_are_refused(s: Subject) -> Outcome {
    let name = s.name("refused");
    for options in [
        UploadOptions::default().with_content_type("text/plain\r\nx-injected: yes"),
        UploadOptions::default().with_content_type("jpeg"),
        UploadOptions::default().with_cache_control("a\nb"),
        UploadOptions::default().with_metadata("two words", "x"),
        UploadOptions::default().with_metadata("name", "x\r\nx-injected: yes"),
        UploadOptions::default().with_metadata("name", "v".repeat(9_000)),
    ] {
        let outcome = s.upload_with(&name, "x", options).await;
        refused("an upload with a header that is none", outcome, ErrorKind::InvalidInput)?;
    }
    s.expect_missing(&name).await
}

pub(crate) async fn times_are_of_the_last_write(s: Subject) -> Outcome {
    let name = s.name("timed");
    s.upload(&name, "old").await?;
    let before = s.get_object(&name).await?.last_modified;
    s.upload(&name, "new").await?;
    let (Some(before), Some(after)) = (before, s.get_object(&name).await?.last_modified) else { return Ok(()) };
    ensure!(after >= before, "an overwritten object became older: {before:?}, then {after:?}");
    let now = SystemTime::now();
    let distance = now.duration_since(after).unwrap_or_else(|error| error.duration());
    // Clocks of services are off by minutes at most, else their signatures would not fit either.
    ensure!(distance < Duration::from_secs(3_600), "an object written now is said to be of {after:?}");
    Ok(())
}
