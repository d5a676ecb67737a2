//! What options may ask beyond what every Type can do: taken where it is declared, refused where it is not, and never
//! left out in silence.

use std::collections::BTreeMap;

use meta::{
    Ability, Callback, CompleteOptions, DownloadOptions, Encryption, ErrorKind, Feature, ObjectAcl, PartOfUpload,
    ResponseHeaders, SignMethod, SignOptions, UploadOptions,
};

use super::bodies::nothing_but;
use crate::outcome::{Outcome, Stop, ensure, same_bytes};
use crate::subject::{Subject, content};

/// The greatest traffic limit that OSS knows, so that nobody waits.
const FAST: u64 = 838_860_800;
/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1/uploaded";

fn get() -> SignOptions {
    SignOptions::new(SignMethod::Get)
}

/// Options of writing that ask for a feature.
fn writing(s: &Subject, feature: Feature) -> Option<UploadOptions> {
    let options = UploadOptions::default();
    let class = s.profile().storage_classes().last().map_or("Standard", String::as_str);
    Some(match feature {
        Feature::StorageClass => options.with_storage_class(class),
        Feature::Acl => options.with_acl(ObjectAcl::Private),
        Feature::Tags => options.with_tag("colour", "blue"),
        Feature::Encryption => options.with_encryption(Encryption::aes256()),
        Feature::Callback => options.with_callback(Callback::new(NOBODY, "name=${object}")),
        Feature::TrafficLimit => options.with_traffic_limit(FAST),
        _ => return None,
    })
}

fn reading(feature: Feature) -> Option<DownloadOptions> {
    match feature {
        Feature::TrafficLimit => Some(DownloadOptions::default().with_traffic_limit(FAST)),
        Feature::Process => Some(DownloadOptions::default().with_process("image/resize,w_100")),
        _ => None,
    }
}

fn completing(feature: Feature) -> Option<CompleteOptions> {
    match feature {
        Feature::Acl => Some(CompleteOptions::default().with_acl(ObjectAcl::Private)),
        Feature::Callback => Some(CompleteOptions::default().with_callback(Callback::new(NOBODY, "x"))),
        _ => None,
    }
}

fn signing(s: &Subject, feature: Feature) -> SignOptions {
    let headers = ResponseHeaders::default().with_content_disposition("attachment");
    match feature {
        Feature::TrafficLimit => get().with_traffic_limit(FAST),
        Feature::Process => get().with_process("image/resize,w_100"),
        Feature::ResponseHeaders => get().with_response_headers(headers),
        Feature::SignedParts => SignOptions::new(SignMethod::Put).with_part(PartOfUpload::new("id", 1)),
        Feature::Forms => SignOptions::new(SignMethod::Post),
        Feature::PublicEndPoint => get().with_public_end_point("files.example.com"),
        _ => SignOptions::new(SignMethod::Put).with_upload(writing(s, feature).unwrap_or_default()),
    }
}

/// Demands that a call was refused because of the feature.
fn is_refused(s: &Subject, feature: Feature, verb: &str, outcome: Outcome) -> Outcome {
    match outcome {
        Err(Stop::Refused(error)) => {
            let message = error.message();
            ensure!(
                error.kind() == ErrorKind::Unsupported && message.contains(feature.noun()),
                "{verb} that asks for {feature} was refused as {:?}, not because the Type has none: {error}",
                error.kind()
            );
            let names_type = message.contains(s.element().element_type().as_str());
            ensure!(names_type, "the refusal of {feature} does not name the Type: {message}");
            Ok(())
        }
        Err(Stop::NotApplicable(_)) => Ok(()),
        Err(stop) => Err(stop),
        Ok(()) => Err(Stop::Failed(format!("{verb} that asks for {feature} succeeded, and the Type has none"))),
    }
}

pub(crate) async fn what_is_not_declared_is_refused(s: Subject) -> Outcome {
    let (kept, none) = (s.name("kept"), s.name("never written"));
    s.upload(&kept, "kept").await?;
    for feature in Feature::ALL.iter().copied().filter(|feature| !s.profile().supports(*feature)) {
        if let Some(options) = writing(&s, feature) {
            let target = s.name("target");
            let mut outcomes = vec![("an upload", s.upload_with(&none, "x", options.clone()).await.map(drop))];
            if s.profile().has(Ability::Append) {
                outcomes.push(("an append", s.append(&none, 0, "x", options.clone()).await.map(drop)));
            }
            if s.profile().has(Ability::Multipart) {
                let begun = s.initiate(&none, options.clone()).await.map(drop);
                outcomes.push(("the beginning of an upload in parts", begun));
            }
            if s.profile().has(Ability::Symlinks) {
                outcomes.push(("a symbolic link", s.put_symlink(&none, &target, options).await));
            }
            for (verb, outcome) in outcomes {
                is_refused(&s, feature, verb, outcome)?;
            }
        }
        if let Some(options) = completing(feature).filter(|_| s.profile().has(Ability::Multipart)) {
            let id = s.initiate(&none, UploadOptions::default()).await?;
            let part = s.upload_part(&none, &id, 1, "x").await?;
            let outcome = s.complete(&none, &id, vec![part], options).await.map(drop);
            is_refused(&s, feature, "a completion", outcome)?;
            s.abort(&none, &id).await?;
        }
        if let Some(options) = reading(feature) {
            is_refused(&s, feature, "a download", s.open(&kept, options).await.map(drop))?;
        }
        is_refused(&s, feature, "a signing", s.sign(&kept, signing(&s, feature)).await.map(drop))?;
    }
    s.expect(&kept, b"kept").await?;
    s.expect_missing(&none).await?;
    nothing_but(&s, &[&kept]).await
}

pub(crate) async fn what_is_declared_is_taken(s: Subject) -> Outcome {
    for feature in Feature::ALL.iter().copied().filter(|feature| s.profile().supports(*feature)) {
        match feature {
            Feature::StorageClass | Feature::Acl | Feature::Tags | Feature::Encryption => written(&s, feature).await?,
            Feature::TrafficLimit => {
                written(&s, feature).await?;
                read_with(&s, DownloadOptions::default().with_traffic_limit(FAST), signing(&s, feature)).await?;
            }
            Feature::ResponseHeaders => read_with(&s, DownloadOptions::default(), signing(&s, feature)).await?,
            Feature::SignedParts => signed_part(&s).await?,
            Feature::Forms => form(&s).await?,
            Feature::PublicEndPoint => other_host(&s).await?,
            // What comes of these another server decides; they must not be taken for what the Type cannot do.
            Feature::Callback => {
                let options = writing(&s, feature).unwrap_or_default();
                taken(feature, "an upload", s.upload_with(&s.name("called back"), "x", options).await.map(drop))?;
            }
            Feature::Process => {
                let (name, options) = (s.name("processed"), reading(feature).unwrap_or_default());
                s.upload(&name, "no image").await?;
                taken(feature, "a download", s.open(&name, options).await.map(drop))?;
            }
            // Who adds a feature adds what it is for.
            _ => ensure!(false, "the suite does not know {feature}"),
        }
    }
    Ok(())
}

fn taken(feature: Feature, verb: &str, outcome: Outcome) -> Outcome {
    match outcome {
        Err(Stop::Refused(error)) => {
            let is_lacking = error.kind() == ErrorKind::Unsupported && error.message().contains(feature.noun());
            ensure!(!is_lacking, "{verb} that asks for {feature} is refused, and the Type declares them: {error}");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Writes in every way that can ask for the feature.
async fn written(s: &Subject, feature: Feature) -> Outcome {
    let Some(options) = writing(s, feature) else { return Ok(()) };
    let (name, bytes) = (s.name("written"), content(1, 70_000));
    s.upload_with(&name, bytes.clone(), options.clone()).await?;
    s.expect(&name, &bytes).await?;
    s.delete(&name).await?;
    if s.profile().has(Ability::Append) {
        s.append(&name, 0, bytes.clone(), options.clone()).await?;
        s.expect(&name, &bytes).await?;
        s.delete(&name).await?;
    }
    // What is decided at the end is said there.
    if s.profile().has(Ability::Multipart) && completing(feature).is_none() && feature != Feature::TrafficLimit {
        let id = s.initiate(&name, options.clone()).await?;
        let part = s.upload_part(&name, &id, 1, bytes.clone()).await?;
        s.complete(&name, &id, vec![part], CompleteOptions::default()).await?;
        s.expect(&name, &bytes).await?;
        s.delete(&name).await?;
    }
    if s.profile().signs(SignMethod::Put) && s.profile().can_fetch() {
        let signed = s.sign(&name, SignOptions::new(SignMethod::Put).with_upload(options)).await?;
        let (status, _) = s.fetch(&signed, Some(bytes.clone())).await?;
        ensure!((200..300).contains(&status), "a signed PUT with {feature} was answered with status {status}");
        s.expect(&name, &bytes).await?;
        if feature == Feature::Tags && s.profile().has(Ability::Tags) {
            let tags = s.get_tags(&name).await?;
            let expected = BTreeMap::from([("colour".to_owned(), "blue".to_owned())]);
            ensure!(tags == expected, "a signed PUT with a tag left the tags {tags:?}");
        }
    }
    Ok(())
}

async fn read_with(s: &Subject, options: DownloadOptions, signed: SignOptions) -> Outcome {
    let (name, bytes) = (s.name("read"), content(2, 70_000));
    s.upload(&name, bytes.clone()).await?;
    let download = s.open(&name, options).await?;
    same_bytes("a download with options", &s.read(&name, download).await?, &bytes)?;
    if s.profile().signs(SignMethod::Get) && s.profile().can_fetch() {
        let signed = s.sign(&name, signed).await?;
        let (status, body) = s.fetch(&signed, None).await?;
        ensure!(status == 200, "a signed GET with options was answered with status {status}");
        same_bytes("a signed GET with options", &body, &bytes)?;
    }
    Ok(())
}

async fn signed_part(s: &Subject) -> Outcome {
    if !s.profile().has(Ability::Multipart) || !s.profile().signs(SignMethod::Put) || !s.profile().can_fetch() {
        return Ok(());
    }
    let (name, bytes) = (s.name("in signed parts"), content(3, 140_000));
    let id = s.initiate(&name, UploadOptions::default()).await?;
    let part = |number| SignOptions::new(SignMethod::Put).with_part(PartOfUpload::new(&id, number));
    for (number, body) in [(1, bytes.slice(..120_000)), (2, bytes.slice(120_000..))] {
        let signed = s.sign(&name, part(number)).await?;
        let (status, _) = s.fetch(&signed, Some(body)).await?;
        ensure!((200..300).contains(&status), "a signed part was answered with status {status}");
    }
    s.expect_missing(&name).await?;
    let parts = s.list_parts(&name, &id).await?;
    ensure!(parts.len() == 2, "two signed parts were sent, and these are there: {parts:?}");
    s.complete(&name, &id, parts, CompleteOptions::default()).await?;
    s.expect(&name, &bytes).await
}

/// Forms cannot be sent from here, so that only their shape is looked at.
async fn form(s: &Subject) -> Outcome {
    let name = s.name("from a form.txt");
    if !s.profile().signs(SignMethod::Post) {
        return Ok(());
    }
    let signed = s.sign(&name, SignOptions::new(SignMethod::Post).with_content_type("text/plain")).await?;
    ensure!(signed.method == SignMethod::Post, "a signed form is to be sent with {:?}", signed.method);
    ensure!(signed.url.contains("://") && !signed.url.contains('?'), "a form is to be sent to no plain address");
    ensure!(signed.headers.is_empty(), "a signed form wants headers, which no browser sends: {:?}", signed.headers);
    let mut names: Vec<_> = signed.fields.iter().map(|(name, _)| name.to_lowercase()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    ensure!(count > 1 && names.len() == count, "a signed form has none of its fields, or one twice: {names:?}");
    ensure!(!names.contains(&"file".to_owned()), "a signed form brings the file that its sender should choose");
    // An override may keep it under a name that is longer.
    ensure!(
        signed.fields.iter().any(|(_, value)| value.ends_with(&name)),
        "no field of a signed form holds the object's name"
    );
    let shown = format!("{signed:?}");
    let longest = signed.fields.iter().map(|(_, value)| value).max_by_key(|value| value.len());
    ensure!(longest.is_none_or(|value| !shown.contains(value)), "`Debug` of a signed form shows a field's value");
    s.expect_missing(&name).await
}

async fn other_host(s: &Subject) -> Outcome {
    if !s.profile().signs(SignMethod::Get) {
        return Ok(());
    }
    let name = s.name("elsewhere");
    for (host, begin) in [
        ("files.example.com", "https://files.example.com/"),
        ("http://files.example.com", "http://files.example.com/"),
        ("https://files.example.com", "https://files.example.com/"),
    ] {
        let signed = s.sign(&name, get().with_public_end_point(host)).await?;
        ensure!(signed.url.starts_with(begin), "a URL that was signed for `{host}` does not begin with it");
    }
    for wrong in ["", "a b", "ftp://files.example.com"] {
        let outcome = s.sign(&name, get().with_public_end_point(wrong)).await;
        ensure!(outcome.is_err(), "a URL was signed for `{wrong}`, which is no host");
    }
    Ok(())
}
