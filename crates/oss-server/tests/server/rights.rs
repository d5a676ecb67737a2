//! Key pairs with rights on named buckets.

use oss_protocol::sign::{policy, v1};
use oss_protocol::xml::{BucketList, DeleteRequest, ObjectIdentifier};
use oss_server::{Rights, RunningServer};

use crate::client::{Call, builder, call, get, put};

async fn server() -> RunningServer {
    let server = builder()
        .bucket("logs")
        .bucket("other")
        .limited_access_key("reader", "r", Rights::none().read("docs"))
        .limited_access_key("writer", "w", Rights::none().write("docs").read("logs"))
        .start()
        .await
        .unwrap();
    put(&server, "a", "text").await.expect(200);
    server
}

fn by(call: Call, id: &str) -> Call {
    call.credentials(id, &id[..1])
}

#[tokio::test]
async fn rights_reach_as_far_as_they_are_named() {
    let server = server().await;
    let acl = ("acl", "");
    for (method, bucket, key, query, reader, writer) in [
        ("GET", "docs", "a", None, 200, 403),
        ("HEAD", "docs", "a", None, 200, 403),
        ("GET", "docs", "", None, 200, 403),
        ("GET", "docs", "", Some(("bucketInfo", "")), 200, 403),
        ("GET", "docs", "a", Some(acl), 200, 403),
        ("GET", "logs", "", None, 403, 200),
        ("GET", "other", "", None, 403, 403),
        ("PUT", "docs", "b", None, 403, 200),
        ("PUT", "logs", "b", None, 403, 403),
        ("POST", "docs", "c", Some(("uploads", "")), 403, 200),
        ("DELETE", "docs", "", Some(("lifecycle", "")), 403, 204),
        ("PUT", "another", "", None, 403, 403),
        ("DELETE", "other", "", None, 403, 403),
        ("DELETE", "docs", "b", None, 403, 204),
    ] {
        for (id, status) in [("reader", reader), ("writer", writer)] {
            let request = by(call(&server, method, bucket, key), id);
            let request = query.iter().fold(request, |request, (name, value)| request.query(name, value));
            let answer = request.send().await;
            assert_eq!(answer.status, status, "{id} {method} {bucket}/{key} {query:?}");
            if status == 403 {
                assert_eq!(answer.error().code, "AccessDenied");
            }
        }
    }
    by(call(&server, "GET", "docs", "a"), "stranger").send().await.refused(403, "InvalidAccessKeyId");
}

#[tokio::test]
async fn copies_and_batches_need_their_rights_too() {
    let server = server().await;
    let copy = by(call(&server, "PUT", "docs", "b").header("x-oss-copy-source", "/docs/a"), "writer");
    copy.send().await.refused(403, "AccessDenied");
    // Nor do they learn what there is.
    let copy = by(call(&server, "PUT", "docs", "b").header("x-oss-copy-source", "/docs/missing"), "writer");
    copy.send().await.refused(403, "AccessDenied");
    let objects = vec![ObjectIdentifier { key: "a".into(), version_id: None }];
    let body = DeleteRequest { quiet: true, objects }.write();
    let md5 = oss_protocol::digest::content_md5(body.as_bytes());
    let delete =
        || call(&server, "POST", "docs", "").query("delete", "").header("Content-MD5", &md5).body(body.clone());
    by(delete(), "reader").send().await.refused(403, "AccessDenied");
    get(&server, "a").await.expect(200);
    by(delete(), "writer").send().await.expect(200);
    get(&server, "a").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn lists_of_buckets_show_what_may_be_used() {
    let server = server().await;
    for (id, expected) in [("reader", vec!["docs"]), ("writer", vec!["docs", "logs"])] {
        let answer = by(call(&server, "GET", None, ""), id).send().await.expect(200);
        let names: Vec<_> =
            BucketList::read(&answer.body).unwrap().buckets.into_iter().map(|bucket| bucket.name).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn what_is_open_to_everybody_is_open_to_them() {
    let server = server().await;
    let open = call(&server, "PUT", "docs", "a").query("acl", "").header("x-oss-object-acl", "public-read");
    open.send().await.expect(200);
    by(call(&server, "GET", "docs", "a"), "writer").send().await.expect(200);
}

#[tokio::test]
async fn forms_are_signed_by_someone_with_rights() {
    let server = server().await;
    let field = policy::encode("{\"expiration\":\"9999-01-01T00:00:00.000Z\",\"conditions\":[]}");
    for (id, status) in [("reader", 403), ("writer", 204)] {
        let signature = policy::sign_v1(&v1::SigningKey::new(&id[..1]), &field);
        let fields =
            [("key", "form"), ("OSSAccessKeyId", id), ("policy", &field), ("Signature", &signature), ("file", "x")];
        let parts = fields
            .map(|(name, value)| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
        let form = call(&server, "POST", "docs", "").header("Content-Type", "multipart/form-data; boundary=x");
        form.body(format!("{}--x--", parts.concat())).send().await.expect(status);
    }
}
