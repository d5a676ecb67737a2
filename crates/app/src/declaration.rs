//! What one app declares of one element: its `e.json`, read once and parsed no further than loading needs.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use meta::{AccessModifier, BackendLoadTime, ElementDefine, Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json::parse_object;

/// One `e.json`.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// The content of the file: what unknown fields are kept in, and what a change is told by.
    pub(crate) text: Box<[u8]>,
    /// The fullName of what the element is made of.
    pub(crate) element_type: Arc<str>,
    pub(crate) access: AccessModifier,
    pub(crate) load_time: LoadTime,
    /// Why the element cannot be used, where its `e.json` is broken.
    pub(crate) broken: Option<Box<Broken>>,
    /// Parsed on first use: most elements of an app are never asked for.
    define: OnceLock<Arc<ElementDefine>>,
}

/// When an element is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadTime {
    AfterAppInit,
    OnDemand,
}

/// An error that can be told more than once.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    kind: ErrorKind,
    text: String,
}

impl Declaration {
    /// Parses what loading needs to know, and checks the rest.
    pub(crate) fn parse(file: &Path, text: &[u8], types: &mut TypeNames) -> Self {
        match parse_object::<Head<'_>>(file, text) {
            Ok(head) => Self {
                text: text.into(),
                element_type: types.get(&head.element_type),
                access: head.access_modifier,
                load_time: match head.backend_load_time {
                    BackendLoadTime::AfterAppInit => LoadTime::AfterAppInit,
                    BackendLoadTime::BeforeHandleRequest | BackendLoadTime::OnDemand => LoadTime::OnDemand,
                },
                broken: None,
                define: OnceLock::new(),
            },
            Err(error) => Self::broken(&error, types),
        }
    }

    /// The declaration of an element whose `e.json` cannot be used.
    pub(crate) fn broken(error: &Error, types: &mut TypeNames) -> Self {
        Self {
            text: Box::default(),
            element_type: types.get(""),
            access: AccessModifier::Public,
            load_time: LoadTime::OnDemand,
            broken: Some(Box::new(Broken { kind: error.kind(), text: error.to_string() })),
            define: OnceLock::new(),
        }
    }

    /// The whole `e.json`. `file` is how errors name it.
    pub(crate) fn define(&self, file: impl FnOnce() -> std::path::PathBuf) -> Result<Arc<ElementDefine>> {
        if let Some(define) = self.define.get() {
            return Ok(Arc::clone(define));
        }
        if let Some(broken) = &self.broken {
            return Err(broken.error());
        }
        let define = match ElementDefine::parse(Path::new("e.json"), &self.text) {
            Ok(define) => define,
            Err(_) => ElementDefine::parse(&file(), &self.text)?,
        };
        Ok(Arc::clone(self.define.get_or_init(|| Arc::new(define))))
    }
}

impl Broken {
    pub(crate) fn error(&self) -> Error {
        Error::new(self.kind, self.text.clone())
    }
}

/// The names in `type`, each kept once: thousands of elements share a few Types.
#[derive(Debug, Default)]
pub(crate) struct TypeNames {
    /// Neighbours are often of one Type.
    last: Option<Arc<str>>,
    all: HashSet<Arc<str>>,
}

impl TypeNames {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(last) = self.last.as_ref().filter(|last| ***last == *name) {
            return Arc::clone(last);
        }
        let known = match self.all.get(name) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = name.into();
                self.all.insert(Arc::clone(&new));
                new
            }
        };
        self.last = Some(Arc::clone(&known));
        known
    }
}

/// The fields of an `e.json` that loading looks at. The others that [`ElementDefine`] knows are here for their kinds, so
/// that a wrong one is found by loading and not on first use.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    element_type: Cow<'a, str>,
    access_modifier: AccessModifier,
    backend_load_time: BackendLoadTime,
    #[serde(borrow, rename = "title")]
    _title: Cow<'a, str>,
    #[serde(borrow, rename = "backendBundleEntry")]
    _backend_bundle_entry: Option<Cow<'a, str>>,
    // These hold no item: `IgnoredAny` has no size.
    #[serde(rename = "variables")]
    _variables: Vec<IgnoredAny>,
    #[serde(rename = "functionList")]
    _function_list: Vec<IgnoredAny>,
    #[serde(rename = "cacheLevel")]
    _cache_level: Option<u64>,
}

impl Default for Head<'_> {
    fn default() -> Self {
        Self {
            element_type: Cow::Borrowed(""),
            access_modifier: AccessModifier::default(),
            backend_load_time: BackendLoadTime::default(),
            _title: Cow::Borrowed(""),
            _backend_bundle_entry: None,
            _variables: Vec::new(),
            _function_list: Vec::new(),
            _cache_level: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Declaration {
        Declaration::parse(Path::new("x/e.json"), text.as_bytes(), &mut TypeNames::default())
    }

    #[test]
    fn the_head_and_the_whole_definition_refuse_the_same() {
        for text in [
            "{}",
            r#"{"type": "storages.OssType", "title": "T", "variables": [1, {"name": "A"}], "icon": {"x": 1}}"#,
            r#"{"type": "storages.\u004fssType", "backendBundleEntry": null, "cacheLevel": 0}"#,
            "\u{feff}{\"type\": \"\"}",
            r#"{"backendLoadTime": "afterAppInit", "accessModifier": "private"}"#,
            r#"{"backendLoadTime": "beforeHandleRequest"}"#,
            "",
            "[]",
            "{",
            r#"{"type": null}"#,
            r#"{"type": 1}"#,
            r#"{"title": 1}"#,
            r#"{"variables": {}}"#,
            r#"{"functionList": "f"}"#,
            r#"{"cacheLevel": "0"}"#,
            r#"{"backendBundleEntry": 1}"#,
            r#"{"accessModifier": "none"}"#,
            r#"{"type": "a", "type": "b"}"#,
            r#"{"type": "a"} x"#,
        ] {
            let whole = ElementDefine::parse(Path::new("x/e.json"), text.as_bytes());
            let head = parse(text);
            assert_eq!(head.broken.is_some(), whole.is_err(), "{text}: {:?} and {whole:?}", head.broken);
            if let Ok(whole) = whole {
                assert_eq!(*head.element_type, *whole.element_type, "{text}");
                assert_eq!(head.access, whole.access_modifier, "{text}");
                assert_eq!(*head.define(|| "x/e.json".into()).unwrap(), whole, "{text}");
            }
        }
    }

    #[test]
    fn a_broken_declaration_tells_its_error_every_time() {
        let broken = parse("{\n  oops\n}");
        for _ in 0..2 {
            let error = broken.define(|| unreachable!("the file is known already")).unwrap_err();
            assert_eq!(error.to_string(), "`x/e.json:2:3`: key must be a string");
        }
    }
}
