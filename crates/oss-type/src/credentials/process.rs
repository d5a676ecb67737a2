//! Credentials that a program writes.

use std::process::Stdio;
use std::time::Duration;

use meta::{Error, ErrorKind, Result, async_trait};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::document::Document;
use super::{CredentialProvider, Credentials};

/// How long the program may take (Go v2: 15 s).
const TIMEOUT: Duration = Duration::from_secs(15);
/// The longest output that is read; real ones are below 4 KiB.
const MAX_OUTPUT: u64 = 64 * 1024;

/// A program that writes credentials as JSON to its standard output.
pub(super) struct Process {
    program: String,
    arguments: Vec<String>,
}

impl Process {
    /// Takes a command line apart. No shell sees it: white space separates words, `'…'` and `"…"` keep it inside of
    /// them, and no other character means anything.
    pub(super) fn new(command: &str) -> Result<Self, &'static str> {
        let mut words = split(command)?.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or("it names no program")?;
        Ok(Self { program, arguments: words.collect() })
    }

    async fn run(&self) -> Result<Vec<u8>> {
        let program = &self.program;
        let failed = |error| Error::io(format!("starting `{program}` failed"), error);
        let mut child = Command::new(program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it says there may hold secrets.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MAX_OUTPUT + 1).read_to_end(&mut output).await.map_err(failed)?;
        }
        if output.len() as u64 > MAX_OUTPUT {
            let message = format!("`{program}` wrote more than {MAX_OUTPUT} bytes");
            return Err(Error::new(ErrorKind::UnexpectedAnswer, message));
        }
        let status = child.wait().await.map_err(failed)?;
        if !status.success() {
            let message = format!("`{program}` ended with {status}");
            return Err(Error::new(ErrorKind::PermissionDenied, message).with_advice("run it by hand to see why"));
        }
        Ok(output)
    }
}

#[async_trait]
impl CredentialProvider for Process {
    fn name(&self) -> &str {
        "credential process"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let program = &self.program;
        let output = tokio::time::timeout(TIMEOUT, self.run()).await.unwrap_or_else(|_| {
            let message = format!("`{program}` was not done within {} s", TIMEOUT.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        })?;
        let read = |output: &[u8]| Document::parse(output)?.credentials();
        read(&output).map_err(|error| {
            Error::io(format!("reading what `{program}` wrote failed"), std::io::Error::other(error))
                .with_advice("it must write `AccessKeyId`, `AccessKeySecret`, `SecurityToken` and `Expiration` as JSON")
        })
    }
}

fn split(command: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in command.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("a quotation mark is not closed");
    }
    words.extend(word);
    Ok(words)
}

/// Arguments may hold secrets.
impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("program", &self.program).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_taken_apart_without_a_shell() {
        for (command, words) in [
            ("tool", vec!["tool"]),
            ("  tool  -a\tb ", vec!["tool", "-a", "b"]),
            (
                r#""C:\Program Files\tool.exe" --profile 'a "b" c'"#,
                vec![r"C:\Program Files\tool.exe", "--profile", r#"a "b" c"#],
            ),
            (r#"tool --key="a b"c '' | > $HOME"#, vec!["tool", "--key=a bc", "", "|", ">", "$HOME"]),
            (r#"sh -c "echo '{}' | cat""#, vec!["sh", "-c", "echo '{}' | cat"]),
        ] {
            assert_eq!(split(command).unwrap(), words, "{command}");
        }
        assert!(Process::new("tool 'a").is_err() && Process::new("  ").is_err() && Process::new("''").is_err());
    }
}
