//! `{{NAME}}`, `${NAME}` and `${NAME:-default}` in the values of business files.

use std::borrow::Cow;

/// Where the names in templates get their values.
pub trait Variables: Send + Sync {
    /// The value of a variable, or `None` where nobody has set it.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;

    /// What else to look at where a variable has no value, such as a file that could not be read.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// No variables at all.
impl Variables for () {
    fn get(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    Unset(String),
    Spaces(String),
}

/// Replaces the templates in a value. Values are put in as they are and not looked at again, so that none can break
/// the file or pull in another. Text that only resembles a template is kept.
pub(super) fn expand<'a>(text: &'a str, variables: &dyn Variables) -> Result<Cow<'a, str>, TemplateError> {
    if !text.bytes().any(|byte| matches!(byte, b'{' | b'$')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '$']) {
        let Some(template) = Template::at(&rest[at..])? else {
            let next = at + 1;
            expanded.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        };
        expanded.push_str(&rest[..at]);
        let value = variables.get(template.name);
        match (value, template.default) {
            (Some(value), Some(default)) if value.is_empty() => expanded.push_str(default),
            (Some(value), _) => expanded.push_str(&value),
            (None, Some(default)) => expanded.push_str(default),
            (None, None) => return Err(TemplateError::Unset(template.name.to_owned())),
        }
        rest = &rest[at + template.length..];
    }
    if expanded.is_empty() && rest.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    expanded.push_str(rest);
    Ok(Cow::Owned(expanded))
}

/// A template as it stands in a text: `{{NAME}}`, `${NAME}` or `${NAME:-default}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template<'a> {
    name: &'a str,
    default: Option<&'a str>,
    length: usize,
}

impl<'a> Template<'a> {
    /// What a text holds where a template stands in it, as a regular expression of JSON schemas.
    pub const PATTERN: &'static str = r"\{\{[A-Za-z0-9_]+\}\}|\$\{[A-Za-z0-9_]+(:-[^}]*)?\}";

    /// The templates in a text, in their order.
    ///
    /// ```
    /// let found: Vec<_> = meta::Template::all("{{A}}-${B:-b} {{not a name}}").map(|t| (t.name(), t.default())).collect();
    /// assert_eq!(found, [("A", None), ("B", Some("b"))]);
    /// ```
    pub fn all(text: &'a str) -> impl Iterator<Item = Self> {
        let mut rest = text;
        std::iter::from_fn(move || {
            loop {
                let at = rest.find(['{', '$'])?;
                match Self::at(&rest[at..]) {
                    Ok(Some(template)) => {
                        rest = &rest[at + template.length..];
                        return Some(template);
                    }
                    Ok(None) | Err(_) => rest = &rest[at + 1..],
                }
            }
        })
    }

    /// The variable.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What counts where the variable has no value, or an empty one.
    pub fn default(&self) -> Option<&'a str> {
        self.default
    }

    /// Reads the template that `text` begins with, if it does.
    fn at(text: &'a str) -> Result<Option<Self>, TemplateError> {
        if let Some(inner) = text.strip_prefix("{{") {
            let Some(end) = inner.find("}}") else { return Ok(None) };
            let name = &inner[..end];
            if is_name(name) {
                return Ok(Some(Self { name, default: None, length: end + 4 }));
            }
            let trimmed = name.trim();
            if is_name(trimmed) {
                return Err(TemplateError::Spaces(trimmed.to_owned()));
            }
        } else if let Some(inner) = text.strip_prefix("${") {
            let Some(end) = inner.find('}') else { return Ok(None) };
            let body = &inner[..end];
            let (name, default) = match body.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (body, None),
            };
            if is_name(name) {
                return Ok(Some(Self { name, default, length: end + 3 }));
            }
        }
        Ok(None)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Vars;

    impl Variables for Vars {
        fn get(&self, name: &str) -> Option<Cow<'_, str>> {
            match name {
                "A" => Some("x".into()),
                "QUOTE" => Some("\"}\\\n{{A}}".into()),
                "EMPTY" => Some("".into()),
                _ => None,
            }
        }
    }

    #[test]
    fn templates_are_replaced_and_values_are_not_looked_at_again() {
        for (text, expanded) in [
            ("plain", "plain"),
            ("{{A}}", "x"),
            ("${A}", "x"),
            ("a{{A}}b${A}c", "axbxc"),
            ("${B:-y}", "y"),
            ("${B:-}", ""),
            ("${EMPTY:-y}", "y"),
            ("{{EMPTY}}", ""),
            ("{{QUOTE}}", "\"}\\\n{{A}}"),
            ("{{{A}}}", "{x}"),
            ("$A {A} {{A", "$A {A} {{A"),
            ("{{not a name}} ${a-b} 50$ {", "{{not a name}} ${a-b} 50$ {"),
            ("存储{{A}}", "存储x"),
        ] {
            assert_eq!(expand(text, &Vars).as_deref(), Ok(expanded), "{text}");
        }
    }

    #[test]
    fn what_is_found_is_what_is_replaced() {
        for (text, found) in [
            ("{{A}}${B}", &[("A", None), ("B", None)][..]),
            ("${A:-x}${A:-}", &[("A", Some("x")), ("A", Some(""))]),
            ("{{{A}}}", &[("A", None)]),
            ("{{x:-hush}} {{ A }} ${a-b} $ {", &[]),
            ("存储{{A}}", &[("A", None)]),
        ] {
            let all: Vec<_> = Template::all(text).map(|template| (template.name(), template.default())).collect();
            assert_eq!(all, found, "{text}");
        }
    }

    #[test]
    fn unset_names_and_spaces_are_errors() {
        assert_eq!(expand("{{NOPE}}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        assert_eq!(expand("${NOPE}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        assert_eq!(expand("{{ A }}", &Vars), Err(TemplateError::Spaces("A".into())));
    }
}
