//! Why `get_element` has nothing to give: what was asked for, and what to ask for instead.

use std::fmt::Write;

use meta::{Error, ErrorKind, FullName, META, nearest};

use crate::elements::Element;
use crate::state::{Role, State};
use crate::types::End;

/// How many names an error lists.
const MOST_LISTED: usize = 10;

impl State {
    /// The error for a name that is no storage.
    pub(crate) fn refusal(&self, asked: &str) -> Error {
        let name = match FullName::parse(asked) {
            Ok(name) => name,
            Err(error) => return Error::new(ErrorKind::UnknownElement, error.to_string()),
        };
        let found = self.elements.get(asked).map(|(_, element)| element);
        let role = found.map(|element| self.role(&name, element));
        let is_linked = !self.sources.registry().candidates(asked).is_empty();
        let error = match (found, role) {
            (Some(element), _) if let Some(broken) = &element.nearest.declaration.broken => broken.error(),
            (Some(element), Some(Role::Meta)) if is_typeless(&name, element) => self.names_no_type(&name, element),
            (_, Some(Role::Meta)) => self.is_no_instance("a Meta, a contract that Types implement", &name),
            (None, _) if name == META => self.is_no_instance("a Meta, a contract that Types implement", &name),
            (Some(element), Some(Role::Type)) if !element.is_type => self.names_the_meta(),
            (_, Some(Role::Type)) => self.is_no_instance("a Type, of which instances are made", &name),
            (None, _) if is_linked => self.is_no_instance("a Type, of which instances are made", &name),
            (Some(element), _) => self.has_no_type(&name, element),
            (None, _) => self.is_unknown(asked),
        };
        error.with_element(&name, None)
    }

    fn is_no_instance(&self, what: &str, name: &FullName) -> Error {
        let instances = self.elements.iter().filter(|(instance, element)| {
            let is_of_type = **element.element_type() == *name.as_str();
            (is_of_type || *name == META) && self.storage_type(instance, element).is_some()
        });
        let instances = list(instances.map(|(instance, _)| instance.as_str()).collect());
        let advice = match instances {
            Some(instances) => format!("ask for one of its instances: {instances}"),
            None => format!(
                "this app has no storage of it; an instance is a folder with an `e.json` like \
                 {{\"title\": \"…\", \"type\": \"{}\", \"backendBundleEntry\": \".\"}}",
                if *name == META { "storages.OssType" } else { name.as_str() }
            ),
        };
        Error::new(ErrorKind::UnknownElement, format!("this is {what}")).with_advice(advice)
    }

    /// The error for an element that does not say what it is made of.
    fn names_no_type(&self, name: &FullName, element: &Element) -> Error {
        let file = element.nearest.file(name, &self.lineage.apps);
        Error::new(ErrorKind::Config, format!("`{}`: there is no `type`", file.display()))
            .with_advice(format!("add the Type that it is made of{}", self.linked_types()))
    }

    /// The error for a Type that nothing is made of: mostly a storage that was meant to name one.
    fn names_the_meta(&self) -> Error {
        let message = format!("its `type` is `{META}`, which makes it a Type, and nothing is made of it");
        Error::new(ErrorKind::UnknownElement, message)
            .with_advice(format!("a storage names the Type that it is made of{}", self.linked_types()))
    }

    /// The Types to choose from, as the end of a sentence.
    fn linked_types(&self) -> String {
        list(self.sources.registry().names().collect()).map_or_else(String::new, |types| format!(", such as {types}"))
    }

    /// The error for an element whose Type is not at hand.
    fn has_no_type(&self, name: &FullName, element: &Element) -> Error {
        let element_type = &**element.element_type();
        let file = || element.nearest.file(name, &self.lineage.apps);
        let type_name = match FullName::parse(element_type) {
            Ok(type_name) => type_name,
            Err(error) => {
                return Error::new(ErrorKind::Config, format!("`{}`: key `type`: {error}", file().display()));
            }
        };
        let registry = self.sources.registry();
        let end = self.types().end_of(element_type);
        let is_ours = match &end {
            End::Storage | End::Circle => true,
            End::OtherMeta(_) => false,
            End::Undeclared(last) => last.starts_with("storages.") || nearest(last, registry.names()).is_some(),
        };
        match self.types().resolve(&type_name) {
            Err(error) if is_ours => error,
            _ => {
                let message = format!("this is an element of `{element_type}`, and this library serves storages");
                let mut advice = format!("a storage is what ends at `{META}`");
                if let Some(types) = list(registry.names().collect()) {
                    _ = write!(advice, ", here the instances of {types}");
                }
                if let (End::Undeclared(_), Some(hint)) = (end, self.lineage.hint()) {
                    _ = write!(advice, "; {hint}");
                }
                Error::new(ErrorKind::UnknownElement, message).with_advice(advice)
            }
        }
    }

    /// The error for a name that nobody declares.
    pub(crate) fn undeclared(&self, asked: &str) -> Error {
        match FullName::parse(asked) {
            Ok(name) => self.is_unknown(asked).with_element(&name, None),
            Err(error) => Error::new(ErrorKind::UnknownElement, error.to_string()),
        }
    }

    fn is_unknown(&self, asked: &str) -> Error {
        let mut advice = String::new();
        // Whatever differs much in length is not near.
        let alike = |name: &&str| name.len().abs_diff(asked.len()) <= name.len() / 3 + 1;
        let names = self.elements.iter().map(|(name, _)| name.as_str()).filter(alike);
        if let Some(near) = nearest(asked, names) {
            _ = write!(advice, "did you mean `{near}`? ");
        }
        let storages = self.storage_names();
        match list(storages.iter().map(FullName::as_str).collect()) {
            Some(storages) => _ = write!(advice, "the storages here are {storages}"),
            None => _ = write!(advice, "the app in `{}` has no storages", self.sources.folder.display()),
        }
        if let Some(hint) = self.lineage.hint() {
            _ = write!(advice, "; {hint}");
        }
        Error::new(ErrorKind::UnknownElement, "no element has this fullName").with_advice(advice)
    }
}

/// Whether an element lacks a Type, which only a Meta need not name: nothing is made of this one. What other families'
/// elements are, their own tools know.
fn is_typeless(name: &FullName, element: &Element) -> bool {
    *name != META && name.as_str().starts_with("storages.") && !element.is_type
}

/// Writes names as code spans, the first of them and how many more; `None` for none.
fn list(mut names: Vec<&str>) -> Option<String> {
    names.sort_unstable();
    let shown: Vec<_> = names.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => None,
        count if count > MOST_LISTED => Some(format!("{} and {} more", shown.join(", "), count - MOST_LISTED)),
        _ => Some(shown.join(", ")),
    }
}
