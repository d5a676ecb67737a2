//! `e.json`, the declaration of an element.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{json_error, strip_byte_order_mark};
use crate::error::Result;

/// The content of an `e.json`. Fields that this crate does not know belong to other tools and are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElementDefine {
    /// The display name; empty where the file gives none.
    pub title: String,
    /// The fullName of what the element is made of: empty for a Meta, a Meta or a Type for a Type, a Type for an instance.
    #[serde(rename = "type")]
    pub element_type: String,
    /// The back end's entry. On a Type's folder, a value that does not start with `.` names the Cargo package that
    /// implements the Type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_bundle_entry: Option<String>,
    /// Variables that the app declares, with defaults; items of other shapes are kept and ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Value>,
    /// Who may use and override the element.
    pub access_modifier: AccessModifier,
    /// When the element is built.
    pub backend_load_time: BackendLoadTime,
    /// JAAP's caching hint. It is kept and changes nothing, since these elements hold no state of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_level: Option<u64>,
    /// The functions that the element offers outwards, as declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub function_list: Vec<Value>,
    /// Every other field.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl ElementDefine {
    /// Parses an `e.json`. `file` is how errors name it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with file, line and column.
    pub fn parse(file: &Path, text: &[u8]) -> Result<Self> {
        serde_json::from_slice(strip_byte_order_mark(text)).map_err(|error| json_error(file, &error))
    }

    /// The variables that are declared in the shape that this crate understands.
    pub fn declared_variables(&self) -> impl Iterator<Item = VariableDefine> {
        self.variables.iter().filter_map(|item| VariableDefine::deserialize(item).ok())
    }

    /// The Cargo package that a Type's folder names as the Type's implementation.
    pub fn implementing_package(&self) -> Option<&str> {
        self.backend_bundle_entry.as_deref().filter(|entry| !entry.is_empty() && !entry.starts_with('.'))
    }
}

/// A variable that an app or an element declares: an item of `variables`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VariableDefine {
    /// The name, as templates use it.
    pub name: String,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The value where neither the app's builder nor the environment gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// Who may use and override an element (JAAP's `accessModifier`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessModifier {
    /// The declaring app alone; apps that extend it do not inherit the element.
    Private,
    /// Inherited, but not to be overridden.
    Protected,
    /// Inherited, and may be overridden.
    #[default]
    Public,
}

/// When an element is built (JAAP's `backendLoadTime`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackendLoadTime {
    /// While the app loads.
    AfterAppInit,
    /// On first use: requests are the business of JitAi's servers, so this is `OnDemand` here.
    BeforeHandleRequest,
    /// On first use.
    #[default]
    #[serde(untagged)]
    OnDemand,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_survive_a_round_trip() {
        let text = r#"{"title":"T","type":"storages.OssType","backendBundleEntry":".","icon":"x","accessModifier":"protected",
            "backendLoadTime":"afterAppInit","cacheLevel":0,"variables":[{"name":"A","default":"1"},"odd"],"functionList":[{"name":"f"}]}"#;
        let define = ElementDefine::parse(Path::new("e.json"), text.as_bytes()).unwrap();
        assert_eq!(define.other["icon"], "x");
        assert_eq!(define.access_modifier, AccessModifier::Protected);
        assert_eq!(define.backend_load_time, BackendLoadTime::AfterAppInit);
        assert_eq!(define.declared_variables().count(), 1);
        let again = serde_json::to_vec(&define).unwrap();
        assert_eq!(ElementDefine::parse(Path::new("e.json"), &again).unwrap(), define);
    }

    #[test]
    fn an_entry_that_starts_with_a_dot_names_no_package() {
        for (entry, package) in [(".", None), ("./backend", None), ("", None), ("my-oss-type", Some("my-oss-type"))] {
            let define = ElementDefine { backend_bundle_entry: Some(entry.to_owned()), ..ElementDefine::default() };
            assert_eq!(define.implementing_package(), package);
        }
    }
}
