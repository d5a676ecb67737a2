//! Multipart uploads from beginning to end, in every order.

use md5::{Digest as _, Md5};
use oss_protocol::crc64::checksum;
use oss_protocol::xml::{
    ClientEncryption, CompleteMultipartUpload, CompleteMultipartUploadResult, CopyResult,
    InitiateMultipartUploadResult, PartIdentifier, PartList, UploadList,
};
use oss_server::RunningServer;

use crate::client::{Answer, Call, call, get, put, server};

const LEAST: usize = 100 * 1024;

async fn initiate(server: &RunningServer, key: &str) -> String {
    let answer = call(server, "POST", "docs", key).query("uploads", "").send().await.expect(200);
    let result = InitiateMultipartUploadResult::read(&answer.body).unwrap();
    assert_eq!((result.bucket.as_str(), result.key.as_str()), ("docs", key));
    assert!(result.upload_id.len() == 32 && result.upload_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    result.upload_id
}

fn part(server: &RunningServer, key: &str, id: &str, number: u32, body: impl Into<Vec<u8>>) -> Call {
    call(server, "PUT", "docs", key).query("partNumber", &number.to_string()).query("uploadId", id).body(body)
}

async fn upload(server: &RunningServer, key: &str, id: &str, number: u32, body: &[u8]) -> PartIdentifier {
    let answer = part(server, key, id, number, body).send().await.expect(200);
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some(checksum(body).to_string().as_str()));
    PartIdentifier { number, etag: answer.header("etag").unwrap().to_owned() }
}

fn complete(server: &RunningServer, key: &str, id: &str, parts: Vec<PartIdentifier>) -> Call {
    call(server, "POST", "docs", key).query("uploadId", id).body(CompleteMultipartUpload { parts }.write())
}

fn body(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 250) as u8 ^ seed).collect()
}

#[tokio::test]
async fn lists_of_parts_tell_how_the_client_encrypts() {
    let server = server().await;
    let list = async |request: Call| {
        let id = InitiateMultipartUploadResult::read(&request.send().await.expect(200).body).unwrap().upload_id;
        let list = call(&server, "GET", "docs", "a").query("uploadId", &id).send().await.expect(200);
        PartList::read(&list.body).unwrap().client_encryption
    };
    let begin = || call(&server, "POST", "docs", "a").query("uploads", "");
    assert_eq!(list(begin()).await, None);
    let told =
        [("key", "k=="), ("start", "s=="), ("cek-alg", "AES/CTR/NoPadding"), ("wrap-alg", "RSA"), ("data-size", "7")];
    let request = told.iter().fold(begin(), |request, (name, value)| {
        request.header(&format!("x-oss-meta-client-side-encryption-{name}"), value)
    });
    let expected = ClientEncryption {
        key: "k==".into(),
        start: "s==".into(),
        cek_algorithm: "AES/CTR/NoPadding".into(),
        wrap_algorithm: "RSA".into(),
        data_size: Some(7),
        part_size: None,
    };
    assert_eq!(list(request).await, Some(expected));
}

#[tokio::test]
async fn parts_become_one_object() {
    let server = server().await;
    let request = call(&server, "POST", "docs", "目/big").query("uploads", "").header("Content-Type", "text/plain");
    let answer = request.header("x-oss-meta-a", "1").send().await.expect(200);
    let id = InitiateMultipartUploadResult::read(&answer.body).unwrap().upload_id;
    let bodies = [body(1, LEAST), body(2, LEAST + 7), body(3, 700_000), body(4, 11)];
    let mut parts = Vec::new();
    for (number, body) in [(30, &bodies[3]), (1, &bodies[0]), (20, &bodies[2]), (2, &bodies[1])] {
        parts.push(upload(&server, "目/big", &id, number, body).await);
    }
    parts.sort_by_key(|part| part.number);
    get(&server, "目/big").await.refused(404, "NoSuchKey");
    let answer = complete(&server, "目/big", &id, parts).query("encoding-type", "url").send().await.expect(200);
    let whole = bodies.concat();
    let digests: Vec<u8> = bodies.iter().flat_map(|body| Md5::digest(body).to_vec()).collect();
    let etag: String = Md5::digest(digests).iter().map(|byte| format!("{byte:02X}")).collect();
    let result = CompleteMultipartUploadResult::read(&answer.body).unwrap();
    assert_eq!((result.key.as_str(), result.etag.as_str()), ("目/big", format!("\"{etag}-4\"").as_str()));
    assert_eq!(result.location, format!("http://127.0.0.1:{}/docs/%E7%9B%AE/big", server.port()));
    let crc64 = checksum(&whole).to_string();
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some(crc64.as_str()));

    let read = get(&server, "目/big").await.expect(200);
    assert!(read.body == whole);
    assert_eq!((read.header("x-oss-object-type"), read.header("x-oss-meta-a")), (Some("Multipart"), Some("1")));
    assert_eq!((read.header("content-type"), read.header("content-md5")), (Some("text/plain"), None));
    for (first, last) in [
        (0, 9),
        (LEAST - 5, LEAST + 5),
        (LEAST * 2, whole.len() - 1),
        (whole.len() - 11, whole.len() - 1),
        (1, whole.len() - 2),
    ] {
        let range = format!("bytes={first}-{last}");
        let piece = call(&server, "GET", "docs", "目/big").header("Range", &range).send().await.expect(206);
        assert!(piece.body == whole[first..=last], "{range}");
    }
    complete(&server, "目/big", &id, vec![]).send().await.refused(404, "NoSuchUpload");
    part(&server, "目/big", &id, 1, "x").send().await.refused(404, "NoSuchUpload");

    call(&server, "PUT", "docs", "copy").header("x-oss-copy-source", "/docs/%E7%9B%AE/big").send().await.expect(200);
    call(&server, "DELETE", "docs", "目/big").send().await.expect(204);
    assert!(get(&server, "copy").await.expect(200).body == whole);
}

#[tokio::test]
async fn a_part_can_be_replaced_and_a_part_can_be_left_out() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    let old = upload(&server, "big", &id, 1, &body(1, LEAST)).await;
    let new = upload(&server, "big", &id, 1, &body(2, LEAST)).await;
    let unused = upload(&server, "big", &id, 2, &body(3, LEAST)).await;
    let last = upload(&server, "big", &id, 3, b"end").await;
    complete(&server, "big", &id, vec![old, last.clone()]).send().await.refused(400, "InvalidPart");
    complete(&server, "big", &id, vec![new, last]).send().await.expect(200);
    assert!(get(&server, "big").await.body == [body(2, LEAST), b"end".to_vec()].concat());
    assert_eq!(unused.number, 2);
}

#[tokio::test]
async fn all_parts_without_a_list() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    upload(&server, "big", &id, 9, b"end").await;
    upload(&server, "big", &id, 4, &body(1, LEAST)).await;
    let request = call(&server, "POST", "docs", "big").query("uploadId", &id);
    request.clone().header("x-oss-complete-all", "no").send().await.refused(400, "InvalidArgument");
    request.clone().header("x-oss-complete-all", "yes").body("<x/>").send().await.refused(400, "InvalidArgument");
    request.header("x-oss-complete-all", "yes").send().await.expect(200);
    assert!(get(&server, "big").await.body == [body(1, LEAST), b"end".to_vec()].concat());
}

#[tokio::test]
async fn completions_that_make_no_sense_change_nothing() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    let first = upload(&server, "big", &id, 1, &body(1, LEAST)).await;
    let small = upload(&server, "big", &id, 2, b"small").await;
    let third = upload(&server, "big", &id, 3, b"end").await;
    let wrong = PartIdentifier { etag: "\"00000000000000000000000000000000\"".into(), ..first.clone() };
    let missing = PartIdentifier { number: 7, ..first.clone() };
    let error = complete(&server, "big", &id, vec![first.clone(), small.clone(), third.clone()]).send().await;
    let error = error.refused(400, "EntityTooSmall");
    assert_eq!((error.detail("PartNumber"), error.detail("MinSizeAllowed")), (Some("2"), Some("102400")));
    assert_eq!(error.detail("ProposedSize"), Some("5"));
    for (parts, code) in [
        (vec![third.clone(), first.clone()], "InvalidPartOrder"),
        (vec![first.clone(), first.clone()], "InvalidPartOrder"),
        (vec![wrong], "InvalidPart"),
        (vec![first.clone(), missing], "InvalidPart"),
        (vec![], "MalformedXML"),
    ] {
        complete(&server, "big", &id, parts).send().await.refused(400, code);
    }
    get(&server, "big").await.refused(404, "NoSuchKey");
    // Quotes and case of ETags do not matter.
    let loose = PartIdentifier { etag: first.etag.trim_matches('"').to_lowercase(), ..first };
    complete(&server, "big", &id, vec![loose, third]).send().await.expect(200);
}

#[tokio::test]
async fn uploads_can_be_aborted() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    upload(&server, "big", &id, 1, &body(1, LEAST)).await;
    let abort = call(&server, "DELETE", "docs", "big").query("uploadId", &id);
    call(&server, "DELETE", "docs", "other").query("uploadId", &id).send().await.refused(404, "NoSuchUpload");
    abort.send().await.expect(204);
    let error = abort.send().await.refused(404, "NoSuchUpload");
    assert_eq!(error.detail("UploadId"), Some(id.as_str()));
    part(&server, "big", &id, 2, "x").send().await.refused(404, "NoSuchUpload");
    call(&server, "GET", "docs", "big").query("uploadId", &id).send().await.refused(404, "NoSuchUpload");
}

#[tokio::test]
async fn part_numbers_and_sums_are_checked() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    for number in ["0", "10001", "-1", "x", ""] {
        let request = call(&server, "PUT", "docs", "big").query("partNumber", number).query("uploadId", &id).body("1");
        request.send().await.refused(400, "InvalidArgument");
    }
    part(&server, "big", &id, 1, "text")
        .header("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
        .send()
        .await
        .refused(400, "InvalidDigest");
    part(&server, "big", &id, 1, "text").header("x-oss-hash-crc64ecma", "1").send().await.refused(400, "InvalidCRC64");
    upload(&server, "big", &id, 10_000, b"text").await;
    call(&server, "POST", "nowhere", "big").query("uploads", "").send().await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn overwriting_can_be_forbidden_at_the_end() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    let only = upload(&server, "big", &id, 1, b"text").await;
    put(&server, "big", "first").await.expect(200);
    let request = complete(&server, "big", &id, vec![only]);
    request.clone().header("x-oss-forbid-overwrite", "true").send().await.refused(409, "FileAlreadyExists");
    assert_eq!(get(&server, "big").await.body, b"first");
    request.header("x-oss-object-acl", "public-read").send().await.expect(200);
    assert_eq!(get(&server, "big").await.body, b"text");
    let acl = call(&server, "GET", "docs", "big").query("acl", "").send().await;
    assert!(acl.text().contains("public-read"));
}

fn part_copy(server: &RunningServer, id: &str, number: u32) -> Call {
    part(server, "big", id, number, "").header("x-oss-copy-source", "/docs/source")
}

#[tokio::test]
async fn parts_can_be_copied_from_other_objects() {
    let server = server().await;
    let source = body(5, 500_000);
    put(&server, "source", source.clone()).await.expect(200);
    let id = initiate(&server, "big").await;
    let mut parts = Vec::new();
    for (number, range, len) in
        [(1, Some("bytes=100-200099"), 200_000), (2, None, 500_000), (3, Some("bytes=499999-"), 1)]
    {
        let request = part_copy(&server, &id, number);
        let request = range.iter().fold(request, |request, range| request.header("x-oss-copy-source-range", range));
        let answer: Answer = request.send().await.expect(200);
        parts.push(PartIdentifier { number, etag: CopyResult::read(&answer.body).unwrap().etag });
        let list = call(&server, "GET", "docs", "big").query("uploadId", &id).send().await;
        assert_eq!(PartList::read(&list.body).unwrap().parts.last().unwrap().size, len);
    }
    complete(&server, "big", &id, parts).send().await.expect(200);
    let expected = [&source[100..200_100], &source[..], &source[499_999..]].concat();
    assert!(get(&server, "big").await.body == expected);

    let id = initiate(&server, "big").await;
    for range in ["bytes=500000-500001", "bytes=0-500000", "bytes=5-2"] {
        part_copy(&server, &id, 1).header("x-oss-copy-source-range", range).send().await.refused(400, "InvalidRange");
    }
    part_copy(&server, &id, 1).header("x-oss-copy-source-range", "all").send().await.refused(400, "InvalidArgument");
    part_copy(&server, &id, 1)
        .header("x-oss-copy-source-if-match", "other")
        .send()
        .await
        .refused(412, "PreconditionFailed");
}

#[tokio::test]
async fn lists_of_parts_have_pages() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    for number in [1, 2, 5, 9] {
        upload(&server, "big", &id, number, &body(number as u8, number as usize)).await;
    }
    let mut found = Vec::new();
    let mut marker = "0".to_owned();
    loop {
        let request = call(&server, "GET", "docs", "big").query("uploadId", &id).query("max-parts", "2");
        let answer =
            request.query("part-number-marker", &marker).query("encoding-type", "url").send().await.expect(200);
        let list = PartList::read(&answer.body).unwrap();
        assert_eq!((list.bucket.as_str(), list.key.as_str(), list.max_parts), ("docs", "big", 2));
        for part in &list.parts {
            assert_eq!(part.crc64, Some(checksum(&body(part.number as u8, part.number as usize))));
            found.push((part.number, part.size));
        }
        if !list.is_truncated {
            break;
        }
        marker = list.next_part_number_marker.to_string();
    }
    assert_eq!(found, [(1, 1), (2, 2), (5, 5), (9, 9)]);
    let request =
        |name: &str, value: &str| call(&server, "GET", "docs", "big").query("uploadId", &id).query(name, value);
    request("max-parts", "0").send().await.refused(400, "InvalidArgument");
    request("part-number-marker", "x").send().await.refused(400, "InvalidArgument");
}

async fn uploads(server: &RunningServer, parameters: &[(&str, &str)]) -> UploadList {
    let request = call(server, "GET", "docs", "").query("uploads", "").query("encoding-type", "url");
    let request = parameters.iter().fold(request, |request, (name, value)| request.query(name, value));
    UploadList::read(&request.send().await.expect(200).body).unwrap()
}

#[tokio::test]
async fn lists_of_uploads_have_pages() {
    let server = server().await;
    let mut expected = Vec::new();
    for key in ["a", "b/1", "b/1", "b/1", "b/2", "c"] {
        expected.push((key.to_owned(), initiate(&server, key).await));
    }
    for size in ["1", "2", "5", "1000"] {
        let (mut found, mut key, mut id) = (Vec::new(), String::new(), String::new());
        loop {
            let list =
                uploads(&server, &[("max-uploads", size), ("key-marker", &key), ("upload-id-marker", &id)]).await;
            found.extend(list.uploads.into_iter().map(|upload| (upload.key, upload.upload_id)));
            if !list.is_truncated {
                let last = list.next_key_marker.zip(list.next_upload_id_marker);
                assert_eq!(last.as_ref(), found.last(), "the end is told also when nothing follows");
                break;
            }
            (key, id) = (list.next_key_marker.unwrap(), list.next_upload_id_marker.unwrap_or_default());
        }
        assert_eq!(found, expected, "{size}");
    }
    let folded = uploads(&server, &[("delimiter", "/")]).await;
    assert_eq!(folded.uploads.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(folded.common_prefixes, ["b/"]);
    let page = uploads(&server, &[("delimiter", "/"), ("max-uploads", "2")]).await;
    let next = page.next_key_marker.unwrap();
    assert_eq!(next, "b/");
    let page = uploads(&server, &[("delimiter", "/"), ("key-marker", &next)]).await;
    assert_eq!(page.uploads.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["c"]);
    let later = uploads(&server, &[("key-marker", "b/1")]).await;
    assert_eq!(later.uploads.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["b/2", "c"]);
    let within =
        uploads(&server, &[("prefix", "b/"), ("key-marker", "b/1"), ("upload-id-marker", &expected[2].1)]).await;
    assert_eq!(within.uploads.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["b/1", "b/2"]);
}

#[tokio::test]
async fn sequential_parts_come_in_order_and_give_an_md5() {
    let server = server().await;
    let start = call(&server, "POST", "docs", "big").query("uploads", "").query("sequential", "");
    let id = InitiateMultipartUploadResult::read(&start.send().await.expect(200).body).unwrap().upload_id;
    let (first, second) = (body(1, 150_000), body(2, 10));
    part(&server, "big", &id, 2, second.clone()).send().await.refused(400, "PartNotSequential");
    let mut parts = vec![upload(&server, "big", &id, 1, b"first try").await];
    parts[0] = upload(&server, "big", &id, 1, &first).await;
    part(&server, "big", &id, 3, second.clone()).send().await.refused(400, "PartNotSequential");
    parts.push(upload(&server, "big", &id, 2, &second).await);
    part(&server, "big", &id, 1, first.clone()).send().await.refused(400, "PartNotSequential");
    complete(&server, "big", &id, parts).send().await.expect(200);
    let read = get(&server, "big").await.expect(200);
    let whole = [first, second].concat();
    assert!(read.body == whole);
    assert_eq!(read.header("content-md5"), Some(oss_protocol::digest::content_md5(&whole).as_str()));
}

#[tokio::test]
async fn a_copy_onto_itself_never_brings_back_what_was_overwritten() {
    let server = server().await;
    for round in 0..20 {
        let id = initiate(&server, "big").await;
        let mut parts = Vec::new();
        for number in 1..=20 {
            parts.push(upload(&server, "big", &id, number, &body(round, LEAST)).await);
        }
        complete(&server, "big", &id, parts).send().await.expect(200);
        let copy = call(&server, "PUT", "docs", "big").header("x-oss-copy-source", "/docs/big");
        let copy = copy.header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-round", &round.to_string());
        let (copied, written) = tokio::join!(copy.send(), put(&server, "big", "new"));
        copied.expect(200);
        written.expect(200);
        assert_eq!(get(&server, "big").await.expect(200).body, b"new", "round {round}");
    }
}

#[tokio::test]
async fn a_copy_onto_itself_keeps_the_tags_that_were_set_meanwhile() {
    let server = server().await;
    let id = initiate(&server, "big").await;
    let mut parts = Vec::new();
    for number in 1..=20 {
        parts.push(upload(&server, "big", &id, number, &body(0, LEAST)).await);
    }
    complete(&server, "big", &id, parts).send().await.expect(200);
    for round in 0..40 {
        let copy = call(&server, "PUT", "docs", "big").header("x-oss-copy-source", "/docs/big");
        let copy = copy.header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-round", &round.to_string());
        let round = format!("<Key>round</Key><Value>{round}</Value>");
        let tagging = format!("<Tagging><TagSet><Tag>{round}</Tag></TagSet></Tagging>");
        let tagging = call(&server, "PUT", "docs", "big").query("tagging", "").body(tagging);
        let (copied, tagged) = tokio::join!(copy.send(), tagging.send());
        copied.expect(200);
        tagged.expect(200);
        let read = call(&server, "GET", "docs", "big").query("tagging", "").send().await.expect(200);
        assert!(read.text().contains(&round), "{round}: {}", read.text());
    }
}
