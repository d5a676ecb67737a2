//! Listings.

use std::collections::BTreeSet;

use meta::{Ability, ErrorKind, ListOptions, ListPage};

use crate::outcome::{Outcome, ensure, refused};
use crate::subject::{Subject, content};

/// Names whose order by bytes is neither that of their folders nor that of any language.
const NAMES: &[&str] = &[
    "B", "a", "a b", "a!", "a-/x", "a.txt", "a/", "a/b", "a/b/c", "a/c", "a0", "aa", "b/1", "b/2", "b/3", "z", "~",
    "É", "é", "中/文", "\u{ffff}", "🦀",
];

async fn written(s: &Subject) -> Outcome<Vec<String>> {
    let mut names: Vec<_> = NAMES.iter().map(|name| s.name(name)).collect();
    // Not in order, so that the order of writing is not that of the listing.
    for name in names.iter().rev().step_by(2).chain(names.iter().rev().skip(1).step_by(2)) {
        s.upload(name, name.clone()).await?;
    }
    names.sort_unstable();
    Ok(names)
}

/// All pages of a listing.
async fn pages(s: &Subject, options: ListOptions) -> Outcome<Vec<ListPage>> {
    let mut pages: Vec<ListPage> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = Some(options.clone());
    while let Some(options) = next {
        let page = s.list(options.clone()).await?;
        let entries = page.objects.len() + page.common_prefixes.len();
        if let Some(limit) = options.limit {
            ensure!(entries <= limit as usize, "a page of at most {limit} entries has {entries}");
        }
        if let Some(token) = &page.next {
            ensure!(seen.insert(token.clone()), "a listing goes in a circle: it goes on twice at {token:?}");
        }
        next = page.next.clone().map(|token| options.with_continuation(token));
        pages.push(page);
    }
    Ok(pages)
}

/// The names and the common prefixes of all pages, as told.
async fn told(s: &Subject, options: ListOptions) -> Outcome<(Vec<String>, Vec<String>)> {
    let pages = pages(s, options).await?;
    let objects = pages.iter().flat_map(|page| &page.objects).map(|info| info.name.as_str().to_owned()).collect();
    Ok((objects, pages.into_iter().flat_map(|page| page.common_prefixes).collect()))
}

pub(crate) async fn listings_are_in_the_order_of_bytes(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names = written(&s).await?;
    let (listed, prefixes) = told(&s, ListOptions::prefix(s.name(""))).await?;
    ensure!(listed == names, "listed are {listed:?}, and in the order of their bytes these are there: {names:?}");
    ensure!(prefixes.is_empty(), "a listing without a delimiter has common prefixes: {prefixes:?}");
    ensure!(s.listed(&s.name("")).await? == names, "`list_stream` tells something else than `list`");
    Ok(())
}

pub(crate) async fn pages_hold_every_name_once(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names = written(&s).await?;
    for limit in [1, 2, 3, 7, NAMES.len() as u32 - 1, NAMES.len() as u32, 1_000, u32::MAX] {
        let (listed, _) = told(&s, ListOptions::prefix(s.name("")).with_limit(limit)).await?;
        ensure!(listed == names, "in pages of {limit} these are listed: {listed:?}, instead of {names:?}");
    }
    let outcome = s.list(ListOptions::prefix(s.name("")).with_limit(0)).await;
    refused("a page of 0 entries", outcome, ErrorKind::InvalidInput).map(drop)
}

pub(crate) async fn prefixes_select(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names = written(&s).await?;
    for prefix in ["", "a", "a/", "a/b", "a b", "b/", "中", "é", "🦀", "aaa", "A", "a/b/c/", "%61"] {
        let prefix = s.name(prefix);
        let meant: Vec<_> = names.iter().filter(|name| name.starts_with(&prefix)).cloned().collect();
        let (listed, _) = told(&s, ListOptions::prefix(&prefix).with_limit(2)).await?;
        ensure!(listed == meant, "with the prefix `{prefix}` these are listed: {listed:?}, instead of {meant:?}");
    }
    Ok(())
}

pub(crate) async fn delimiters_roll_up(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names = written(&s).await?;
    for (prefix, delimiter) in [("", "/"), ("a", "/"), ("a/", "/"), ("b/", "/"), ("", "b"), ("", "-/"), ("none", "/")] {
        let prefix = s.name(prefix);
        let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
        for name in names.iter().filter(|name| name.starts_with(&prefix)) {
            match name[prefix.len()..].find(delimiter) {
                Some(at) => prefixes.push(name[..prefix.len() + at + delimiter.len()].to_owned()),
                None => objects.push(name.clone()),
            }
        }
        prefixes.dedup();
        for limit in [1, 2, 3, 1_000] {
            let options = ListOptions::prefix(&prefix).with_delimiter(delimiter).with_limit(limit);
            let listed = told(&s, options).await?;
            ensure!(
                listed == (objects.clone(), prefixes.clone()),
                "with the prefix `{prefix}` and the delimiter `{delimiter}` in pages of {limit} these are listed: \
                 {listed:?}, instead of {:?}",
                (&objects, &prefixes)
            );
        }
    }
    Ok(())
}

pub(crate) async fn listings_start_behind_a_name(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names = written(&s).await?;
    let starts = names.iter().cloned().chain(["", "a/a", "zz", "\u{10ffff}"].map(|name| s.name(name)));
    for start in starts.chain(["!".to_owned(), "\u{10ffff}".to_owned()]) {
        let meant: Vec<_> = names.iter().filter(|name| **name > start).cloned().collect();
        for limit in [2, 1_000] {
            let options = ListOptions::prefix(s.name("")).with_start_after(&start).with_limit(limit);
            let (listed, _) = told(&s, options).await?;
            ensure!(listed == meant, "behind `{start}` these are listed: {listed:?}, instead of {meant:?}");
        }
    }
    Ok(())
}

pub(crate) async fn listings_know_sizes_and_etags(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    for size in [0, 1, 70_000] {
        s.upload(&s.name(&format!("sized {size}")), content(1, size)).await?;
    }
    for page in pages(&s, ListOptions::prefix(s.name(""))).await? {
        for listed in page.objects {
            let info = s.get_object(listed.name.as_str()).await?;
            let name = &listed.name;
            ensure!(listed.size == info.size, "`{name}` has {} bytes and is listed with {}", info.size, listed.size);
            ensure!(
                listed.etag.is_none() || listed.etag == info.etag,
                "`{name}` has the ETag {:?} and is listed with {:?}",
                info.etag,
                listed.etag
            );
        }
    }
    Ok(())
}

pub(crate) async fn listings_go_on_while_others_write(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let names: Vec<_> = (10..40).map(|number| s.name(&number.to_string())).collect();
    for name in &names {
        s.upload(name, "x").await?;
    }
    let mut listed = Vec::new();
    let mut next = Some(ListOptions::prefix(s.name("")).with_limit(4));
    let mut page = 0;
    while let Some(options) = next {
        page += 1;
        ensure!(page < 100, "a listing of {} objects does not end", names.len());
        let told = s.list(options.clone()).await?;
        listed.extend(told.objects.into_iter().map(|info| info.name.as_str().to_owned()));
        next = told.next.map(|token| options.with_continuation(token));
        if page > 6 {
            continue;
        }
        // Before, at and behind the place that the listing has come to.
        for rest in [format!("05 early {page}"), format!("39 late {page}")] {
            s.upload(&s.name(&rest), "x").await?;
        }
        s.delete(&s.name(&format!("39 late {}", page - 1))).await?;
        s.upload(&names[4 * page], "overwritten").await?;
    }
    let there: Vec<_> = listed.iter().filter(|name| names.contains(name)).cloned().collect();
    ensure!(there == names, "objects that were there all the time are listed as {there:?} instead of {names:?}");
    Ok(())
}

pub(crate) async fn deleted_objects_are_not_listed(s: Subject) -> Outcome {
    s.needs(Ability::List)?;
    let mut names = written(&s).await?;
    while names.len() > 5 {
        let name = names.remove(names.len() / 2);
        s.delete(&name).await?;
        let (listed, _) = told(&s, ListOptions::prefix(s.name(""))).await?;
        ensure!(listed == names, "after a deletion of `{name}` these are listed: {listed:?}, instead of {names:?}");
    }
    let report = s.delete_many(&names).await?;
    ensure!(report.failed.is_empty(), "listed objects cannot be deleted: {:?}", report.failed);
    let left = told(&s, ListOptions::prefix(s.name("")).with_delimiter("/")).await?;
    ensure!(left.0.is_empty() && left.1.is_empty(), "nothing is left, and these are listed: {left:?}");
    Ok(())
}
