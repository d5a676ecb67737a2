//! `{{NAME}}`, `${NAME}` and `${NAME:-default}` in the values of business files.

use std::borrow::Cow;

/// Where the names in templates get their values.
pub trait Variables: Send + Sync {
    /// The value of a variable, or `None` where nobody has set it.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
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

struct Template<'a> {
    name: &'a str,
    default: Option<&'a str>,
    length: usize,
}

impl<'a> Template<'a> {
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
    fn unset_names_and_spaces_are_errors() {
        assert_eq!(expand("{{NOPE}}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        assert_eq!(expand("${NOPE}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        assert_eq!(expand("{{ A }}", &Vars), Err(TemplateError::Spaces("A".into())));
    }
}
