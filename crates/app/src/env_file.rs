//! The `.env` of an app: variables in a file that version control does not see.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use meta::strip_byte_order_mark;

use crate::file::{FileBuffer, is_absent};

/// The variables of a file of lines `NAME=value`, such as the `.env` of an app. They may be secrets: `Debug` shows the
/// names alone.
///
/// A line is `NAME=value`, `export NAME=value`, empty, or a comment that begins with `#`. A value ends with the line or
/// at ` #`; in `'…'` it is taken as it is, in `"…"` too but for `\n`, `\r`, `\"`, `\$` and `\\`, and both may go over
/// several lines. A name that stands twice has its last value. Values name no other variables.
///
/// The file belongs to the developer and other tools read it, too. So what is not understood in it is a problem of its
/// line alone, which [`problems`](Self::problems) tells and the other lines do not suffer from.
// Crates for this put other variables into values, the process environment's among them, refuse values with spaces, and
// tell no lines.
#[derive(Default)]
pub struct EnvFile {
    values: HashMap<String, Value>,
    /// One for each line, up to [`MOST_PROBLEMS`], and one for all behind these.
    problems: Vec<EnvProblem>,
    /// How many lines the last problem stands for beside its own.
    further: usize,
}

/// What cannot be understood in an [`EnvFile`], or that it cannot be read at all. `Display` shows nothing of the line: it
/// may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvProblem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, where it is about one.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

struct Value {
    text: String,
    /// From 1.
    lines: Vec<Range<usize>>,
}

/// What a line gives.
struct Given {
    name: String,
    text: String,
    /// On how many lines the value goes on.
    more_lines: usize,
    /// From the begin of the first line to the end of the last one.
    length: usize,
}

/// How many lines are told one by one: a file with more is no file of variables.
const MOST_PROBLEMS: usize = 100;

/// What is wrong with a pipe or a device, which could be waited for without end.
const NO_FILE: &str = "it is no ordinary file, and is not read";

impl EnvFile {
    /// What it is called in an app's folder, where it stands beside `app.json`.
    pub const NAME: &'static str = ".env";

    /// Reads the file of an app's folder. An app without one has no such variables.
    pub fn of_app(folder: &Path) -> Self {
        Self::read(&folder.join(Self::NAME))
    }

    /// Reads a file; one that is not there has no variables.
    pub fn read(path: &Path) -> Self {
        let unread = |message| {
            let problem = EnvProblem { file: path.to_owned(), line: None, message };
            Self { problems: vec![problem], ..Self::default() }
        };
        match fs::metadata(path) {
            // Tools of Python keep a folder of this name.
            Ok(metadata) if metadata.is_dir() => return Self::default(),
            Ok(metadata) if !metadata.is_file() => return unread(NO_FILE.to_owned()),
            _ => {}
        }
        match FileBuffer::new().read(path) {
            Ok(text) => Self::parse(path, text),
            Err(error) if is_absent(&error) => Self::default(),
            Err(error) => unread(format!("it cannot be read: {error}")),
        }
    }

    /// Reads what stands in a file, or will stand there; `path` is for what is wrong with it.
    pub fn parse(path: &Path, text: &[u8]) -> Self {
        let text = strip_byte_order_mark(text);
        let mut file = Self::default();
        let (mut at, mut line) = (0, 1);
        // As far as the file is text, and where that begins: a value in quotes may go over several lines.
        let (mut valid, mut valid_from) = ("", 0);
        while at < text.len() {
            if at >= valid_from + valid.len() {
                valid_from = at;
                valid = text[at..].utf8_chunks().next().map_or("", |chunk| chunk.valid());
            }
            let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |length| at + length);
            let mut next = (end + 1, line + 1);
            match parse_line(&text[at..end], &valid[at - valid_from..]) {
                Ok(None) => {}
                Ok(Some(Given { name, text: value, more_lines, length })) => {
                    if more_lines > 0 {
                        next = (at + length + 1, line + more_lines + 1);
                    }
                    let known = file.values.entry(name).or_insert(Value { text: String::new(), lines: Vec::new() });
                    known.text = value;
                    known.lines.push(line..next.1);
                }
                Err(message) => {
                    file.further += usize::from(file.problems.len() > MOST_PROBLEMS);
                    if file.problems.len() <= MOST_PROBLEMS {
                        let message = message.to_owned();
                        file.problems.push(EnvProblem { file: path.to_owned(), line: Some(line), message });
                    }
                }
            }
            (at, line) = next;
        }
        if let Some(last) = file.problems.get_mut(MOST_PROBLEMS).filter(|_| file.further > 0) {
            _ = write!(last.message, ", and {} further lines are not understood either", file.further);
        }
        file
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.as_str())
    }

    /// The variables, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.values.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The lines that a variable stands on, counted from 1: several where it is given several times, or its value goes
    /// over several lines.
    pub fn lines_of(&self, name: &str) -> &[Range<usize>] {
        self.values.get(name).map(|value| value.lines.as_slice()).unwrap_or_default()
    }

    /// What is wrong with the file, in the order of its lines.
    pub fn problems(&self) -> &[EnvProblem] {
        &self.problems
    }

    /// What to look at where a variable has no value that the file may have meant to give.
    pub(crate) fn hint(&self) -> Option<String> {
        let first = self.problems.first()?;
        Some(match self.problems.len() - 1 + self.further {
            0 => format!("look at {first}"),
            more => format!("look at {first} (and {more} more lines like it)"),
        })
    }
}

impl EnvProblem {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self.line {
            Some(_) => "write `NAME=value`, with quotes around values that hold spaces",
            None if self.message == NO_FILE => "put an ordinary file in its place, or remove it",
            None => "let the user who runs the program read it",
        }
    }
}

impl fmt::Display for EnvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "`{}:{line}`: {}", self.file.display(), self.message),
            None => write!(f, "`{}`: {}", self.file.display(), self.message),
        }
    }
}

/// Reads a line; `rest` is the file from there on, as far as it is text.
fn parse_line(line: &[u8], rest: &str) -> Result<Option<Given>, &'static str> {
    let text = str::from_utf8(line).map_err(|_| "this is not UTF-8")?;
    let line = text.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let Some((name, value)) = line.split_once('=') else { return Err("this is no `NAME=value`") };
    let name = name.trim_end();
    // Templates name fewer, but other tools use what they like.
    if name.is_empty() || name.contains(|letter: char| letter.is_whitespace() || "'\"`$#{}".contains(letter)) {
        return Err("this is no name in front of the `=`");
    }
    let given = |text, more_lines, length| Ok(Some(Given { name: name.to_owned(), text, more_lines, length }));
    let value = value.trim_start();
    let Some(quote @ ('\'' | '"')) = value.chars().next() else {
        let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
        let value = if value.starts_with('#') { "" } else { value[..end].trim_end() };
        return given(value.to_owned(), 0, text.len());
    };
    let behind_equals = rest.find('=').map_or(rest, |at| &rest[at + 1..]).trim_start();
    let unclosed = "the quotes do not end";
    let (value, behind) = match quote {
        '\'' => {
            let (value, behind) = behind_equals[1..].split_once('\'').ok_or(unclosed)?;
            (value.replace("\r\n", "\n"), behind)
        }
        _ => parse_double_quoted(&behind_equals[1..]).ok_or(unclosed)?,
    };
    let end = behind.find('\n').unwrap_or(behind.len());
    let last = behind[..end].trim();
    if !(last.is_empty() || last.starts_with('#')) {
        return Err("something stands behind the quotes, or they do not end");
    }
    let length = rest.len() - behind.len() + end;
    given(value, rest[..length].matches('\n').count(), length)
}

fn parse_double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        let behind = &text[at + character.len_utf8()..];
        match character {
            '"' => return Some((value, behind)),
            // Of what is written, not of what it stands for.
            '\r' if behind.starts_with('\n') => {}
            '\\' => {
                let meant = match behind.chars().next()? {
                    'n' => '\n',
                    'r' => '\r',
                    escaped @ ('"' | '\\' | '$') => escaped,
                    _ => {
                        value.push('\\');
                        continue;
                    }
                };
                value.push(meant);
                characters.next();
            }
            other => value.push(other),
        }
    }
    None
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        f.debug_struct("EnvFile").field("names", &names).field("problems", &self.problems).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> EnvFile {
        EnvFile::parse(Path::new("x/.env"), text.as_bytes())
    }

    #[test]
    fn of_many_lines_that_are_not_understood_the_first_are_told() {
        for (lines, told) in [(100, 100), (101, 101), (150_000, 101)] {
            let file = EnvFile::parse(Path::new(".env"), "x\n".repeat(lines).as_bytes());
            assert_eq!(file.problems().len(), told, "{lines} lines");
            assert!(file.hint().unwrap().ends_with(&format!("(and {} more lines like it)", lines - 1)), "{lines}");
        }
        let file = EnvFile::parse(Path::new(".env"), "x\n".repeat(110).as_bytes());
        assert_eq!(
            file.problems()[MOST_PROBLEMS].to_string(),
            "`.env:101`: this is no `NAME=value`, and 9 further lines are not understood either"
        );
    }

    #[test]
    fn lines_are_read_as_shells_and_other_tools_read_them() {
        let text = "\u{feff}# comment\n\nA=1\r\n export B = two words # comment\nC='it is # $A'\nD=\"a\\\"b\\nc\\\\\" # x\n\
                    E=\nF=a#b\nG=#\nH=x=y\na.b-c=odd\nA=2";
        let file = parse(text);
        for (name, value) in [
            ("A", "2"),
            ("B", "two words"),
            ("C", "it is # $A"),
            ("D", "a\"b\nc\\"),
            ("E", ""),
            ("F", "a#b"),
            ("G", ""),
            ("H", "x=y"),
            ("a.b-c", "odd"),
        ] {
            assert_eq!(file.get(name), Some(value), "{name}");
        }
        assert_eq!((file.get("I"), file.problems()), (None, &[][..]));
        assert_eq!(file.lines_of("A"), [3..4, 12..13]);
    }

    #[test]
    fn values_in_quotes_go_over_several_lines() {
        let file = parse("A=1\nKEY=\"-----BEGIN\r\nabc=\r\n-----END\" # the key\nC='x\n#y' \nD=2\nE=\"last\n\"");
        assert_eq!(file.problems(), []);
        for (name, value, lines) in [
            ("A", "1", 1..2),
            ("KEY", "-----BEGIN\nabc=\n-----END", 2..5),
            ("C", "x\n#y", 5..7),
            ("D", "2", 7..8),
            ("E", "last\n", 8..10),
        ] {
            assert_eq!((file.get(name), file.lines_of(name)), (Some(value), &[lines][..]), "{name}");
        }
    }

    #[test]
    fn ends_of_lines_are_made_the_same_in_what_is_written_alone() {
        let file = parse("A=\"x\\r\\ny\"\r\nB=\"x\r\ny\\\r\nz\"\r\nC='x\r\ny'\r\nD=\"x\ry\\tz\"\r\n");
        assert_eq!(file.problems(), []);
        for (name, value) in [("A", "x\r\ny"), ("B", "x\ny\\\nz"), ("C", "x\ny"), ("D", "x\ry\\tz")] {
            assert_eq!(file.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_malformed_line_is_named_and_not_shown_and_the_others_count() {
        for (text, line, problem) in [
            ("A=1\nhush\nZ=z", 2, "no `NAME=value`"),
            ("\n\nhu sh=hush\nZ=z", 3, "no name"),
            ("=hush\nZ=z", 1, "no name"),
            ("A='hush\nZ=z", 1, "quotes"),
            ("A='hush\nB='x'\nZ=z", 1, "quotes"),
            ("A=\"hush\\\"\nZ=z", 1, "quotes"),
            ("A='hush' hush\nZ=z", 1, "quotes"),
        ] {
            let file = parse(text);
            let [problem_of_line] = file.problems() else { panic!("{text}: {file:?}") };
            let error = problem_of_line.to_string();
            assert!(error.starts_with(&format!("`x/.env:{line}`: ")) && error.contains(problem), "{error}");
            assert!(!error.contains("hush"), "{error}");
            assert_eq!(file.get("Z"), Some("z"), "{text}");
        }
        let file = EnvFile::parse(Path::new("x/.env"), b"A=\xff\nB=\"b\nb\"\nC=\"\xff\nD=d");
        let lines: Vec<_> = file.problems().iter().map(|problem| problem.line).collect();
        assert_eq!((lines, file.get("B"), file.get("D")), (vec![Some(1), Some(4)], Some("b\nb"), Some("d")));
    }

    #[test]
    fn debug_shows_no_value() {
        let debug = format!("{:?}", parse("NAME=hush"));
        assert!(debug.contains("NAME") && !debug.contains("hush"), "{debug}");
    }
}
