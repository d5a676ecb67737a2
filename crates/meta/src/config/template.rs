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
    let (searched, tail) = split_searched(text);
    let mut rest = searched;
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
    if expanded.is_empty() && rest.len() == searched.len() {
        return Ok(Cow::Borrowed(text));
    }
    expanded.push_str(rest);
    expanded.push_str(tail);
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
        let (mut rest, _) = split_searched(text);
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
            let spaced = inner.trim_start();
            let (name, behind) = split_name(spaced);
            let is_spaced = spaced.len() < inner.len() || behind.starts_with(char::is_whitespace);
            match behind.trim_start().strip_prefix("}}") {
                Some(_) if name.is_empty() => {}
                Some(_) if is_spaced => return Err(TemplateError::Spaces(name.to_owned())),
                Some(_) => return Ok(Some(Self { name, default: None, length: name.len() + 4 })),
                None => {}
            }
        } else if let Some(inner) = text.strip_prefix("${") {
            let (name, behind) = split_name(inner);
            if name.is_empty() {
                return Ok(None);
            }
            if behind.starts_with('}') {
                return Ok(Some(Self { name, default: None, length: name.len() + 3 }));
            }
            let default = behind.strip_prefix(":-").and_then(|behind| behind.split_once('}'));
            return Ok(default.map(|(default, _)| {
                let default = Some(default);
                Self { name, default, length: name.len() + default.map_or(0, str::len) + 5 }
            }));
        }
        Ok(None)
    }
}

/// The text up to its last brace, and what is behind it, which is part of no template: a template that does not end there
/// need not be searched for its end, and what goes through the text once takes no longer than the text is.
fn split_searched(text: &str) -> (&str, &str) {
    text.split_at(text.rfind('}').map_or(0, |last| last + 1))
}

/// The name that a text begins with, and what is behind it.
fn split_name(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(text.len());
    text.split_at(end)
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
            ("{{A}}{{A", "x{{A"),
            ("${B:-a:-b}}", "a:-b}"),
            ("${B:-{{A}}", "{{A}"),
            ("${:-y}${B-y}${B:-", "${:-y}${B-y}${B:-"),
            ("{{}}{{ }}{{A} }}{{A }", "{{}}{{ }}{{A} }}{{A }"),
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

    /// Were the text searched to its end from each of them, this would take minutes.
    #[test]
    fn begins_of_templates_without_end_cost_no_more_than_other_text() {
        for (begin, end) in [("{{", "!}"), ("{{A", "!}"), ("{{ ", "!}"), ("${", "!}"), ("${A:-", "")] {
            let text = begin.repeat(1 << 18) + end;
            assert_eq!(expand(&text, &Vars).as_deref(), Ok(&*text), "{begin}");
            assert_eq!(Template::all(&text).count(), 0, "{begin}");
        }
    }

    #[test]
    fn unset_names_and_spaces_are_errors() {
        assert_eq!(expand("{{NOPE}}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        assert_eq!(expand("${NOPE}", &Vars), Err(TemplateError::Unset("NOPE".into())));
        for spaced in ["{{ A }}", "{{A }}", "{{\tA}}"] {
            assert_eq!(expand(spaced, &Vars), Err(TemplateError::Spaces("A".into())), "{spaced:?}");
        }
    }
}
