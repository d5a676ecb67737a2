//! Types, as an app sees them or as they are linked.

use jit_storages::meta::{Error, ErrorKind, Registry, TypeChain, nearest};
use jit_storages::{App, FullName};

use crate::exit::{Failure, Outcome};

/// The Type of this name, `OssType` standing for `storages.OssType`; with what the folders of an app say of it.
pub(crate) fn chain(app: Option<&App>, name: &str) -> Outcome<TypeChain> {
    let full_name = full_name(name);
    let found = match app {
        Some(app) => app.get_type(&full_name),
        None => FullName::parse(&full_name)
            .map_err(|error| Error::new(ErrorKind::UnknownType, error.to_string()))
            .and_then(|full_name| TypeChain::resolve(&full_name, Registry::linked(), &())),
    };
    found.map_err(|error| match error.kind() {
        ErrorKind::UnknownType => Failure::usage(unknown(&full_name)),
        _ => error.into(),
    })
}

/// `storages.OssType` for `OssType`.
pub(crate) fn full_name(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("storages.{name}") }
}

/// What to do about a Type that there is not.
pub(crate) fn remedy(name: &str) -> String {
    let known: Vec<_> = Registry::linked().names().collect();
    let near = nearest(name, known.iter().copied()).or_else(|| nearest(&full_name(name), known.iter().copied()));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("{near}`storages types` lists those that there are")
}

/// Nobody at a terminal can link a crate into this command.
fn unknown(full_name: &str) -> String {
    format!("there is no Type `{full_name}` here: {}", remedy(full_name))
}
