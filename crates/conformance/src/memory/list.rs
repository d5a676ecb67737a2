//! Listing: pages in the order of the names' bytes.

use std::collections::BTreeMap;

use meta::{Error, ErrorKind, ListObjects, ListOptions, ListPage, Result, async_trait};

use super::{MemoryStorage, Stored};

/// The most entries of a page.
const LONGEST_PAGE: u32 = 1000;

#[async_trait]
impl ListObjects for MemoryStorage {
    async fn list(&self, options: ListOptions) -> Result<ListPage> {
        page(&self.state().objects, &options)
    }
}

fn page(objects: &BTreeMap<Vec<u8>, Stored>, options: &ListOptions) -> Result<ListPage> {
    let ListOptions { prefix, delimiter, start_after, continuation, limit, .. } = options;
    let limit = limit.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE) as usize;
    let mut from = prefix.clone().into_bytes();
    if let Some(name) = start_after {
        from = from.max(behind_name(name.as_bytes()));
    }
    if let Some(told) = continuation {
        from = from.max(behind(told)?);
    }
    let mut page = ListPage::default();
    let mut told = None;
    while let Some((name, stored)) = objects.range(from..).next() {
        let Some(rest) = stored.info.name.as_str().strip_prefix(prefix.as_str()) else { break };
        if page.objects.len() + page.common_prefixes.len() == limit {
            page.next = told;
            break;
        }
        let rolled_up = if delimiter.is_empty() { None } else { rest.find(delimiter.as_str()) };
        match rolled_up {
            Some(at) => {
                let common = format!("{prefix}{}", &rest[..at + delimiter.len()]);
                from = behind_prefix(common.as_bytes());
                told = Some(format!("p{common}"));
                page.common_prefixes.push(common);
            }
            None => {
                from = behind_name(name);
                told = Some(format!("n{}", stored.info.name));
                page.objects.push(stored.info.clone());
            }
        }
    }
    Ok(page)
}

/// Where a page goes on: what was told last is a name or a common prefix, and the mark says which.
fn behind(told: &str) -> Result<Vec<u8>> {
    match (told.strip_prefix('n'), told.strip_prefix('p')) {
        (Some(name), _) => Ok(behind_name(name.as_bytes())),
        (_, Some(prefix)) => Ok(behind_prefix(prefix.as_bytes())),
        (None, None) => Err(Error::new(ErrorKind::InvalidInput, "this continuation comes from no earlier page")),
    }
}

pub(super) fn behind_name(name: &[u8]) -> Vec<u8> {
    [name, b"\0"].concat()
}

/// UTF-8 never holds the byte 0xFF, so that all names with the prefix lie before.
pub(super) fn behind_prefix(prefix: &[u8]) -> Vec<u8> {
    [prefix, b"\xff"].concat()
}
