//! ListObjects in both versions, and its pages.

use oss_protocol::xml::ObjectList;
use oss_server::RunningServer;

use crate::client::{Call, builder, call, put, server};

const KEYS: &[&str] =
    &["a", "b/", "b/1", "b/2/x", "b/2/y", "b/3", "b0", "c/中/1", "c/中/2", "d", "d//e", "d//f", "😀/1", "😀/2"];

async fn filled() -> RunningServer {
    let server = server().await;
    for key in KEYS {
        put(&server, key, *key).await.expect(200);
    }
    // A neighbour whose keys must never show.
    call(&server, "PUT", "docs-2", "").send().await.expect(200);
    call(&server, "PUT", "docs-2", "a").body("1").send().await.expect(200);
    server
}

fn list(server: &RunningServer, parameters: &[(&str, &str)]) -> Call {
    parameters.iter().fold(call(server, "GET", "docs", ""), |call, (name, value)| call.query(name, value))
}

async fn page(server: &RunningServer, parameters: &[(&str, &str)]) -> ObjectList {
    let answer = list(server, parameters).send().await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    ObjectList::read(&answer.body).unwrap()
}

/// Objects and common prefixes of a page, each in order.
fn names(list: &ObjectList) -> (Vec<&str>, Vec<&str>) {
    let objects = list.objects.iter().map(|object| object.key.as_str()).collect();
    (objects, list.common_prefixes.iter().map(String::as_str).collect())
}

/// What a listing must give, worked out the slow way.
fn expected<'a>(prefix: &str, delimiter: &str, after: &str) -> Vec<&'a str> {
    let mut entries: Vec<&str> = Vec::new();
    let mut keys = KEYS.to_vec();
    keys.sort_unstable();
    for key in keys.into_iter().filter(|key| key.starts_with(prefix)) {
        let folded = if delimiter.is_empty() { None } else { key[prefix.len()..].find(delimiter) };
        let entry = folded.map_or(key, |at| &key[..prefix.len() + at + delimiter.len()]);
        if entry > after && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries
}

#[tokio::test]
async fn a_list_holds_what_it_says_about_each_object() {
    let server = filled().await;
    let list = page(&server, &[("prefix", "b/3")]).await;
    let object = &list.objects[0];
    assert_eq!((object.key.as_str(), object.size, object.object_type.as_str()), ("b/3", 3, "Normal"));
    assert_eq!(object.storage_class, "Standard");
    let head = call(&server, "HEAD", "docs", "b/3").send().await;
    assert_eq!(Some(object.etag.as_str()), head.header("etag"));
    let modified = oss_protocol::time::http_date(object.last_modified.unwrap());
    assert_eq!(Some(modified.as_str()), head.header("last-modified"));
    assert!(object.owner.is_some(), "version 1 always tells the owner");
    assert_eq!((list.name.as_str(), list.prefix.as_str(), list.max_keys), ("docs", "b/3", 100));
    assert_eq!((list.is_truncated, list.next_marker), (false, None));
}

#[tokio::test]
async fn folding_as_folders() {
    let server = filled().await;
    let list = page(&server, &[("delimiter", "/")]).await;
    assert_eq!(names(&list), (vec!["a", "b0", "d"], vec!["b/", "c/", "d/", "😀/"]));
    let list = page(&server, &[("delimiter", "/"), ("prefix", "b/")]).await;
    assert_eq!(names(&list), (vec!["b/", "b/1", "b/3"], vec!["b/2/"]));
    let list = page(&server, &[("delimiter", "//"), ("prefix", "d")]).await;
    assert_eq!(names(&list), (vec!["d"], vec!["d//"]));
    let list = page(&server, &[("delimiter", "中"), ("prefix", "c")]).await;
    assert_eq!(names(&list), (vec![], vec!["c/中"]));
}

#[tokio::test]
async fn pages_of_every_size_give_the_whole_list_in_both_versions() {
    let server = filled().await;
    for (prefix, delimiter) in
        [("", ""), ("", "/"), ("b/", "/"), ("b", ""), ("c/", "/"), ("d", "//"), ("zzz", ""), ("", "e")]
    {
        for size in ["1", "2", "3", "5", "1000"] {
            for version in ["", "2"] {
                let mut found: Vec<String> = Vec::new();
                let mut next: Option<String> = None;
                loop {
                    let mut parameters = vec![
                        ("prefix", prefix),
                        ("delimiter", delimiter),
                        ("max-keys", size),
                        ("encoding-type", "url"),
                    ];
                    if version == "2" {
                        parameters.push(("list-type", "2"));
                    }
                    if let Some(next) = &next {
                        parameters.push((if version == "2" { "continuation-token" } else { "marker" }, next));
                    }
                    let list = page(&server, &parameters).await;
                    let (objects, prefixes) = names(&list);
                    let mut entries: Vec<String> = objects.into_iter().chain(prefixes).map(str::to_owned).collect();
                    entries.sort();
                    if version == "2" {
                        assert_eq!(list.key_count, Some(entries.len() as u64));
                        assert!(list.objects.iter().all(|object| object.owner.is_none()));
                    }
                    assert!(entries.len() <= size.parse().unwrap());
                    found.extend(entries);
                    next = if version == "2" { list.next_continuation_token.clone() } else { list.next_marker.clone() };
                    assert_eq!(next.is_some(), list.is_truncated);
                    if next.is_none() {
                        break;
                    }
                }
                assert_eq!(
                    found,
                    expected(prefix, delimiter, ""),
                    "prefix {prefix:?} delimiter {delimiter:?} size {size} version {version}"
                );
            }
        }
    }
}

#[tokio::test]
async fn markers_need_not_be_keys() {
    let server = filled().await;
    for (prefix, delimiter) in [("", ""), ("", "/"), ("b/", "/"), ("d", "")] {
        for after in
            ["", "A", "a", "b", "b/", "b/2", "b/2/x", "b/zz", "c/", "d//", "d/", "zzz", "😀", "😀/1", "\u{10FFFF}"]
        {
            for name in ["marker", "start-after"] {
                let mut parameters = vec![("prefix", prefix), ("delimiter", delimiter), (name, after)];
                if name == "start-after" {
                    parameters.push(("list-type", "2"));
                }
                let list = page(&server, &parameters).await;
                let (objects, prefixes) = names(&list);
                let mut found: Vec<&str> = objects.into_iter().chain(prefixes).collect();
                found.sort_unstable();
                assert_eq!(found, expected(prefix, delimiter, after), "{parameters:?}");
            }
        }
    }
}

#[tokio::test]
async fn version_two_says_what_it_was_asked() {
    let server = filled().await;
    let list =
        page(&server, &[("list-type", "2"), ("start-after", "b/1"), ("max-keys", "2"), ("fetch-owner", "true")]).await;
    assert_eq!(list.start_after.as_deref(), Some("b/1"));
    assert_eq!((list.marker, list.next_marker), (None, None));
    assert!(list.objects.iter().all(|object| object.owner.is_some()));
    let token = list.next_continuation_token.unwrap();
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
    let list = page(&server, &[("list-type", "2"), ("continuation-token", &token), ("start-after", "zzz")]).await;
    assert_eq!(list.continuation_token.as_deref(), Some(token.as_str()));
    assert_eq!(list.objects[0].key, "b/3", "the token counts, not start-after");
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let server = filled().await;
    let long = "a".repeat(1024);
    for (name, value) in [
        ("max-keys", "0"),
        ("max-keys", "1001"),
        ("max-keys", "many"),
        ("encoding-type", "base64"),
        ("list-type", "3"),
        ("prefix", long.as_str()),
    ] {
        list(&server, &[(name, value)]).send().await.refused(400, "InvalidArgument");
    }
    for token in ["%%%", "a", "_w", "===="] {
        list(&server, &[("list-type", "2"), ("continuation-token", token)])
            .send()
            .await
            .refused(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn folders_of_many_objects_have_pages() {
    let server = builder().start().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let calls: Vec<_> = (0..100)
            .map(|index| call(&server, "PUT", "docs", &format!("f{}/{index:03}-{worker}", index % 4)).body("1"))
            .collect();
        tasks.spawn(async move {
            for call in calls {
                call.send().await.expect(200);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let list = page(&server, &[("delimiter", "/"), ("max-keys", "3")]).await;
    assert_eq!(names(&list), (vec![], vec!["f0/", "f1/", "f2/"]));
    assert_eq!(list.next_marker.as_deref(), Some("f2/"));
    let list = page(&server, &[("delimiter", "/"), ("max-keys", "3"), ("marker", "f2/")]).await;
    assert_eq!(names(&list), (vec![], vec!["f3/"]));
    let list = page(&server, &[("max-keys", "1000")]).await;
    assert_eq!(list.objects.len(), 800);
}

#[tokio::test]
async fn markers_and_delimiters_have_an_end() {
    let server = server().await;
    let (long, longest) = ("a".repeat(1025), "a".repeat(1024));
    for name in ["marker", "delimiter"] {
        list(&server, &[(name, &long)]).send().await.refused(400, "InvalidArgument");
        list(&server, &[(name, &longest)]).send().await.expect(200);
    }
    for name in ["key-marker", "version-id-marker", "delimiter", "prefix"] {
        list(&server, &[("versions", ""), (name, &long)]).send().await.refused(400, "InvalidArgument");
    }
    list(&server, &[("uploads", ""), ("key-marker", &long)]).send().await.refused(400, "InvalidArgument");
}
