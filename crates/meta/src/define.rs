//! `e.json`, the declaration of an element.

use std::fmt;
use std::path::Path;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::config::{json_error, strip_byte_order_mark};
use crate::error::Result;

/// The content of an `e.json`. Fields that this crate does not know belong to other tools and are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
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
    #[serde(skip_serializing_if = "is_default")]
    pub access_modifier: AccessModifier,
    /// When the element is built.
    #[serde(skip_serializing_if = "is_default")]
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
    /// The names of the fields that this crate knows.
    pub const FIELDS: &'static [&'static str] = &Field::NAMES;

    /// Parses an `e.json`. `file` is how errors name it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with file, line and column.
    pub fn parse(file: &Path, text: &[u8]) -> Result<Self> {
        serde_json::from_slice(strip_byte_order_mark(text)).map_err(|error| json_error(file, text, &error))
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

/// By hand, since a derived `flatten` gathers every value first, which doubles the time that thousands of files take.
impl<'de> Deserialize<'de> for ElementDefine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DefineVisitor;

        impl<'de> Visitor<'de> for DefineVisitor {
            type Value = ElementDefine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ElementDefine, A::Error> {
                let mut define = ElementDefine::default();
                let mut seen = [false; Field::NAMES.len()];
                while let Some(field) = map.next_key()? {
                    let at = match field {
                        Field::Known(at) => at,
                        Field::Other(name) => {
                            define.other.insert(name, map.next_value()?);
                            continue;
                        }
                    };
                    if std::mem::replace(&mut seen[at], true) {
                        return Err(A::Error::duplicate_field(Field::NAMES[at]));
                    }
                    match Field::NAMES[at] {
                        "title" => define.title = map.next_value()?,
                        "type" => define.element_type = map.next_value()?,
                        "backendBundleEntry" => define.backend_bundle_entry = map.next_value()?,
                        "variables" => define.variables = map.next_value()?,
                        "accessModifier" => define.access_modifier = map.next_value()?,
                        "backendLoadTime" => define.backend_load_time = map.next_value()?,
                        "cacheLevel" => define.cache_level = map.next_value()?,
                        _ => define.function_list = map.next_value()?,
                    }
                }
                Ok(define)
            }
        }

        deserializer.deserialize_map(DefineVisitor)
    }
}

/// The name of a field of an `e.json`.
enum Field {
    /// Its place in [`Field::NAMES`].
    Known(usize),
    Other(String),
}

impl Field {
    const NAMES: [&str; 8] = [
        "title",
        "type",
        "backendBundleEntry",
        "variables",
        "accessModifier",
        "backendLoadTime",
        "cacheLevel",
        "functionList",
    ];
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl Visitor<'_> for FieldVisitor {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E>(self, name: &str) -> Result<Field, E> {
                let known = Field::NAMES.iter().position(|known| *known == name);
                Ok(known.map_or_else(|| Field::Other(name.to_owned()), Field::Known))
            }
        }

        deserializer.deserialize_identifier(FieldVisitor)
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

/// When an element is built (JAAP's `backendLoadTime`). What is none of the two known values means [`OnDemand`], since
/// other tools may know more of them.
///
/// [`OnDemand`]: BackendLoadTime::OnDemand
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BackendLoadTime {
    /// While the app loads.
    AfterAppInit,
    /// On first use: requests are the business of JitAi's servers, so this is `OnDemand` here.
    BeforeHandleRequest,
    /// On first use.
    #[default]
    OnDemand,
}

impl<'de> Deserialize<'de> for BackendLoadTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)?.as_str() {
            Some("afterAppInit") => Self::AfterAppInit,
            Some("beforeHandleRequest") => Self::BeforeHandleRequest,
            _ => Self::OnDemand,
        })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
    fn load_times_that_are_not_known_mean_first_use_and_defaults_are_not_written() {
        for (value, meant) in [
            (r#""afterAppInit""#, BackendLoadTime::AfterAppInit),
            (r#""beforeHandleRequest""#, BackendLoadTime::BeforeHandleRequest),
            (r#""onDemand""#, BackendLoadTime::OnDemand),
            (r#""whenever""#, BackendLoadTime::OnDemand),
            ("null", BackendLoadTime::OnDemand),
            ("7", BackendLoadTime::OnDemand),
            (r#"{"at": ["noon"]}"#, BackendLoadTime::OnDemand),
        ] {
            let text = format!(r#"{{"backendLoadTime": {value}, "accessModifier": "public"}}"#);
            let define = ElementDefine::parse(Path::new("e.json"), text.as_bytes()).unwrap();
            assert_eq!(define.backend_load_time, meant, "{value}");
            let written = serde_json::to_value(&define).unwrap();
            assert_eq!(written.get("backendLoadTime").is_some(), meant != BackendLoadTime::OnDemand, "{written}");
            assert!(written.get("accessModifier").is_none(), "{written}");
            let again = ElementDefine::parse(Path::new("e.json"), written.to_string().as_bytes()).unwrap();
            assert_eq!(again, define);
        }
    }

    #[test]
    fn a_field_that_stands_twice_is_refused_and_so_is_what_is_no_object() {
        for (text, expected) in [
            (r#"{"type": "a", "type": "b"}"#, "`e.json:1:20`: duplicate field `type`"),
            (r#"["title"]"#, "`e.json:1:1`: invalid type: sequence, expected a JSON object"),
            (r#"{"title": 7}"#, "`e.json:1:11`: invalid type: integer `7`, expected a string"),
        ] {
            let error = ElementDefine::parse(Path::new("e.json"), text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn an_entry_that_starts_with_a_dot_names_no_package() {
        for (entry, package) in [(".", None), ("./backend", None), ("", None), ("my-oss-type", Some("my-oss-type"))] {
            let define = ElementDefine { backend_bundle_entry: Some(entry.to_owned()), ..ElementDefine::default() };
            assert_eq!(define.implementing_package(), package);
        }
    }
}
