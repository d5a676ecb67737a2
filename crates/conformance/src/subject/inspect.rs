//! What every error must keep to, looked at wherever a case meets one.

use std::error::Error as StdError;
use std::sync::Arc;

use meta::{Error, Operation, Storage, StorageOverride};

use super::Subject;

/// An override that changes nothing.
#[derive(Debug)]
pub(crate) struct Passing(pub(crate) Arc<dyn Storage>);

impl StorageOverride for Passing {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }
}

impl Subject {
    /// Looks whether an error names element, Type, operation and object, is one line and holds no secret.
    pub(crate) fn inspect(&self, error: &Error, operation: Operation, objects: &[&str]) {
        let element = self.element();
        let text = error.to_string();
        let mut broken = Vec::new();
        if error.element() != Some(element.full_name()) {
            broken.push("does not name the element");
        }
        if error.element_type() != Some(element.element_type()) {
            broken.push("does not name the element's Type");
        }
        if error.operation() != Some(operation) {
            broken.push("does not name the operation");
        }
        if !objects.is_empty() && !error.object().is_some_and(|object| objects.contains(&object)) {
            broken.push("does not name the object");
        }
        self.inspect_text(error, &mut broken);
        self.broke(&text, &broken);
    }

    /// Looks at an error of loading, which has no operation of the store.
    pub(crate) fn inspect_load(&self, error: &Error) {
        let mut broken = Vec::new();
        if error.element().is_none() {
            broken.push("does not name the element");
        }
        if error.operation() != Some(Operation::Load) {
            broken.push("does not name the operation");
        }
        self.inspect_text(error, &mut broken);
        self.broke(&error.to_string(), &broken);
    }

    fn inspect_text(&self, error: &Error, broken: &mut Vec<&'static str>) {
        let text = error.to_string();
        if error.message().trim().is_empty() {
            broken.push("does not say what is wrong");
        }
        if text.chars().any(char::is_control) {
            broken.push("is not one line of text");
        }
        let mut shown = vec![text, format!("{error:?}"), format!("{error:#?}")];
        let mut cause = error.source();
        while let Some(error) = cause {
            shown.extend([error.to_string(), format!("{error:?}")]);
            cause = error.source();
        }
        if shown.iter().any(|text| self.holds_secret(text)) {
            broken.push("holds a secret");
        }
    }

    /// Whether a text holds one of the profile's secrets, or the signature of a signed URL.
    pub(crate) fn holds_secret(&self, text: &str) -> bool {
        self.notes().secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret.as_str()))
    }

    /// Treats what a signed URL holds beyond the address as a secret from now on, and its signature and token each by
    /// itself: who knows the address needs no more.
    pub(crate) fn keep_secret(&self, url: &str) {
        let Some((_, query)) = url.split_once('?') else { return };
        let mut secrets = Vec::from_iter(Some(query).filter(|query| query.len() > 8).map(str::to_owned));
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            if is_credential(name, &decoded) {
                secrets.extend([value.to_owned(), decoded.into_owned()]);
            }
        }
        self.notes().secrets.extend(secrets);
    }

    /// Treats the fields of a signed form that make it one as secrets from now on.
    pub(crate) fn keep_secret_fields(&self, fields: &[(String, String)]) {
        let secrets = fields.iter().filter(|(name, value)| is_credential(name, value)).map(|(_, value)| value.clone());
        self.notes().secrets.extend(secrets);
    }

    /// Notes what is wrong with a text, without repeating a secret that it may hold.
    pub(crate) fn broke(&self, text: &str, rules: &[&'static str]) {
        for rule in rules {
            let shown = if self.holds_secret(text) { "an error" } else { text };
            self.notes().broken.insert(format!("an error {rule}: {shown}"));
        }
    }
}

/// Whether a value of a signed request is what its receiver believes it for. What is shorter may be in a text by accident.
fn is_credential(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    value.len() >= 16 && ["signature", "token", "policy"].iter().any(|end| name.ends_with(end))
}
