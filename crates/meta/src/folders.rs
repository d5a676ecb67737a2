//! Which folders of an app hold no elements.

use std::ffi::OsStr;

/// What a storage that keeps its objects as files puts beside them. Who walks an app's elements enters no folder in which
/// it stands: whoever may upload would declare elements there.
pub const STORE_MARK: &str = ".storages";

/// Folders that hold no elements, wherever they stand: the code of the element around them.
const CODE_FOLDERS: [&str; 2] = ["frontend", "backend"];
/// Folders at the root of an app that are no element folders.
const RESERVED_AT_ROOT: [&str; 6] = ["commons", "appData", "dist", "test", "target", "node_modules"];

/// Whether a folder of an app holds no elements, at any depth, going by its name: it is hidden, holds code, or is
/// reserved where it stands at the app's root.
///
/// ```
/// use std::ffi::OsStr;
///
/// assert!(meta::holds_no_elements(OsStr::new("appData"), true));
/// assert!(!meta::holds_no_elements(OsStr::new("appData"), false));
/// assert!(meta::holds_no_elements(OsStr::new(".git"), false));
/// ```
pub fn holds_no_elements(name: &OsStr, is_at_root: bool) -> bool {
    name.as_encoded_bytes().starts_with(b".")
        || CODE_FOLDERS.iter().any(|skipped| name == *skipped)
        || (is_at_root && RESERVED_AT_ROOT.iter().any(|skipped| name == *skipped))
}
