//! Tags of objects.

use std::collections::BTreeMap;

use meta::{Ability, ErrorKind, Feature, Overwrite, UploadOptions};

use super::bodies::streamed;
use crate::outcome::{Outcome, ensure, refused};
use crate::subject::{Subject, content};

async fn expect_tags(s: &Subject, what: &str, name: &str, expected: &[(&str, &str)]) -> Outcome {
    let tags = s.get_tags(name).await?;
    let expected: BTreeMap<_, _> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    ensure!(tags == expected, "{what} should have the tags {expected:?} and has {tags:?}");
    Ok(())
}

pub(crate) async fn tags_are_replaced_as_a_whole(s: Subject) -> Outcome {
    s.needs(Ability::Tags)?;
    let (name, bytes) = (s.name("tagged"), content(1, 10_000));
    s.upload_with(&name, bytes.clone(), UploadOptions::default().with_metadata("author", "alice")).await?;
    expect_tags(&s, "an object that was given none", &name, &[]).await?;
    let awkward = [("colour", "blue"), ("a+b-c=d._:/ e", "1 + 1 = 2/1"), ("Case", "X"), ("case", "x"), ("empty", "")];
    s.set_tags(&name, &awkward).await?;
    expect_tags(&s, "an object", &name, &awkward).await?;
    s.set_tags(&name, &[("colour", "red")]).await?;
    expect_tags(&s, "an object whose tags were replaced", &name, &[("colour", "red")]).await?;
    let numbers: Vec<_> = (0..11).map(|number| number.to_string()).collect();
    let many: Vec<_> = numbers.iter().map(|number| (number.as_str(), "x")).collect();
    s.set_tags(&name, &many[..10]).await?;
    refused("an eleventh tag", s.set_tags(&name, &many).await, ErrorKind::InvalidInput)?;
    refused("a tag without a name", s.set_tags(&name, &[("", "x")]).await, ErrorKind::InvalidInput)?;
    expect_tags(&s, "an object with ten tags", &name, &many[..10]).await?;
    s.set_tags(&name, &[]).await?;
    expect_tags(&s, "an object whose tags were taken away", &name, &[]).await?;
    s.expect(&name, &bytes).await?;
    let author = s.get_object(&name).await?.metadata.remove("author");
    ensure!(author.as_deref() == Some("alice"), "tagging changed the metadata to {author:?}");
    let missing = s.name("missing");
    refused("the tags of a missing object", s.get_tags(&missing).await, ErrorKind::NotFound)?;
    refused("tagging a missing object", s.set_tags(&missing, &[("a", "b")]).await, ErrorKind::NotFound)?;
    s.expect_missing(&missing).await
}

pub(crate) async fn tags_come_with_uploads(s: Subject) -> Outcome {
    s.needs(Ability::Tags)?;
    s.needs_feature(Feature::Tags)?;
    let tagged = || UploadOptions::default().with_tag("colour", "blue & green").with_tag("空", "格");
    // Which characters tags may hold is the store's own business.
    let plain = || UploadOptions::default().with_tag("colour", "blue / green").with_tag("empty", "");
    let expected = [("colour", "blue / green"), ("empty", "")];
    let large = content(1, s.profile().large_bytes());
    let name = s.name("uploaded");
    for body in [content(2, 10).into(), large.clone().into(), streamed(&large, 65_536, None)] {
        s.upload_with(&name, body, plain()).await?;
        expect_tags(&s, "an object that was uploaded with tags", &name, &expected).await?;
        s.upload(&name, "without").await?;
        expect_tags(&s, "an object that was overwritten without tags", &name, &[]).await?;
    }
    let other = s.name("other characters");
    match s.upload_with(&other, "x", tagged()).await {
        Ok(_) => {
            let whole = [("colour", "blue & green"), ("空", "格")];
            expect_tags(&s, "an object whose tags were not refused", &other, &whole).await?;
        }
        outcome => drop(refused("an upload with other tags", outcome, ErrorKind::InvalidInput)?),
    }
    if s.profile().has(Ability::Multipart) {
        let id = s.initiate(&name, plain()).await?;
        let part = s.upload_part(&name, &id, 1, "in parts").await?;
        s.complete(&name, &id, vec![part], Overwrite::Allow).await?;
        expect_tags(&s, "an object of parts", &name, &expected).await?;
    }
    if s.profile().has(Ability::Append) {
        let log = s.name("log");
        s.append(&log, 0, "first", plain()).await?;
        expect_tags(&s, "an object that was appended to", &log, &expected).await?;
    }
    Ok(())
}
