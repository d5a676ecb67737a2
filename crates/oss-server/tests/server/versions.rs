//! Versioning: enabled, suspended, never set; versions, delete markers, lists of them.

use std::collections::BTreeMap;

use oss_protocol::digest::content_md5;
use oss_protocol::xml::{
    CopyResult, DeleteRequest, DeleteResult, InitiateMultipartUploadResult, ObjectIdentifier, ObjectList, Tagging,
    VersionEntry, VersionList, VersioningConfiguration,
};
use oss_server::RunningServer;

use crate::client::{Answer, Call, Signing, call, get, put, server};

async fn versioning(server: &RunningServer, status: &str) {
    let body = VersioningConfiguration { status: Some(status.to_owned()) }.write();
    call(server, "PUT", "docs", "").query("versioning", "").body(body).send().await.expect(200);
}

async fn versioned() -> RunningServer {
    let server = server().await;
    versioning(&server, "Enabled").await;
    server
}

fn version(answer: &Answer) -> String {
    answer.header("x-oss-version-id").unwrap().to_owned()
}

async fn put_version(server: &RunningServer, key: &str, body: &str) -> String {
    version(&put(server, key, body).await.expect(200))
}

fn at(server: &RunningServer, method: &str, key: &str, id: &str) -> Call {
    call(server, method, "docs", key).query("versionId", id)
}

async fn list(server: &RunningServer, parameters: &[(&str, &str)]) -> VersionList {
    let request = call(server, "GET", "docs", "").query("versions", "").query("encoding-type", "url");
    let request = parameters.iter().fold(request, |request, (name, value)| request.query(name, value));
    VersionList::read(&request.send().await.expect(200).body).unwrap()
}

async fn keys(server: &RunningServer) -> Vec<String> {
    let answer = call(server, "GET", "docs", "").send().await.expect(200);
    ObjectList::read(&answer.body).unwrap().objects.into_iter().map(|object| object.key).collect()
}

#[tokio::test]
async fn the_state_of_a_bucket() {
    let server = server().await;
    let state = || call(&server, "GET", "docs", "").query("versioning", "");
    let status = |answer: Answer| VersioningConfiguration::read(&answer.body).unwrap().status;
    assert_eq!(status(state().send().await.expect(200)), None);
    assert_eq!(put(&server, "a", "text").await.expect(200).header("x-oss-version-id"), None);
    assert_eq!(get(&server, "a").await.expect(200).header("x-oss-version-id"), None);
    for new in ["Enabled", "Suspended", "Enabled"] {
        versioning(&server, new).await;
        assert_eq!(status(state().send().await.expect(200)).as_deref(), Some(new));
        let info = call(&server, "GET", "docs", "").query("bucketInfo", "").send().await.expect(200);
        assert!(info.text().contains(&format!("<Versioning>{new}</Versioning>")));
    }
    let set = |body: &str| call(&server, "PUT", "docs", "").query("versioning", "").body(body);
    set("<VersioningConfiguration/>").send().await.refused(400, "MalformedXML");
    set("<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>")
        .send()
        .await
        .refused(400, "MalformedXML");
    set("nonsense").send().await.refused(400, "MalformedXML");
}

#[tokio::test]
async fn every_write_is_a_version() {
    let server = server().await;
    put(&server, "a", "zero").await.expect(200);
    versioning(&server, "Enabled").await;
    assert_eq!(get(&server, "a").await.expect(200).header("x-oss-version-id"), Some("null"));
    let one = put_version(&server, "a", "one").await;
    let two = put_version(&server, "a", "two").await;
    assert_ne!(one, two);
    let current = get(&server, "a").await.expect(200);
    assert_eq!((current.body.as_slice(), version(&current)), (b"two".as_slice(), two.clone()));
    for (id, body) in [("null", "zero"), (&one, "one"), (&two, "two")] {
        let read = at(&server, "GET", "a", id).send().await.expect(200);
        assert_eq!((read.text(), version(&read).as_str()), (body, id));
        let head = at(&server, "HEAD", "a", id).send().await.expect(200);
        assert_eq!((head.header("content-length"), version(&head).as_str()), (Some(&*body.len().to_string()), id));
        let meta = at(&server, "HEAD", "a", id).query("objectMeta", "").send().await.expect(200);
        assert_eq!(version(&meta), id);
    }
    at(&server, "GET", "other", &one).send().await.refused(404, "NoSuchVersion");
    at(&server, "GET", "a", "nonsense").send().await.refused(404, "NoSuchVersion");
    // Nothing is overwritten, so nothing forbids it.
    call(&server, "PUT", "docs", "a").header("x-oss-forbid-overwrite", "true").send().await.expect(200);
}

#[tokio::test]
async fn a_delete_marker_hides_what_stays() {
    let server = versioned().await;
    let one = put_version(&server, "a", "one").await;
    let deleted = call(&server, "DELETE", "docs", "a").send().await.expect(204);
    assert_eq!(deleted.header("x-oss-delete-marker"), Some("true"));
    let marker = version(&deleted);
    for method in ["GET", "HEAD"] {
        let answer = call(&server, method, "docs", "a").send().await;
        assert_eq!(answer.header("x-oss-delete-marker"), Some("true"));
        assert_eq!(version(&answer), marker);
        answer.refused(404, "NoSuchKey");
        let answer = at(&server, method, "a", &marker).send().await;
        assert_eq!((answer.header("x-oss-delete-marker"), answer.header("allow")), (Some("true"), Some("DELETE")));
        answer.refused(405, "MethodNotAllowed");
    }
    assert!(keys(&server).await.is_empty());
    assert_eq!(at(&server, "GET", "a", &one).send().await.expect(200).body, b"one");
    let removed = at(&server, "DELETE", "a", &marker).send().await.expect(204);
    assert_eq!((removed.header("x-oss-delete-marker"), version(&removed)), (Some("true"), marker.clone()));
    assert_eq!(get(&server, "a").await.expect(200).body, b"one");
    assert_eq!(keys(&server).await, ["a"]);
    at(&server, "DELETE", "a", &marker).send().await.expect(204);

    let two = put_version(&server, "a", "two").await;
    let removed = at(&server, "DELETE", "a", &two).send().await.expect(204);
    assert_eq!((removed.header("x-oss-delete-marker"), version(&removed)), (None, two));
    assert_eq!(get(&server, "a").await.expect(200).body, b"one", "the next older version is current again");
    at(&server, "DELETE", "a", &one).send().await.expect(204);
    assert_eq!(list(&server, &[]).await.entries, []);
    // A marker also where nothing was.
    call(&server, "DELETE", "docs", "ghost").send().await.expect(204);
    assert!(list(&server, &[]).await.entries[0].object.is_none());
}

#[tokio::test]
async fn a_suspended_bucket_replaces_the_null_version_only() {
    let server = versioned().await;
    let one = put_version(&server, "a", "one").await;
    versioning(&server, "Suspended").await;
    assert_eq!(put_version(&server, "a", "two").await, "null");
    assert_eq!(put_version(&server, "a", "three").await, "null");
    let ids = |list: VersionList| list.entries.into_iter().map(|entry| entry.version_id).collect::<Vec<_>>();
    assert_eq!(ids(list(&server, &[]).await), ["null", one.as_str()]);
    assert_eq!(at(&server, "GET", "a", "null").send().await.expect(200).body, b"three");
    let deleted = call(&server, "DELETE", "docs", "a").send().await.expect(204);
    assert_eq!((deleted.header("x-oss-delete-marker"), version(&deleted).as_str()), (Some("true"), "null"));
    assert_eq!(ids(list(&server, &[]).await), ["null", one.as_str()], "the marker took the place of the null version");
    versioning(&server, "Enabled").await;
    let four = put_version(&server, "a", "four").await;
    assert_eq!(ids(list(&server, &[]).await), [four.as_str(), "null", one.as_str()]);
    at(&server, "GET", "a", "null").send().await.refused(405, "MethodNotAllowed");
    versioning(&server, "Suspended").await;
    assert_eq!(put_version(&server, "a", "five").await, "null");
    assert_eq!(ids(list(&server, &[]).await), ["null", four.as_str(), one.as_str()]);
}

#[tokio::test]
async fn everything_about_a_version_is_its_own() {
    let server = versioned().await;
    let one = put_version(&server, "a", "one").await;
    let two = put_version(&server, "a", "two").await;
    let acl = at(&server, "PUT", "a", &one).query("acl", "").header("x-oss-object-acl", "public-read");
    assert_eq!(version(&acl.send().await.expect(200)), one);
    let tags = Tagging { tags: vec![("k".to_owned(), "v".to_owned())] };
    at(&server, "PUT", "a", &one).query("tagging", "").body(tags.write()).send().await.expect(200);
    for (id, acl, count) in [(&one, "public-read", Some("1")), (&two, "default", None)] {
        let answer = at(&server, "GET", "a", id).query("acl", "").send().await.expect(200);
        assert!(answer.text().contains(&format!("<Grant>{acl}</Grant>")));
        assert_eq!(at(&server, "GET", "a", id).send().await.expect(200).header("x-oss-tagging-count"), count);
        let open = at(&server, "GET", "a", id).signing(crate::client::Signing::Anonymous).send().await;
        open.expect(if acl == "default" { 403 } else { 200 });
    }
    let copy = |source: &str| call(&server, "PUT", "docs", "b").header("x-oss-copy-source", source);
    let copied = copy(&format!("/docs/a?versionId={one}")).send().await.expect(200);
    assert_eq!(copied.header("x-oss-copy-source-version-id"), Some(one.as_str()));
    assert!(CopyResult::read(&copied.body).is_ok() && version(&copied) != one);
    assert_eq!(get(&server, "b").await.expect(200).body, b"one");
    let copied = copy("/docs/a").send().await.expect(200);
    assert_eq!(copied.header("x-oss-copy-source-version-id"), Some(two.as_str()));
    let marker = version(&call(&server, "DELETE", "docs", "a").send().await.expect(204));
    copy("/docs/a").send().await.refused(404, "NoSuchKey");
    copy(&format!("/docs/a?versionId={marker}")).send().await.refused(405, "MethodNotAllowed");
    let link = call(&server, "PUT", "docs", "l").query("symlink", "").header("x-oss-symlink-target", "b");
    assert_eq!(version(&link.send().await.expect(200)).len(), 64);
}

#[tokio::test]
async fn uploads_by_parts_and_appends_tell_their_version() {
    let server = versioned().await;
    let one = put_version(&server, "m", "one").await;
    let start = call(&server, "POST", "docs", "m").query("uploads", "").send().await.expect(200);
    let id = InitiateMultipartUploadResult::read(&start.body).unwrap().upload_id;
    call(&server, "PUT", "docs", "m")
        .query("partNumber", "1")
        .query("uploadId", &id)
        .body("parts")
        .send()
        .await
        .expect(200);
    let done = call(&server, "POST", "docs", "m").query("uploadId", &id).header("x-oss-complete-all", "yes");
    let two = version(&done.send().await.expect(200));
    assert_eq!(at(&server, "GET", "m", &two).send().await.expect(200).body, b"parts");
    assert_eq!(at(&server, "GET", "m", &one).send().await.expect(200).body, b"one");
    for (position, length) in [("0", "2"), ("2", "4")] {
        let append = call(&server, "POST", "docs", "log").query("append", "").query("position", position).body("ab");
        let answer = append.send().await.expect(200);
        assert_eq!((version(&answer).as_str(), answer.header("x-oss-next-append-position")), ("null", Some(length)));
    }
    assert_eq!(list(&server, &[("prefix", "log")]).await.entries.len(), 1, "appends leave no history");
    let copy = call(&server, "PUT", "docs", "c").header("x-oss-copy-source", "/docs/log");
    copy.send().await.refused(400, "OperationNotSupported");
    put_version(&server, "log", "new").await;
    assert_eq!(at(&server, "GET", "log", "null").send().await.expect(200).body, b"abab");
}

#[tokio::test]
async fn many_versions_are_deleted_at_once() {
    let server = versioned().await;
    let one = put_version(&server, "a", "one").await;
    put_version(&server, "a b", "x").await;
    let delete = |objects: Vec<(&str, Option<String>)>| {
        let objects =
            objects.into_iter().map(|(key, version_id)| ObjectIdentifier { key: key.to_owned(), version_id }).collect();
        let body = DeleteRequest { quiet: false, objects }.write();
        let request = call(&server, "POST", "docs", "").query("delete", "").query("encoding-type", "url");
        let request = request.header("Content-MD5", &content_md5(body.as_bytes())).body(body);
        async move { DeleteResult::read(&request.send().await.expect(200).body).unwrap().deleted }
    };
    let deleted = delete(vec![("a", None), ("a b", None)]).await;
    assert!(deleted.iter().all(|deleted| deleted.delete_marker && deleted.version_id.is_none()));
    let marker = deleted[0].delete_marker_version_id.clone().unwrap();
    let deleted = delete(vec![("a", Some(marker.clone())), ("a", Some(one.clone()))]).await;
    assert!(deleted[0].delete_marker && deleted[0].delete_marker_version_id.as_ref() == Some(&marker));
    assert_eq!((deleted[1].delete_marker, deleted[1].version_id.as_ref()), (false, Some(&one)));
    assert!(list(&server, &[]).await.entries.iter().all(|entry| entry.key == "a b"));
    let body = DeleteRequest {
        quiet: false,
        objects: vec![ObjectIdentifier { key: "a".into(), version_id: Some("x".into()) }],
    };
    let body = body.write();
    let request =
        call(&server, "POST", "docs", "").query("delete", "").header("Content-MD5", &content_md5(body.as_bytes()));
    request.body(body).send().await.refused(400, "InvalidArgument");
}

#[tokio::test]
async fn a_bucket_with_versions_is_not_empty() {
    let server = versioned().await;
    let one = put_version(&server, "a", "one").await;
    let marker = version(&call(&server, "DELETE", "docs", "a").send().await.expect(204));
    assert!(keys(&server).await.is_empty());
    let drop_bucket = || call(&server, "DELETE", "docs", "");
    drop_bucket().send().await.refused(409, "BucketNotEmpty");
    at(&server, "DELETE", "a", &one).send().await.expect(204);
    drop_bucket().send().await.refused(409, "BucketNotEmpty");
    at(&server, "DELETE", "a", &marker).send().await.expect(204);
    drop_bucket().send().await.expect(204);
}

/// Walks all pages of a size.
async fn pages(server: &RunningServer, size: usize, more: &[(&str, &str)]) -> (Vec<VersionEntry>, Vec<String>) {
    let (mut entries, mut prefixes) = (Vec::new(), Vec::new());
    let (mut key, mut id) = (String::new(), String::new());
    let size_text = size.to_string();
    loop {
        let mut parameters = vec![("max-keys", size_text.as_str())];
        parameters.extend(more);
        if !key.is_empty() {
            parameters.push(("key-marker", &key));
            parameters.push(("version-id-marker", &id));
        }
        let page = list(server, &parameters).await;
        assert!(page.entries.len() + page.common_prefixes.len() <= size);
        entries.extend(page.entries);
        prefixes.extend(page.common_prefixes);
        if !page.is_truncated {
            return (entries, prefixes);
        }
        key = page.next_key_marker.unwrap();
        id = page.next_version_id_marker.unwrap_or_default();
    }
}

#[tokio::test]
async fn lists_of_versions_fold_and_have_pages() {
    let server = versioned().await;
    for key in ["a", "dir/1", "dir/1", "dir/2", "z"] {
        put_version(&server, key, key).await;
    }
    call(&server, "DELETE", "docs", "dir/1").send().await.expect(204);
    put_version(&server, "a", "again").await;
    let (all, _) = pages(&server, 1000, &[]).await;
    let told: Vec<_> = all.iter().map(|entry| (entry.key.as_str(), entry.is_latest, entry.object.is_some())).collect();
    assert_eq!(
        told,
        [
            ("a", true, true),
            ("a", false, true),
            ("dir/1", true, false),
            ("dir/1", false, true),
            ("dir/1", false, true),
            ("dir/2", true, true),
            ("z", true, true),
        ]
    );
    for size in 1..8 {
        assert_eq!(pages(&server, size, &[]).await.0, all, "{size}");
        let (entries, prefixes) = pages(&server, size, &[("delimiter", "/")]).await;
        assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a", "a", "z"], "{size}");
        assert_eq!(prefixes, ["dir/"], "{size}");
        let (entries, prefixes) = pages(&server, size, &[("delimiter", "/"), ("prefix", "dir/")]).await;
        assert_eq!((entries.as_slice(), prefixes.len()), (&all[2..6], 0), "{size}");
    }
    let after = list(&server, &[("key-marker", "a")]).await;
    assert_eq!(after.entries, all[2..], "a key marker alone is behind all versions of its key");
    let wrong = call(&server, "GET", "docs", "").query("versions", "").query("key-marker", "a");
    wrong.query("version-id-marker", "x").send().await.refused(400, "InvalidArgument");
    call(&server, "GET", "docs", "")
        .query("versions", "")
        .query("max-keys", "0")
        .send()
        .await
        .refused(400, "InvalidArgument");
}

/// Deleting each page before the next one is asked for: markers that are gone must not hide what is left.
#[tokio::test]
async fn a_bucket_can_be_emptied_page_by_page() {
    for size in ["1", "2", "3"] {
        let server = server().await;
        for status in ["Suspended", "Enabled", "Suspended", "Enabled"] {
            for key in ["a", "b"] {
                put(&server, key, status).await.expect(200);
            }
            versioning(&server, status).await;
        }
        put(&server, "a", "last").await.expect(200);
        let (mut key, mut id, mut left) = (String::new(), String::new(), 20);
        loop {
            let page = list(&server, &[("max-keys", size), ("key-marker", &key), ("version-id-marker", &id)]).await;
            for entry in &page.entries {
                at(&server, "DELETE", &entry.key, &entry.version_id).send().await.expect(204);
            }
            if !page.is_truncated {
                break;
            }
            (key, id) = (page.next_key_marker.unwrap(), page.next_version_id_marker.unwrap_or_default());
            left -= 1;
            assert!(left > 0, "the pages do not end");
        }
        call(&server, "DELETE", "docs", "").send().await.expect(204);
    }
}

/// The versions of a key as they should be, the newest first: id, and the body or `None` for a marker.
type Model = BTreeMap<String, Vec<(String, Option<String>)>>;

#[tokio::test]
async fn any_order_of_changes_gives_what_the_rules_say() {
    let server = server().await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut model = Model::new();
    let mut state = "";
    for round in 0..400 {
        let key = random.choice(["a", "b", "c/d"]).unwrap();
        let versions = model.entry(key.to_owned()).or_default();
        let mut add = |id: String, body: Option<String>| {
            if id == "null" {
                versions.retain(|(id, _)| id != "null");
            }
            versions.insert(0, (id, body));
        };
        match random.u8(..20) {
            0 => {
                state = if state == "Enabled" { "Suspended" } else { "Enabled" };
                versioning(&server, state).await;
            }
            1..=9 => {
                let body = format!("body {round}");
                let id = put(&server, key, body.clone()).await.expect(200);
                add(id.header("x-oss-version-id").unwrap_or("null").to_owned(), Some(body));
            }
            10..=13 => {
                let answer = call(&server, "DELETE", "docs", key).send().await.expect(204);
                match answer.header("x-oss-version-id") {
                    Some(id) => add(id.to_owned(), None),
                    None => versions.clear(),
                }
            }
            _ if versions.is_empty() => {}
            _ => {
                let (id, _) = versions.remove(random.usize(..versions.len()));
                at(&server, "DELETE", key, &id).send().await.expect(204);
            }
        }
        if round % 8 == 0 {
            check(&server, &model).await;
        }
    }
    check(&server, &model).await;
}

async fn check(server: &RunningServer, model: &Model) {
    let mut expected = Vec::new();
    for (key, versions) in model {
        for (index, (id, body)) in versions.iter().enumerate() {
            expected.push((key.clone(), id.clone(), index == 0, body.is_some()));
            if let Some(body) = body {
                assert_eq!(at(server, "GET", key, id).send().await.expect(200).text(), body);
            }
        }
        match versions.first() {
            Some((_, Some(body))) => assert_eq!(get(server, key).await.expect(200).text(), body),
            _ => drop(get(server, key).await.refused(404, "NoSuchKey")),
        }
    }
    let (found, _) = pages(server, 7, &[]).await;
    let found: Vec<_> =
        found.into_iter().map(|entry| (entry.key, entry.version_id, entry.is_latest, entry.object.is_some())).collect();
    assert_eq!(found, expected);
    let current = model.iter().filter(|(_, versions)| matches!(versions.first(), Some((_, Some(_)))));
    assert_eq!(keys(server).await, current.map(|(key, _)| key.clone()).collect::<Vec<_>>());
}

#[tokio::test]
async fn many_versions_are_deleted_with_the_right_to_each() {
    let server = versioned().await;
    call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read-write").send().await.expect(200);
    let own =
        call(&server, "PUT", "docs", "a").header("x-oss-object-acl", "private").body("own").send().await.expect(200);
    let own = own.header("x-oss-version-id").unwrap().to_owned();
    let open = put_version(&server, "a", "open").await;
    let delete = async |id: &str| {
        let objects = vec![ObjectIdentifier { key: "a".into(), version_id: Some(id.to_owned()) }];
        let body = DeleteRequest { quiet: false, objects }.write();
        let request = call(&server, "POST", "docs", "").query("delete", "").signing(Signing::Anonymous);
        request.header("Content-MD5", &content_md5(body.as_bytes())).body(body).send().await
    };
    delete(&own).await.refused(403, "AccessDenied");
    delete(&open).await.expect(200);
    let read = call(&server, "GET", "docs", "a").query("versionId", &own).send().await.expect(200);
    assert_eq!(read.body, b"own");
}

#[tokio::test]
async fn writes_need_the_right_to_what_they_replace_whatever_version_they_name() {
    let server = versioned().await;
    call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read-write").send().await.expect(200);
    let open = put_version(&server, "a", "open").await;
    call(&server, "PUT", "docs", "a").header("x-oss-object-acl", "private").body("own").send().await.expect(200);
    put(&server, "source", "not theirs").await.expect(200);
    let never = "A".repeat(64);
    for version in [open.as_str(), never.as_str(), "null"] {
        let write = |method: &str| {
            call(&server, method, "docs", "a").query("versionId", version).signing(Signing::Anonymous).body("theirs")
        };
        write("PUT").send().await.refused(403, "AccessDenied");
        write("PUT").header("x-oss-copy-source", "/docs/source").send().await.refused(403, "AccessDenied");
        write("PUT")
            .query("symlink", "")
            .header("x-oss-symlink-target", "source")
            .send()
            .await
            .refused(403, "AccessDenied");
        write("POST").query("append", "").query("position", "0").send().await.refused(403, "AccessDenied");
        write("POST").query("uploads", "").send().await.refused(403, "AccessDenied");
    }
    assert_eq!(get(&server, "a").await.expect(200).body, b"own");
    call(&server, "PUT", "docs", "b").query("versionId", &never).signing(Signing::Anonymous).send().await.expect(200);
}
