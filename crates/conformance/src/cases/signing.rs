//! Signed requests.

use std::time::Duration;

use meta::{
    Ability, Bytes, ErrorKind, FormRules, Operation, PartOfUpload, ResponseHeaders, SignMethod, SignOptions,
    SignedRequest, UploadOptions,
};

use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

fn get() -> SignOptions {
    SignOptions::new(SignMethod::Get)
}

/// Demands that a request is refused, whatever the status, and that nothing of the object comes with it.
async fn must_fail(s: &Subject, what: &str, request: &SignedRequest, body: Option<Bytes>, secret: &[u8]) -> Outcome {
    let (status, answer) = s.fetch(request, body).await?;
    ensure!(!(200..400).contains(&status), "{what} was answered with status {status}");
    let leaks = secret.len() > 8 && answer.windows(secret.len()).any(|window| window == secret);
    ensure!(!leaks, "{what} was answered with the object's content");
    Ok(())
}

pub(crate) async fn a_signed_get_reads_without_credentials(s: Subject) -> Outcome {
    s.needs_verb(Operation::Sign)?;
    for (rest, size) in [("plain.txt", 5_000), ("用户/头像 (1)+%2F&=?#.jpg", 70_000), ("empty", 0)] {
        let (name, bytes) = (s.name(rest), content(1, size));
        s.upload_with(&name, bytes.clone(), UploadOptions::default().with_content_type("image/jpeg")).await?;
        // The type is checked but not bound: browsers send none.
        for options in [get(), get().with_content_type("image/jpeg"), get().with_expires(Duration::from_secs(60))] {
            let signed = s.sign(&name, options).await?;
            ensure!(signed.method == SignMethod::Get, "a signed GET is to be sent with {:?}", signed.method);
            let encoded = signed.url.bytes().all(|byte| byte.is_ascii_graphic());
            ensure!(encoded && signed.url.contains("://"), "a signed URL is no absolute, percent-encoded address");
            ensure!(
                signed.headers.is_empty(),
                "a signed GET wants headers, which no browser sends: {:?}",
                signed.headers
            );
            if s.profile().can_fetch() {
                let (status, body) = s.fetch(&signed, None).await?;
                ensure!(status == 200, "a signed GET of `{name}` was answered with status {status}");
                same_bytes("what a signed GET gave", &body, &bytes)?;
            }
        }
        let url = s.call(Operation::Sign, &[&name], s.element().get_sign_url(&name, "image/jpeg", None)).await?;
        s.keep_secret(&url);
        if s.profile().can_fetch() {
            let (status, body) = s.fetch(&SignedRequest::new(SignMethod::Get, url), None).await?;
            ensure!(status == 200, "the address of `get_sign_url` was answered with status {status}");
            same_bytes("what the address of `get_sign_url` gave", &body, &bytes)?;
        }
    }
    Ok(())
}

pub(crate) async fn a_signed_put_writes_what_was_agreed(s: Subject) -> Outcome {
    s.needs_signed(SignMethod::Put)?;
    let (name, bytes) = (s.name("put by somebody 中 +.jpg"), content(2, 70_000));
    s.upload(&name, "old").await?;
    let work = s.element().get_upload_url(&name, "image/jpeg", 60);
    let signed = s.call(Operation::Sign, &[&name], work).await?;
    s.keep_secret(&signed.url);
    ensure!(signed.method == SignMethod::Put, "a signed PUT is to be sent with {:?}", signed.method);
    let header = signed.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case("content-type"));
    ensure!(
        header.is_some_and(|(_, value)| value == "image/jpeg"),
        "a signed PUT does not tell that its type must be sent: {:?}",
        signed.headers
    );
    s.expect(&name, b"old").await?;
    let mut other_type = signed.clone();
    let mut no_type = signed.clone();
    for (header, value) in &mut other_type.headers {
        if header.eq_ignore_ascii_case("content-type") {
            "text/html".clone_into(value);
        }
    }
    no_type.headers.retain(|header, _| !header.eq_ignore_ascii_case("content-type"));
    must_fail(&s, "a signed PUT with another type", &other_type, Some(bytes.clone()), b"").await?;
    must_fail(&s, "a signed PUT without its type", &no_type, Some(bytes.clone()), b"").await?;
    s.expect(&name, b"old").await?;
    let (status, _) = s.fetch(&signed, Some(bytes.clone())).await?;
    ensure!((200..300).contains(&status), "a signed PUT was answered with status {status}");
    s.expect(&name, &bytes).await?;
    let told = s.get_object(&name).await?.content_type;
    ensure!(told.as_deref() == Some("image/jpeg"), "an object written by a signed PUT has the type {told:?}");
    Ok(())
}

pub(crate) async fn a_signed_put_binds_its_options(s: Subject) -> Outcome {
    s.needs_signed(SignMethod::Put)?;
    let (name, bytes) = (s.name("written once.css"), content(6, 5_000));
    let options = UploadOptions::default()
        .with_content_type("text/css")
        .with_cache_control("no-cache")
        .with_metadata("author", "alice")
        .without_overwriting();
    let signed = s.sign(&name, SignOptions::new(SignMethod::Put).with_upload(options.clone())).await?;
    let mut other = signed.clone();
    let author = other.headers.iter_mut().find(|(_, value)| *value == "alice");
    let Some((_, author)) = author else {
        return Err(Stop::Failed(format!("no header of a signed PUT tells its metadata: {:?}", signed.headers)));
    };
    "mallory".clone_into(author);
    must_fail(&s, "a signed PUT with other metadata", &other, Some(bytes.clone()), b"").await?;
    s.expect_missing(&name).await?;
    let (status, _) = s.fetch(&signed, Some(bytes.clone())).await?;
    ensure!((200..300).contains(&status), "a signed PUT with options was answered with status {status}");
    let info = s.get_object(&name).await?;
    ensure!(
        info.content_type == options.content_type
            && info.cache_control == options.cache_control
            && info.metadata == options.metadata,
        "a signed PUT lost its type, headers or metadata: {info:?}"
    );
    must_fail(&s, "a signed PUT over an object although that is forbidden", &signed, Some("x".into()), b"").await?;
    s.expect(&name, &bytes).await
}

pub(crate) async fn signed_options_that_mean_nothing_are_refused(s: Subject) -> Outcome {
    s.needs_verb(Operation::Sign)?;
    let name = s.name("signed");
    let of = SignOptions::new;
    let (get, head, put, post) = (SignMethod::Get, SignMethod::Head, SignMethod::Put, SignMethod::Post);
    let upload = || UploadOptions::default().with_metadata("author", "alice");
    let part = || PartOfUpload::new("id", 1);
    let form = || FormRules::default().with_size(1, 2);
    let answer = || ResponseHeaders::default().with_cache_control("no-cache");
    let mut misused = vec![
        ("options of writing for a GET", of(get).with_upload(upload())),
        ("options of writing for a HEAD", of(head).with_upload(upload())),
        ("options of writing for a part", of(put).with_part(part()).with_upload(upload())),
        ("a part for a GET", of(get).with_part(part())),
        ("a part for a form", of(post).with_part(part())),
        ("a part without an upload", of(put).with_part(PartOfUpload::new("", 1))),
        ("a part with the number 0", of(put).with_part(PartOfUpload::new("id", 0))),
        ("a part with the number 10001", of(put).with_part(PartOfUpload::new("id", 10_001))),
        ("rules of forms for a GET", of(get).with_form(form())),
        ("rules of forms for a PUT", of(put).with_form(form())),
        ("headers of the answer for a PUT", of(put).with_response_headers(answer())),
        ("headers of the answer for a form", of(post).with_response_headers(answer())),
        ("processing for a HEAD", of(head).with_process("image/info")),
        ("processing for a PUT", of(put).with_process("image/info")),
        ("an empty version", of(get).with_version_id("")),
        ("a content type that is none", of(get).with_content_type("none")),
        ("metadata that is none", of(put).with_upload(UploadOptions::default().with_metadata("a b", "c"))),
        (
            "a header of the answer that is none",
            of(get).with_response_headers(ResponseHeaders::default().with_cache_control("a\r\nb: c")),
        ),
        ("an end after half a second", of(get).with_expires(Duration::from_millis(500))),
    ];
    if s.profile().has(Ability::Versions) {
        misused.push(("a version for a PUT", of(put).with_version_id("1")));
        misused.push(("a version for a form", of(post).with_version_id("1")));
    }
    for (what, options) in misused {
        refused(&format!("a signed request with {what}"), s.sign(&name, options).await, ErrorKind::InvalidInput)?;
    }
    s.expect_missing(&name).await
}

pub(crate) async fn a_signed_request_allows_nothing_else(s: Subject) -> Outcome {
    s.needs_verb(Operation::Sign)?;
    let (one, two) = (s.name("signed-one.txt"), s.name("signed-two.txt"));
    let (of_one, of_two) = (content(3, 2_000), content(4, 2_000));
    s.upload(&one, of_one.clone()).await?;
    s.upload(&two, of_two.clone()).await?;
    let signed = s.sign(&one, get()).await?;
    let unsigned = signed.url.split('?').next().unwrap_or_default();
    let address = SignedRequest::new(SignMethod::Get, unsigned);
    must_fail(&s, "an address without its signature", &address, None, &of_one).await?;
    let mut other_name = signed.clone();
    other_name.url = signed.url.replace("signed-one", "signed-two");
    ensure!(other_name.url != signed.url, "a signed URL does not hold the object's name");
    must_fail(&s, "a signed GET of another object", &other_name, None, &of_two).await?;
    let mut other_method = signed.clone();
    other_method.method = SignMethod::Put;
    must_fail(&s, "a signed GET sent as PUT", &other_method, Some("stolen".into()), b"").await?;
    if s.profile().signs(SignMethod::Put) {
        let put = s.sign(&one, SignOptions::new(SignMethod::Put)).await?;
        let mut as_get = put.clone();
        as_get.method = SignMethod::Get;
        must_fail(&s, "a signed PUT sent as GET", &as_get, None, &of_one).await?;
        let mut other_target = put;
        other_target.url = other_target.url.replace("signed-one", "signed-two");
        must_fail(&s, "a signed PUT to another object", &other_target, Some("stolen".into()), b"").await?;
    }
    s.expect(&one, &of_one).await?;
    s.expect(&two, &of_two).await
}

pub(crate) async fn a_signed_request_ends(s: Subject) -> Outcome {
    s.needs_verb(Operation::Sign)?;
    let (name, bytes) = (s.name("expiring"), content(5, 2_000));
    s.upload(&name, bytes.clone()).await?;
    let outcome = s.sign(&name, get().with_expires(Duration::ZERO)).await;
    refused("a signed URL that is valid for 0 seconds", outcome, ErrorKind::InvalidInput)?;
    let outcome = s.sign(&name, get().with_expires(Duration::MAX)).await;
    refused("a signed URL that is valid for ever", outcome, ErrorKind::InvalidInput)?;
    let signed = s.sign(&name, get().with_expires(Duration::from_secs(1))).await?;
    // No clock but the store's own tells when it has ended, so that it is asked until it refuses.
    for _ in 0..50 {
        let (status, _) = s.fetch(&signed, None).await?;
        if status != 200 {
            return must_fail(&s, "a signed URL whose time has passed", &signed, None, &bytes).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(false, "a signed URL that is valid for 1 second was still answered after 5 seconds");
    Ok(())
}

pub(crate) async fn signing_touches_no_object(s: Subject) -> Outcome {
    s.needs_verb(Operation::Sign)?;
    let name = s.name("not there");
    for method in [SignMethod::Get, SignMethod::Head, SignMethod::Put] {
        if !s.profile().signs(method) {
            continue;
        }
        let signed = s.sign(&name, SignOptions::new(method)).await?;
        ensure!(signed.method == method, "a request signed for {method:?} is to be sent with {:?}", signed.method);
        s.expect_missing(&name).await?;
        if method != SignMethod::Put && s.profile().can_fetch() {
            must_fail(&s, "a signed request for a missing object", &signed, None, b"").await?;
        }
    }
    if s.profile().has(Ability::List) {
        let listed = s.listed(&s.name("")).await?;
        ensure!(listed.is_empty(), "signing made objects: {listed:?}");
    }
    s.upload(&name, "there").await?;
    let head = s.sign(&name, SignOptions::new(SignMethod::Head)).await?;
    if s.profile().can_fetch() {
        let (status, body) = s.fetch(&head, None).await?;
        ensure!(
            status == 200 && body.is_empty(),
            "a signed HEAD was answered with status {status}, {} bytes",
            body.len()
        );
    }
    s.expect(&name, b"there").await
}
