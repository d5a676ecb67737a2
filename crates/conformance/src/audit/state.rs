//! What is in the store, and what should be.

use std::collections::{BTreeMap, BTreeSet};

use meta::{
    Bytes, DownloadOptions, ErrorKind, GetObjectOptions, ListOptions, ObjectInfo, ObjectName, Storage, UploadOptions,
};

use super::recorder::Effect;
use crate::outcome::{Outcome, Stop};
use crate::subject::{MARK, Subject, shown};

/// Larger stores are looked at only as far as the case's own names go.
const MOST_NAMES: usize = 2_000;

/// The objects that the case's own names reach, and all others that no other case has made.
pub(super) struct State(BTreeMap<String, Object>);

enum Object {
    /// As it was found.
    Found { content: Option<Bytes>, info: Box<ObjectInfo> },
    /// As it must be found next, by what was seen of it; `None` for options that are not looked at.
    Expected { content: Option<Bytes>, options: Option<Box<UploadOptions>> },
}

impl State {
    /// Looks at the store below all overrides.
    pub(super) async fn of(s: &Subject) -> Outcome<Self> {
        let storage = s.storage();
        let mut objects = BTreeMap::new();
        for (name, listed) in names(s, &*storage).await? {
            let object = ObjectName::parse(&name)?;
            let info = match storage.get_object(&object, GetObjectOptions::default()).await {
                Ok(info) => info,
                Err(error) if error.kind() == ErrorKind::NotFound && !listed => continue,
                Err(error) => return Err(error.into()),
            };
            // Only the case's own objects are known to be small.
            let content = match name.contains(s.token()) {
                true => Some(storage.download(&object, DownloadOptions::default()).await?.bytes().await?),
                false => None,
            };
            objects.insert(name, Object::Found { content, info: Box::new(info) });
        }
        Ok(Self(objects))
    }

    /// Turns it into what must be there after these effects.
    pub(super) fn apply(&mut self, effects: &[Effect]) -> Outcome {
        for effect in effects {
            match effect {
                Effect::Written { name, content, options } => {
                    self.expect(name, content.clone(), options.clone());
                }
                Effect::Removed(name) => drop(self.0.remove(name)),
                Effect::Copied { from, to } => {
                    let Some((content, options)) = self.0.get(from).and_then(Object::written) else {
                        return Err(Stop::Failed(format!("`{from}` was copied and was not there")));
                    };
                    self.expect(to, content, options);
                }
                Effect::Appended { name, content, options } => match self.0.get(name).and_then(Object::written) {
                    Some((before, options)) => {
                        let whole = [&before[..], &content[..]].concat();
                        self.expect(name, whole.into(), options);
                    }
                    None => self.expect(name, content.clone(), options.clone()),
                },
                Effect::Linked { from, to } => {
                    let content = self.0.get(to).and_then(Object::content);
                    self.0.insert(from.clone(), Object::Expected { content, options: None });
                }
                Effect::Restated(name) => {
                    let (content, options) = match self.0.get(name).and_then(Object::written) {
                        Some((content, options)) => (Some(content), Some(Box::new(options))),
                        None => (None, None),
                    };
                    self.0.insert(name.clone(), Object::Expected { content, options });
                }
                Effect::Signed(..) => {}
            }
        }
        Ok(())
    }

    fn expect(&mut self, name: &str, content: Bytes, options: UploadOptions) {
        self.0.insert(name.to_owned(), Object::Expected { content: Some(content), options: Some(Box::new(options)) });
    }

    /// Tells the first thing that differs from what was found.
    pub(super) fn compare(&self, found: &Self) -> Result<(), String> {
        let names: BTreeSet<_> = self.0.keys().chain(found.0.keys()).collect();
        for name in names {
            let shown = shown(name);
            match (self.0.get(name), found.0.get(name)) {
                (Some(expected), Some(found)) => {
                    if let Some(difference) = expected.difference(found) {
                        return Err(format!("`{shown}` has another {difference} than the override saw"));
                    }
                }
                (Some(_), None) => return Err(format!("`{shown}` is gone, and the override saw no deletion of it")),
                (None, Some(_)) => return Err(format!("`{shown}` is there, and the override saw no write of it")),
                (None, None) => {}
            }
        }
        Ok(())
    }
}

impl Object {
    fn content(&self) -> Option<Bytes> {
        match self {
            Self::Found { content, .. } | Self::Expected { content, .. } => content.clone(),
        }
    }

    /// Content and options with which it could be written again.
    fn written(&self) -> Option<(Bytes, UploadOptions)> {
        match self {
            Self::Expected { content, options } => Some((content.clone()?, (**options.as_ref()?).clone())),
            Self::Found { content, info } => {
                let mut options = UploadOptions::default();
                options.content_type.clone_from(&info.content_type);
                options.metadata.clone_from(&info.metadata);
                Some((content.clone()?, options))
            }
        }
    }

    fn difference(&self, found: &Self) -> Option<&'static str> {
        let Self::Found { content: found_content, info: found } = found else { return None };
        match self {
            Self::Expected { content, options } => {
                let options = options.as_ref();
                let typed = options.and_then(|options| options.content_type.as_ref());
                [
                    (content.is_some() && found_content != content, "content"),
                    (typed.is_some() && typed != found.content_type.as_ref(), "content type"),
                    (options.is_some_and(|options| options.metadata != found.metadata), "metadata"),
                ]
            }
            Self::Found { content, info } => [
                (content != found_content, "content"),
                (
                    info.etag != found.etag || info.last_modified != found.last_modified,
                    "ETag or time of its last write",
                ),
                (described(info) != described(found), "metadata"),
            ],
        }
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// What is kept beside the content.
fn described(info: &ObjectInfo) -> impl PartialEq {
    let headers = [&info.content_type, &info.cache_control, &info.content_disposition, &info.content_encoding];
    (info.size, info.crc64, headers.map(Clone::clone), info.metadata.clone(), info.version_id.clone())
}

/// The names to look at, each with whether it was listed. Those of other cases, which may run at the same time, are
/// left out.
async fn names(s: &Subject, storage: &dyn Storage) -> Outcome<BTreeMap<String, bool>> {
    let mut names: BTreeMap<_, _> = s.written().into_iter().map(|name| (name, false)).collect();
    let Some(list) = storage.abilities().list else { return Ok(names) };
    let mut count = 0;
    for prefix in [s.name(""), String::new()] {
        let mut next = Some(ListOptions::prefix(prefix));
        while let Some(options) = next {
            let page = list.list(options.clone()).await?;
            for info in page.objects {
                let name = info.name.as_str();
                count += 1;
                // `.` and `..` are written by another case, which cannot mark them.
                if name.contains(s.token()) || (!name.contains(MARK) && !matches!(name, "." | "..")) {
                    names.insert(name.to_owned(), true);
                }
            }
            next = page.next.filter(|_| count < MOST_NAMES).map(|next| options.with_continuation(next));
        }
    }
    Ok(names)
}
