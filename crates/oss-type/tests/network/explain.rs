//! What a refused signature is told to be: a wrong secret, or what was changed on the way, by name.

use std::time::Duration;

use meta::{ErrorKind, SignMethod, SignOptions, StorageElement, UploadOptions};
use oss_server::RunningServer;
use oss_type::explain::{Fit, Validity};
use oss_type::explain_url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{element, server};

/// What a proxy makes of the head of the first request on a connection.
type Change = fn(&str) -> String;

/// A proxy before the server that changes heads.
async fn proxy(server: &RunningServer, change: Change) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let target = server.endpoint().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(relay(client, target.clone(), change));
        }
    });
    address
}

async fn relay(mut client: TcpStream, target: String, change: Change) -> std::io::Result<()> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if client.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let mut upstream = TcpStream::connect(target).await?;
    upstream.write_all(change(std::str::from_utf8(&read[..end]).unwrap()).as_bytes()).await?;
    upstream.write_all(&read[end..]).await?;
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}

/// An element behind the proxy, with connections of its own.
async fn behind(server: &RunningServer, version: &str, change: Change) -> StorageElement {
    let address = format!("http://{}", proxy(server, change).await);
    element(server, &[("endPoint", &address), ("signatureVersion", version)])
}

/// Moves the time of a header by a second.
fn tick(head: &str, name: &str, zone: &str) -> String {
    let start = head.find(name).unwrap() + name.len();
    let end = start + head[start..].find(zone).unwrap();
    let last = u8::from(head.as_bytes()[end - 1] == b'0');
    format!("{}{last}{}", &head[..end - 1], &head[end..])
}

#[tokio::test]
async fn what_a_proxy_changes_is_named() {
    let server = server().await;
    let upload =
        |oss: StorageElement| async move { oss.upload_by_file("dir/a b.txt", "x", "image/png").await.unwrap_err() };
    let cases: &[(&[&str], Change, &str, &str)] = &[
        (
            &["v4", "v1"],
            |head| head.replace("image/png", "text/plain"),
            "OSS saw `content-type:text/plain` where `content-type:image/png` was signed",
            "something on the way to OSS, such as a proxy, changed the header `content-type`",
        ),
        (
            &["v4", "v1"],
            |head| head.replace("content-type: image/png\r\n", ""),
            "OSS did not see `content-type:image/png`, which was signed",
            "removed the header `content-type`",
        ),
        (
            &["v4", "v1"],
            |head| format!("{head}\r\nx-oss-meta-way: here"),
            "OSS saw `x-oss-meta-way:here`, which was not signed",
            "added the header `x-oss-meta-way`",
        ),
        (
            &["v1"],
            |head| head.replace("/dir/a%20b.txt", "/dir/a%2520b.txt"),
            "OSS saw the object's key as `dir/a%20b.txt` where `dir/a b.txt` was signed",
            "such as a proxy, rewrites or encodes paths",
        ),
        (
            &["v4"],
            |head| head.replace("/dir/a%20b.txt", "/dir/a%2520b.txt"),
            "OSS saw the object's key as `dir/a%2520b.txt` where `dir/a%20b.txt` was signed",
            "such as a proxy, rewrites or encodes paths",
        ),
        (&["v1"], |head| tick(head, "\r\ndate: ", " GMT"), "OSS saw `date:", "changed the date"),
        (
            &["v4"],
            |head| tick(head, "\r\nx-oss-date: ", "Z"),
            "OSS saw `x-oss-date:",
            "changed the header `x-oss-date`",
        ),
    ];
    for (versions, change, text, advice) in cases {
        for version in *versions {
            let error = upload(behind(&server, version, *change).await).await;
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
            assert!(error.to_string().contains(text), "{version}: {error}");
            assert!(error.to_string().contains(advice), "{version}: {error}");
        }
    }
}

#[tokio::test]
async fn a_changed_query_and_a_changed_method_are_named() {
    let server = server().await;
    let upload = element(&server, &[]).initiate_multipart("parts", UploadOptions::default()).await.unwrap();
    for version in ["v4", "v1"] {
        let oss = behind(&server, version, |head| head.replace("partNumber=1", "partNumber=2")).await;
        let error = oss.upload_part("parts", &upload, 1, "x").await.unwrap_err().to_string();
        assert!(error.contains("OSS saw `partNumber=2` where `partNumber=1` was signed"), "{error}");
        assert!(error.contains("changed the query parameter `partNumber`"), "{error}");

        let oss = behind(&server, version, |head| head.replacen("GET ", "HEAD ", 1)).await;
        // The body of an answer to GET is read, so the document in `x-oss-err` is all there is.
        let error = oss.download("a.txt").await.unwrap_err().to_string();
        assert!(error.contains("the method as `HEAD` where `GET` was signed"), "{error}");
    }
}

#[tokio::test]
async fn refusals_of_head_requests_are_explained_too() {
    let server = server().await;
    for version in ["v4", "v1"] {
        let oss = behind(&server, version, |head| format!("{head}\r\nx-oss-meta-way: here")).await;
        let error = oss.get_object("a.txt").await.unwrap_err().to_string();
        assert!(error.contains("OSS saw `x-oss-meta-way:here`, which was not signed"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_changed_request() {
    let server = server().await;
    for version in ["v4", "v1"] {
        let wrong = "Wrong0Secret0Of0Somebody000000";
        let oss = element(&server, &[("accessKeySecret", wrong), ("signatureVersion", version)]);
        for error in [
            oss.upload_by_file("a.txt", "x", None).await.unwrap_err(),
            oss.get_object("a.txt").await.unwrap_err(),
            oss.list(meta::ListOptions::default()).await.unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(text.contains("OSS saw what was signed, so the secret is not that of the access key id"), "{text}");
            assert!(text.contains("check `accessKeySecret`") && !text.contains(wrong), "{text}");
        }
    }
}

#[tokio::test]
async fn tokens_are_never_shown() {
    let server = server().await;
    server.add_sts_token("STS.id", "sts-secret", "sts-token-of-theirs", None);
    server.add_sts_token("STS.id", "sts-secret", "another-token-of-theirs", None);
    for version in ["v4", "v1"] {
        let changed: Change = |head| head.replace(": sts-token-of-theirs", ": another-token-of-theirs");
        let address = format!("http://{}", proxy(&server, changed).await);
        let more = [
            ("endPoint", address.as_str()),
            ("accessKeyId", "STS.id"),
            ("accessKeySecret", "sts-secret"),
            ("securityToken", "sts-token-of-theirs"),
            ("signatureVersion", version),
        ];
        let error = element(&server, &more).get_object("a.txt").await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("the header `x-oss-security-token` with another value than was signed"), "{shown}");
        assert!(!shown.contains("token-of-theirs"), "{shown}");
    }
}

#[tokio::test]
async fn urls_that_elements_sign_are_explained_as_the_server_takes_them() {
    let server = server().await;
    for version in ["v4", "v1"] {
        let oss = element(&server, &[("signatureVersion", version)]);
        oss.upload_by_file("dir/a b.txt", "content", "text/plain").await.unwrap();
        let url = oss.get_sign_url("dir/a b.txt", None, 60).await.unwrap();
        let status = |url: String| async move { reqwest::get(&url).await.unwrap().status().as_u16() };
        let told = explain_url(&url, server.access_key_secret());
        assert!(told.is_valid() && status(url.clone()).await == 200, "{told}");
        assert_eq!(told.access_key_id.as_deref(), Some(server.access_key_id()));

        let foreign = url.replace("a%20b.txt", "a%20c.txt");
        let told = explain_url(&foreign, server.access_key_secret());
        assert_eq!((told.signature, status(foreign).await), (Fit::DoesNotFit, 403));
        let unchecked = explain_url(&url, None);
        assert_eq!((unchecked.signature, unchecked.validity), (Fit::Unchecked, Validity::Valid));

        for method in [SignMethod::Get, SignMethod::Put, SignMethod::Head] {
            let options = SignOptions::new(method).with_expires(Duration::from_secs(60)).with_content_type("image/png");
            let signed = oss.sign("a", options).await.unwrap();
            let bound = (method == SignMethod::Put).then(|| "image/png".to_owned());
            let told = explain_url(&signed.url, server.access_key_secret());
            assert_eq!(told.signature, Fit::Fits { method: method.as_str().to_owned(), content_type: bound }, "{told}");
        }
    }
}
