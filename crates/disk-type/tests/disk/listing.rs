//! Listing, held against a sorted list of names.

use meta::prelude::*;
use meta::{ListOptions, ListPage};

use crate::{Disk, disk};

/// What a listing must tell, by the contract's words alone.
fn expected(names: &[String], options: &ListOptions) -> Vec<String> {
    let mut entries = Vec::new();
    for name in names {
        let Some(rest) = name.strip_prefix(&options.prefix) else { continue };
        if options.start_after.as_ref().is_some_and(|after| name <= after) {
            continue;
        }
        let entry = match rest.find(&options.delimiter) {
            Some(at) if !options.delimiter.is_empty() => {
                format!("prefix {}{}", options.prefix, &rest[..at + options.delimiter.len()])
            }
            _ => format!("object {name}"),
        };
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries.sort_by(|a, b| a[7..].cmp(&b[7..]));
    entries
}

fn entries(page: &ListPage) -> Vec<String> {
    let objects = page.objects.iter().map(|object| format!("object {}", object.name));
    let mut entries: Vec<_> = objects.chain(page.common_prefixes.iter().map(|name| format!("prefix {name}"))).collect();
    entries.sort_by(|a, b| a[7..].cmp(&b[7..]));
    entries
}

async fn all(disk: &Disk, mut options: ListOptions) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let page = disk.list(options.clone()).await.unwrap();
        let entries = entries(&page);
        assert!(entries.len() <= options.limit.unwrap_or(1000) as usize);
        assert!(page.next.is_none() || !entries.is_empty());
        told.extend(entries);
        match page.next {
            Some(next) => options = options.with_continuation(next),
            None => return told,
        }
    }
}

#[tokio::test]
async fn every_combination_of_options_tells_what_the_contract_says() {
    let disk = disk();
    let long = "x".repeat(253);
    let mut names: Vec<String> = [
        "a", "a-b", "a.txt", "a/", "a//", "a//c", "a/b", "a/b/c", "a0", "a?", "b/1", "b/2", "b-1", "c/d/e/f", "z",
        "%=", "é/ü", "A", "a/%=", "a/.", "a/..", "nul/x", "nul-x",
    ]
    .map(str::to_owned)
    .into();
    for end in ["", "a", "yy", "yyy", "yyz/q", "zzzz", "/in"] {
        names.push(format!("{long}{end}"));
    }
    names.sort();
    for name in &names {
        disk.put(name, name.clone()).await.unwrap();
    }
    std::fs::create_dir_all(disk.path("b0/empty/folder")).unwrap();
    assert_eq!(disk.names().await, names);
    let prefixes =
        ["", "a", "a/", "a//", "a/b", "b", "b/1", "c/d/", "c/d/e/f", "c/d/e/f/", "none", "/", "n", &long, "xxx", "é"];
    let marks =
        [None, Some(""), Some("a"), Some("a/"), Some("a/b"), Some("a/zzz"), Some("b/1"), Some("zz"), Some(&*long)];
    for prefix in prefixes {
        for delimiter in ["", "/", "-", "//", "b", "/b"] {
            for mark in marks {
                for limit in [None, Some(1), Some(2), Some(5)] {
                    let mut options = ListOptions::prefix(prefix).with_delimiter(delimiter);
                    options.start_after = mark.map(str::to_owned);
                    options.limit = limit;
                    assert_eq!(all(&disk, options.clone()).await, expected(&names, &options), "{options:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_page_holds_a_thousand_at_most() {
    let disk = disk();
    std::fs::create_dir(&disk.directory).unwrap();
    for at in 0..1001 {
        std::fs::write(disk.path(&format!("{at:04}")), b"").unwrap();
    }
    for options in [ListOptions::default(), ListOptions::default().with_limit(5000)] {
        let page = disk.list(options).await.unwrap();
        assert_eq!(page.objects.len(), 1000);
        let page = disk.list(ListOptions::default().with_continuation(page.next.unwrap())).await.unwrap();
        assert_eq!(entries(&page), ["object 1000"]);
        assert_eq!(page.next, None);
    }
}

#[tokio::test]
async fn a_listing_tells_what_an_inspection_tells() {
    let disk = disk();
    disk.put_with("a/b.txt", "x", UploadOptions::default().with_metadata("k", "v")).await.unwrap();
    let page = disk.list(ListOptions::default()).await.unwrap();
    assert_eq!(page.objects, [disk.info("a/b.txt").await.unwrap()]);
}

#[tokio::test]
async fn a_directory_that_is_not_there_yet_holds_nothing() {
    let disk = disk();
    assert_eq!(disk.list(ListOptions::default()).await.unwrap(), ListPage::default());
    assert_eq!(disk.list(ListOptions::prefix("a/b/")).await.unwrap(), ListPage::default());
    assert!(!disk.directory.exists());
}

#[tokio::test]
async fn a_continuation_from_elsewhere_is_refused() {
    let error = disk().list(ListOptions::default().with_continuation("?")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
