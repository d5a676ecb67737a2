//! Buckets: making, listing, describing, opening, removing.

use oss_protocol::xml::{AccessControlPolicy, BucketInfo, BucketList, LocationConstraint};
use oss_server::OssServer;
use tokio::io::AsyncWriteExt as _;

use crate::client::{ID, SECRET, Signing, begin, call, get, put, read_answer, server};

#[tokio::test]
async fn a_bucket_is_made_described_listed_and_removed() {
    let server = server().await;
    let made = call(&server, "PUT", "fresh", "").header("x-oss-acl", "public-read").send().await.expect(200);
    assert_eq!(made.header("location"), Some("/fresh"));
    let info = call(&server, "GET", "fresh", "").query("bucketInfo", "").send().await.expect(200);
    assert!(!info.text().contains("xmlns"));
    let info = BucketInfo::read(&info.body).unwrap();
    assert_eq!((info.summary.name.as_str(), info.summary.location.as_str()), ("fresh", "oss-cn-hangzhou"));
    assert_eq!((info.grant.as_str(), info.data_redundancy_type.as_str()), ("public-read", "LRS"));
    let here = format!("127.0.0.1:{}", server.port());
    assert_eq!(info.summary.extranet_endpoint, here, "where the client found it");
    let location = call(&server, "GET", "fresh", "").query("location", "").send().await.expect(200);
    assert_eq!(LocationConstraint::read(&location.body).unwrap().0, "oss-cn-hangzhou");
    let list = BucketList::read(&call(&server, "GET", None, "").send().await.expect(200).body).unwrap();
    let names: Vec<_> = list.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
    assert_eq!(names, ["docs", "fresh"]);
    assert_eq!(list.buckets[0].region, "cn-hangzhou");
    call(&server, "DELETE", "fresh", "").send().await.expect(204);
    call(&server, "DELETE", "fresh", "").send().await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn lists_of_buckets_have_pages() {
    let server =
        OssServer::builder().access_key(ID, SECRET).bucket("aaa").bucket("aab").bucket("bbb").start().await.unwrap();
    let page = |name: &'static str, value: &'static str| {
        call(&server, "GET", None, "").query("max-keys", "1").query(name, value)
    };
    let read = |body: &[u8]| BucketList::read(body).unwrap();
    let first = read(&page("prefix", "aa").send().await.expect(200).body);
    assert_eq!((first.buckets[0].name.as_str(), first.is_truncated), ("aaa", true));
    assert_eq!(first.next_marker.as_deref(), Some("aaa"));
    let second = read(&page("marker", "aaa").query("prefix", "aa").send().await.expect(200).body);
    assert_eq!((second.buckets[0].name.as_str(), second.is_truncated), ("aab", false));
    assert_eq!(second.next_marker, None);
    for value in ["0", "1001", "x", "-1"] {
        call(&server, "GET", None, "").query("max-keys", value).send().await.refused(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn a_bucket_is_configured_when_it_is_made() {
    let server = server().await;
    let body = "<CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>";
    call(&server, "PUT", "cold", "").body(body).send().await.expect(200);
    let info = BucketInfo::read(&call(&server, "GET", "cold", "").query("bucketInfo", "").send().await.body).unwrap();
    assert_eq!((info.summary.storage_class.as_str(), info.data_redundancy_type.as_str()), ("IA", "ZRS"));
    call(&server, "PUT", "cold", "a").body("1").send().await.expect(200);
    let head = call(&server, "HEAD", "cold", "a").send().await;
    assert_eq!(head.header("x-oss-storage-class"), Some("IA"), "objects inherit the class");
    call(&server, "PUT", "bad-one", "").body("<nonsense").send().await.refused(400, "MalformedXML");
    let class = "<CreateBucketConfiguration><StorageClass>Floppy</StorageClass></CreateBucketConfiguration>";
    call(&server, "PUT", "bad-one", "").body(class).send().await.refused(400, "InvalidStorageClass");
    call(&server, "PUT", "bad-one", "").header("x-oss-acl", "all").send().await.refused(400, "InvalidArgument");
    call(&server, "GET", "bad-one", "").send().await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn who_makes_a_bucket_again_changes_it() {
    let server = server().await;
    let put_bucket = |body: &str| call(&server, "PUT", "docs", "").body(body);
    let info = async || {
        let info = call(&server, "GET", "docs", "").query("bucketInfo", "").send().await.expect(200);
        BucketInfo::read(&info.body).unwrap()
    };
    let configuration = |inner: &str| format!("<CreateBucketConfiguration>{inner}</CreateBucketConfiguration>");
    put(&server, "a", "1").await.expect(200);
    let before = info().await;
    put_bucket("").send().await.expect(200);
    put_bucket(&configuration("<StorageClass>Standard</StorageClass>")).send().await.expect(200);
    assert_eq!(info().await, before);
    let encrypted = put_bucket("").header("x-oss-server-side-encryption", "AES256");
    encrypted.header("x-oss-acl", "public-read").send().await.expect(200);
    let after = info().await;
    assert_eq!((after.grant.as_str(), after.summary.creation_date), ("public-read", before.summary.creation_date));
    put_bucket("").send().await.expect(200);
    assert_eq!(info().await, after, "what is not named stays");
    for fixed in ["<StorageClass>IA</StorageClass>", "<DataRedundancyType>ZRS</DataRedundancyType>"] {
        let refused = put_bucket(&configuration(fixed)).header("x-oss-acl", "private");
        refused.send().await.refused(409, "BucketAlreadyExists");
    }
    assert_eq!(info().await, after, "what is refused changes nothing");
    assert_eq!(get(&server, "a").await.expect(200).text(), "1");
    let block =
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>";
    call(&server, "PUT", "docs", "").query("publicAccessBlock", "").body(block).send().await.expect(200);
    put_bucket("").header("x-oss-acl", "public-read-write").send().await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn names_are_checked() {
    let server = server().await;
    for name in ["ab", "Abc", "a_b", "-abc", "abc-"] {
        call(&server, "PUT", name, "").send().await.refused(400, "InvalidBucketName");
        call(&server, "GET", name, "").send().await.refused(400, "InvalidBucketName");
    }
    assert!(OssServer::builder().bucket("No").start().await.unwrap_err().to_string().contains("`No`"));
}

#[tokio::test]
async fn only_an_empty_bucket_is_removed() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    call(&server, "DELETE", "docs", "").send().await.refused(409, "BucketNotEmpty");
    call(&server, "DELETE", "docs", "a").send().await.expect(204);
    let upload = call(&server, "POST", "docs", "b").query("uploads", "").send().await.expect(200);
    let upload = oss_protocol::xml::InitiateMultipartUploadResult::read(&upload.body).unwrap();
    call(&server, "DELETE", "docs", "").send().await.refused(409, "BucketNotEmpty");
    call(&server, "DELETE", "docs", "b").query("uploadId", &upload.upload_id).send().await.expect(204);
    call(&server, "DELETE", "docs", "").send().await.expect(204);
    put(&server, "a", "1").await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn acls_decide_what_strangers_may_do() {
    let server = server().await;
    put(&server, "a", "text").await.expect(200);
    let anonymous = |method: &str, key: &str| call(&server, method, "docs", key).signing(Signing::Anonymous);
    let set = |acl: &'static str| call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", acl);

    anonymous("GET", "a").send().await.refused(403, "AccessDenied");
    anonymous("GET", "missing").send().await.refused(403, "AccessDenied");
    anonymous("PUT", "b").body("1").send().await.refused(403, "AccessDenied");

    set("public-read").send().await.expect(200);
    let acl = call(&server, "GET", "docs", "").query("acl", "").send().await.expect(200);
    assert_eq!(AccessControlPolicy::read(&acl.body).unwrap().grant, "public-read");
    assert_eq!(anonymous("GET", "a").send().await.expect(200).body, b"text");
    anonymous("HEAD", "a").send().await.expect(200);
    anonymous("GET", "missing").send().await.refused(404, "NoSuchKey");
    anonymous("PUT", "b").body("1").send().await.refused(403, "AccessDenied");
    anonymous("DELETE", "a").send().await.refused(403, "AccessDenied");

    set("public-read-write").send().await.expect(200);
    anonymous("PUT", "b").body("1").send().await.expect(200);
    anonymous("DELETE", "b").send().await.expect(204);
    for (name, value) in [("", ""), ("acl", ""), ("uploads", ""), ("bucketInfo", "")] {
        let error = anonymous("GET", "").query(name, value).send().await.refused(403, "AccessDenied");
        assert!(error.message.starts_with("Anonymous access is forbidden"), "{}", error.message);
    }
    call(&server, "GET", None, "").signing(Signing::Anonymous).send().await.refused(403, "AccessDenied");

    set("nonsense").send().await.refused(400, "InvalidArgument");
    call(&server, "PUT", "docs", "").query("acl", "").send().await.refused(400, "MissingArgument");
}

#[tokio::test]
async fn strangers_never_read_what_was_private_from_its_first_byte() {
    let server = server().await;
    call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read").send().await.expect(200);
    let stranger = call(&server, "GET", "docs", "a").signing(Signing::Anonymous);
    let mut strangers = tokio::task::JoinSet::new();
    let (over, ended) = tokio::sync::watch::channel(false);
    for _ in 0..4 {
        let (stranger, ended) = (stranger.clone(), ended.clone());
        strangers.spawn(async move {
            let mut seen = 0;
            while !*ended.borrow() {
                let answer = stranger.send().await;
                if answer.status == 200 {
                    assert_eq!(answer.text(), "for everybody");
                    seen += 1;
                }
            }
            seen
        });
    }
    for _ in 0..500 {
        put(&server, "a", "for everybody").await.expect(200);
        let mine = call(&server, "PUT", "docs", "a").header("x-oss-object-acl", "private").body("for nobody");
        mine.send().await.expect(200);
    }
    over.send(true).unwrap();
    let seen: u32 = strangers.join_all().await.into_iter().sum();
    assert!(seen > 0, "nobody came in between");
}

#[tokio::test]
async fn a_write_under_way_is_refused_when_its_object_is_closed() {
    let server = server().await;
    let open = |acl: &'static str| call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", acl);
    let put = call(&server, "PUT", "docs", "put");
    let append = call(&server, "POST", "docs", "append").query("append", "").query("position", "0");
    for (key, write) in [("put", put), ("append", append)] {
        open("public-read-write").send().await.expect(200);
        let mut stream = begin(write.signing(Signing::Anonymous), 6).await;
        stream.write_all(b"sto").await.unwrap();
        open("private").send().await.expect(200);
        stream.write_all(b"len").await.unwrap();
        read_answer(&mut stream, "PUT").await.unwrap().refused(403, "AccessDenied");
        get(&server, key).await.refused(404, "NoSuchKey");
    }
}

#[tokio::test]
async fn an_object_may_have_an_acl_of_its_own() {
    let server = server().await;
    call(&server, "PUT", "docs", "open").body("1").header("x-oss-object-acl", "public-read").send().await.expect(200);
    put(&server, "shut", "1").await.expect(200);
    let anonymous = |key: &str| call(&server, "GET", "docs", key).signing(Signing::Anonymous);
    anonymous("open").send().await.expect(200);
    anonymous("shut").send().await.refused(403, "AccessDenied");
    let set = |key: &str, acl: &str| call(&server, "PUT", "docs", key).query("acl", "").header("x-oss-object-acl", acl);
    set("open", "private").send().await.expect(200);
    set("shut", "public-read").send().await.expect(200);
    anonymous("open").send().await.refused(403, "AccessDenied");
    anonymous("shut").send().await.expect(200);
    let acl = call(&server, "GET", "docs", "shut").query("acl", "").send().await.expect(200);
    assert_eq!(AccessControlPolicy::read(&acl.body).unwrap().grant, "public-read");
    set("shut", "default").send().await.expect(200);
    anonymous("shut").send().await.refused(403, "AccessDenied");
    set("missing", "private").send().await.refused(404, "NoSuchKey");
    get(&server, "open").await.expect(200);
}

#[tokio::test]
async fn what_is_not_served_is_said_by_name() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    for (method, key, name) in
        [("PUT", "", "website"), ("GET", "", "worm"), ("POST", "a", "seal"), ("POST", "a", "x-oss-process")]
    {
        let error = call(&server, method, "docs", key).query(name, "").send().await.refused(501, "NotImplemented");
        assert!(error.message.contains(name), "{}", error.message);
    }
    call(&server, "PATCH", "docs", "a").send().await.refused(405, "MethodNotAllowed");
}

#[tokio::test]
async fn a_part_that_nobody_knows_is_not_the_whole() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    call(&server, "PUT", "docs-2", "").send().await.expect(200);
    for (method, bucket, key) in
        [("DELETE", "docs-2", ""), ("PUT", "docs-2", ""), ("DELETE", "docs", "a"), ("PUT", "docs", "a")]
    {
        for name in ["quota", "metadataConfiguration", "inventedTomorrow"] {
            for signing in [Signing::V4, Signing::V1] {
                let answer = call(&server, method, bucket, key).signing(signing).query(name, "").body("2").send().await;
                let error = answer.refused(501, "NotImplemented");
                assert!(error.message.contains(name), "{}", error.message);
            }
        }
    }
    assert_eq!(get(&server, "a").await.expect(200).text(), "1");
    call(&server, "GET", "docs-2", "").query("acl", "").send().await.expect(200);
    for method in ["PUT", "GET"] {
        call(&server, method, "docs-3", "").query("quota", "").send().await.refused(404, "NoSuchBucket");
    }
    // With a value it is a parameter, as those are that proxies and caches add.
    call(&server, "PUT", "docs", "a").query("t", "1").body("2").send().await.expect(200);
    call(&server, "DELETE", "docs-2", "").query("t", "1").send().await.expect(204);
}
