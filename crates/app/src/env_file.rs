//! The `.env` of an app: variables in a file that version control does not see.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use meta::{Error, ErrorKind, Result, strip_byte_order_mark};

use crate::file::{FileBuffer, is_absent};

/// In the app's folder, beside `app.json`.
pub(crate) const ENV_FILE: &str = ".env";

/// The variables of a `.env`. They may be secrets: `Debug` shows the names alone.
#[derive(Default)]
pub(crate) struct EnvFile {
    values: HashMap<String, String>,
}

impl EnvFile {
    /// Reads the file of an app's folder; an app without one has no such variables.
    ///
    /// A line is `NAME=value`, `export NAME=value`, empty, or a comment that begins with `#`. A value ends with the line
    /// or at ` #`; in `'…'` it is taken as it is, in `"…"` too but for `\n`, `\"` and `\\`. A name that stands twice has
    /// its last value. Values name no other variables.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with file and line for any other line. The line itself is not shown: it may hold a secret.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(ENV_FILE);
        // Tools of Python keep a folder of this name.
        if path.is_dir() {
            return Ok(Self::default());
        }
        match FileBuffer::new().read(&path) {
            Ok(text) => Self::parse(&path, text),
            Err(error) if is_absent(&error) => Ok(Self::default()),
            Err(error) => Err(Error::io(format!("cannot read `{}`", path.display()), error)),
        }
    }

    fn parse(path: &Path, text: &[u8]) -> Result<Self> {
        let mut values = HashMap::new();
        for (at, line) in strip_byte_order_mark(text).split(|byte| *byte == b'\n').enumerate() {
            let wrong = |problem: &str| wrong_line(path, at + 1, problem);
            let line = str::from_utf8(line).map_err(|_| wrong("this is not UTF-8"))?.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").map_or(line, str::trim_start);
            let Some((name, value)) = line.split_once('=') else {
                return Err(wrong("this is no `NAME=value`"));
            };
            let name = name.trim_end();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(wrong("a name has letters, digits and `_` only"));
            }
            let value = parse_value(value.trim_start()).ok_or_else(|| wrong("the quotes do not end with the line"))?;
            values.insert(name.to_owned(), value);
        }
        Ok(Self { values })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// The value behind a `=`; `None` where its quotes do not end, or something stands behind them.
fn parse_value(text: &str) -> Option<String> {
    let (value, rest) = match text.as_bytes().first() {
        Some(b'\'') => {
            let (value, rest) = text[1..].split_once('\'')?;
            (value.to_owned(), rest)
        }
        Some(b'"') => parse_double_quoted(&text[1..])?,
        _ => {
            let end = text.find(" #").or_else(|| text.find("\t#")).unwrap_or(text.len());
            let value = if text.starts_with('#') { "" } else { text[..end].trim_end() };
            return Some(value.to_owned());
        }
    };
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(value)
}

fn parse_double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\' | '$') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

fn wrong_line(path: &Path, line: usize, problem: &str) -> Error {
    let path: PathBuf = path.to_owned();
    Error::new(ErrorKind::Config, format!("`{}:{line}`: {problem}", path.display()))
        .with_advice("write `NAME=value`, with quotes around values that hold spaces")
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EnvFile> {
        EnvFile::parse(Path::new("x/.env"), text.as_bytes())
    }

    #[test]
    fn lines_are_read_as_shells_and_other_tools_read_them() {
        let text = "\u{feff}# comment\n\nA=1\r\n export B = two words # comment\nC='it is # $A'\nD=\"a\\\"b\\nc\\\\\" # x\n\
                    E=\nF=a#b\nG=#\nH=x=y\nA=2";
        let file = parse(text).unwrap();
        for (name, value) in [
            ("A", "2"),
            ("B", "two words"),
            ("C", "it is # $A"),
            ("D", "a\"b\nc\\"),
            ("E", ""),
            ("F", "a#b"),
            ("G", ""),
            ("H", "x=y"),
        ] {
            assert_eq!(file.get(name), Some(value), "{name}");
        }
        assert_eq!(file.get("I"), None);
    }

    #[test]
    fn a_malformed_line_is_named_and_not_shown() {
        for (text, line, problem) in [
            ("A=1\nhush", 2, "no `NAME=value`"),
            ("\n\nhu-sh=hush", 3, "letters, digits"),
            ("=hush", 1, "letters, digits"),
            ("A='hush", 1, "quotes"),
            ("A=\"hush\\\"", 1, "quotes"),
            ("A='hush' hush", 1, "quotes"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`x/.env:{line}`: ")) && error.contains(problem), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let debug = format!("{:?}", parse("NAME=hush").unwrap());
        assert!(debug.contains("NAME") && !debug.contains("hush"), "{debug}");
    }
}
