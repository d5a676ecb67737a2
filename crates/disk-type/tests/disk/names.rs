//! Names that file systems cannot hold, or would take elsewhere.

use std::collections::BTreeMap;
use std::fs;

use meta::prelude::*;

use crate::{disk, name};

fn awkward() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain",
        "头像/用户.jpg",
        "🦀/👨‍👩‍👧.png",
        "a b",
        " lead",
        "trail ",
        "a+b",
        "a%b",
        "a%2Fb",
        "a?b",
        "a#b",
        "a&b",
        "a=b",
        "a*b",
        "a:b",
        "a\"b",
        "a<b>",
        "a|b",
        "a\\b",
        "x//y",
        "x///y",
        "dir/",
        "dir//",
        ".",
        "..",
        "...",
        "./a",
        "../a",
        "a/../b",
        "a/./b",
        "../../../../etc/passwd",
        ".hidden",
        "end.",
        "end..",
        "\u{1}",
        "tab\tnew\nline",
        "\u{7f}",
        "CON",
        "con.txt",
        "NUL.txt",
        "aux",
        "COM1",
        "LPT9.log",
        "prn/x",
        ".storages",
        ".storages/locks/gate",
        ".STORAGES/x",
        "%-",
        "%+",
        "%=",
        "%-a",
        "%+a/b",
        "%=/a",
        "%-%2E",
        "e\u{301}",
        "Ａ",
    ]
    .map(str::to_owned)
    .into();
    for length in [253, 254, 255, 256, 257, 508, 1023] {
        names.push("n".repeat(length));
        names.push(format!("{}/f", "d".repeat(length.min(1021))));
    }
    names.push("存".repeat(341));
    names.push("?".repeat(1023));
    names.push(".".repeat(1023));
    names.push(format!("a{}", "/".repeat(1022)));
    names.push("d/".repeat(511));
    names.push("./".repeat(511));
    names
}

#[tokio::test]
async fn every_legal_name_is_an_object_of_its_own() {
    let disk = disk();
    let names = awkward();
    for object in &names {
        disk.put(object, format!("content of {object}")).await.unwrap_or_else(|error| panic!("{object:?}: {error}"));
    }
    for object in &names {
        assert_eq!(disk.get(object).await.unwrap(), format!("content of {object}"), "{object:?}");
        assert_eq!(disk.info(object).await.unwrap().name.as_str(), object);
    }
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), names.len());
    assert_eq!(disk.names().await, sorted);
    // Nothing has left the directory.
    let outside: Vec<_> = fs::read_dir(disk.directory.parent().unwrap()).unwrap().collect();
    assert_eq!(outside.len(), 1);
    for object in &names {
        disk.delete(object).await.unwrap();
        assert_eq!(disk.get(object).await.unwrap_err().kind(), ErrorKind::NotFound, "{object:?}");
    }
    assert_eq!(disk.files(), Vec::<String>::new());
    let left: Vec<_> = fs::read_dir(&disk.directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".storages"], "no empty folder is left");
}

#[tokio::test]
async fn an_object_and_a_folder_of_one_name_live_side_by_side() {
    for order in [["a", "a/b", "a/b/c"], ["a/b/c", "a/b", "a"], ["a/b", "a", "a/b/c"], ["a", "a/b/c", "a/b"]] {
        let disk = disk();
        for object in order {
            disk.put_with(object, object.to_owned(), UploadOptions::default().with_metadata("of", object))
                .await
                .unwrap();
        }
        for object in order {
            assert_eq!(disk.get(object).await.unwrap(), object, "{order:?}");
            assert_eq!(disk.info(object).await.unwrap().metadata["of"], object, "{order:?}");
        }
        assert_eq!(disk.names().await, ["a", "a/b", "a/b/c"]);
        assert!(disk.path("%=/a").is_file() && disk.path("a/%=/b").is_file());
        // Overwriting finds it where it is.
        disk.put("a", "again").await.unwrap();
        assert_eq!(disk.get("a").await.unwrap(), "again");
        assert_eq!(disk.names().await.len(), 3);
        // It stays aside when the folder goes, and is still one object.
        disk.delete("a/b").await.unwrap();
        disk.delete("a/b/c").await.unwrap();
        assert!(!disk.path("a").exists());
        disk.put("a", "third").await.unwrap();
        assert_eq!(disk.get("a").await.unwrap(), "third");
        assert_eq!(disk.names().await, ["a"]);
        disk.delete("a").await.unwrap();
        assert_eq!(disk.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(disk.files(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn no_overwriting_sees_an_object_that_lies_aside() {
    let disk = disk();
    disk.put("a", "1").await.unwrap();
    disk.put("a/b", "2").await.unwrap();
    let error = disk.put_with("a", "3", UploadOptions::default().without_overwriting()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(disk.get("a").await.unwrap(), "1");
}

/// A random walk through names that share folders, files and escapes, held against a map.
#[tokio::test]
async fn any_order_of_writes_and_deletions_gives_what_a_map_gives() {
    const SEGMENTS: &[&str] = &["a", "b", "", ".", "..", "%=", "%-", "%+a", "A?", "a.", "nul"];
    for seed in 0..6 {
        let disk = disk();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut map = BTreeMap::new();
        for step in 0..120 {
            let segments: Vec<_> = (0..random.usize(1..4)).map(|_| SEGMENTS[random.usize(..SEGMENTS.len())]).collect();
            let Ok(object) = ObjectName::parse(&segments.join("/")) else { continue };
            if random.u8(..3) == 0 {
                disk.delete(object.as_str()).await.unwrap();
                map.remove(object.as_str());
            } else {
                let content = format!("{step} of {object}");
                disk.put(object.as_str(), content.clone()).await.unwrap();
                map.insert(object.to_string(), content);
            }
        }
        assert!(map.len() > 10);
        assert_eq!(disk.names().await, map.keys().cloned().collect::<Vec<_>>(), "seed {seed}");
        for (object, content) in &map {
            assert_eq!(disk.get(object).await.unwrap(), *content, "seed {seed}");
        }
        for object in map.keys() {
            disk.delete(object).await.unwrap();
        }
        assert_eq!(disk.files(), Vec::<String>::new(), "seed {seed}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_too_deep_for_a_name_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let deep = (0..20).fold(folder.path().to_owned(), |path, _| path.join("d".repeat(200)));
    let storage = disk_type::DiskStorage::at(deep);
    let error =
        storage.upload_by_file(&name(&"n".repeat(1023)), "x".into(), UploadOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidName);
    assert!(error.to_string().contains("move the storage's directory nearer to the root"), "{error}");
}
