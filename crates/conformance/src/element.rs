//! Elements of linked Types without an app folder.

use std::path::Path;
use std::sync::Arc;

use meta::{
    ConfigLayer, ElementDefine, Error, ErrorKind, FullName, Instance, Registry, Result, Shared, StorageElement,
    TypeChain,
};
use serde_json::Value;

/// Builds an element of a linked Type from configuration given here, as an app would from `storages/UnderTest/`.
/// Relative paths in the configuration start at the current folder.
///
/// ```
/// let element = conformance::element("storages.MemoryType", [("maxBytes", 1 << 20)])?;
/// assert_eq!(element.full_name(), &"storages.UnderTest");
/// # Ok::<(), meta::Error>(())
/// ```
///
/// # Errors
/// Those of resolving the Type, of its configuration and of its factory, as `get_element` gives them.
pub fn element<K: Into<String>, V: Into<Value>>(
    type_name: &str,
    entries: impl IntoIterator<Item = (K, V)>,
) -> Result<StorageElement> {
    let parse = |text| FullName::parse(text).map_err(|error| Error::new(ErrorKind::UnknownType, error.to_string()));
    let chain = TypeChain::resolve(&parse(type_name)?, Registry::linked(), &())?;
    let mut define = ElementDefine::default();
    type_name.clone_into(&mut define.element_type);
    let layer = ConfigLayer::from_entries(Path::new("storages/UnderTest/UnderTest.json"), entries);
    let shared = Shared::default();
    let name = parse("storages.UnderTest")?;
    chain.build(Instance::new(name, Arc::new(define), Path::new("."), vec![layer], &(), &shared))
}
