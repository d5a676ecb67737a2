//! `app.json`: who an app is and what it extends.

use std::io;
use std::path::Path;

use meta::{Error, FullName, Result, VariableDefine};
use serde::Deserialize;
use serde_json::Value;

use crate::file::FileBuffer;
use crate::json::parse_object;
use crate::walk::APP_FILE;

/// The fields of an `app.json` that bear on storages. It may be absent; every field may be, too, or `null`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AppJson {
    pub(crate) app_id: Option<String>,
    pub(crate) version: Option<String>,
    title: Option<String>,
    name: Option<String>,
    extends: Option<Vec<Extends>>,
    settings: Option<Settings>,
    variables: Option<Vec<Value>>,
}

/// An app that this one extends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Extends {
    pub(crate) app_id: String,
    pub(crate) version: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    default_element: Option<DefaultElement>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DefaultElement {
    default_storage: Option<String>,
}

impl AppJson {
    /// Reads the `app.json` of an app's folder; an app without one is an app without a name.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(APP_FILE);
        match FileBuffer::new().read(&file) {
            Ok(text) => parse_object(&file, text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(format!("cannot read `{}`", file.display()), error)),
        }
    }

    /// The display name.
    pub(crate) fn title(&self) -> Option<&str> {
        [&self.title, &self.name].into_iter().flatten().map(String::as_str).find(|text| !text.is_empty())
    }

    pub(crate) fn extends(&self) -> &[Extends] {
        self.extends.as_deref().unwrap_or_default()
    }

    /// The fullName in `settings.defaultElement.defaultStorage`.
    pub(crate) fn default_storage(&self) -> Option<&str> {
        let name = self.settings.as_ref()?.default_element.as_ref()?.default_storage.as_deref()?;
        Some(name).filter(|name| !name.is_empty())
    }

    pub(crate) fn declared_variables(&self) -> impl Iterator<Item = VariableDefine> {
        self.variables.iter().flatten().filter_map(|item| VariableDefine::deserialize(item).ok())
    }
}

impl Extends {
    /// Where the app stands within an environment: `<org>/<app>/<version_with_underscores>`. `None` where id or version
    /// cannot be folder names.
    pub(crate) fn place(&self) -> Option<String> {
        let id = FullName::parse(&self.app_id).ok()?;
        let version = self.version.as_deref()?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if id.segments().count() != 2 || version.is_empty() || !version.bytes().all(is_plain) {
            return None;
        }
        Some(format!("{}/{}", id.folder(), version.replace('.', "_")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_app_has_its_place_in_the_environment() {
        for (app_id, version, place) in [
            ("wanyun.JitAi", Some("1.0.0"), Some("wanyun/JitAi/1_0_0")),
            ("wanyun.JitAi", None, None),
            ("wanyun.JitAi", Some(""), None),
            ("wanyun.JitAi", Some("../1"), None),
            ("../etc.x", Some("1.0.0"), None),
            ("JitAi", Some("1.0.0"), None),
            ("a.b.c", Some("1.0.0"), None),
        ] {
            let extends = Extends { app_id: app_id.to_owned(), version: version.map(str::to_owned) };
            assert_eq!(extends.place().as_deref(), place, "{extends:?}");
        }
    }

    #[test]
    fn fields_of_other_tools_and_nulls_are_no_error() {
        let text = r#"{"appId": "a.b", "orgId": 7, "theme": {}, "extends": null, "variables": ["odd", {"name": "A"}],
            "settings": {"defaultElement": {"defaultCache": "caches.Default", "defaultStorage": "storages.Main"}}}"#;
        let json: AppJson = serde_json::from_str(text).unwrap();
        assert_eq!(json.default_storage(), Some("storages.Main"));
        assert_eq!(json.declared_variables().count(), 1);
        assert!(json.extends().is_empty());
    }
}
