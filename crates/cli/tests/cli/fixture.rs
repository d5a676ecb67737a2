//! Apps in temporary folders, the command run in them, and its server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_storages");

/// A folder that is gone with the test, and the command run in it.
pub(crate) struct Folder {
    folder: TempDir,
    /// Where the command runs, below it.
    here: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a run of the command has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A running `storages serve`.
pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint: String,
}

/// An app that `storages init` made, with its server.
pub(crate) struct Demo {
    pub(crate) folder: Folder,
    pub(crate) server: Server,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), here: PathBuf::new(), variables: Vec::new() }
    }

    /// Runs the command in this folder from now on.
    pub(crate) fn enter(&mut self, relative: &str) {
        self.here = relative.into();
    }

    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, relative: &str) -> PathBuf {
        self.folder.path().join(&self.here).join(relative)
    }

    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.at(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.at(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// The command with nothing of this machine's configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.at(""));
        clean(&mut command);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs it with this on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Said::from(child.wait_with_output().unwrap())
    }

    /// Runs it with a reader that goes away after the first line, as `| head -1` does.
    pub(crate) fn run_before_head(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        Said { out: first, ..Said::from(output) }
    }

    /// What it prints, where it succeeds.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said.out
    }
}

/// Takes away what would bring this machine's own configuration in.
pub(crate) fn clean(command: &mut Command) {
    let is_ours =
        |name: &str| ["STORAGES_", "OSS_", "MY_OSS_", "ALIBABA_CLOUD_"].iter().any(|ours| name.starts_with(ours));
    let is_proxy = |name: &str| name.to_ascii_uppercase().ends_with("_PROXY");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if is_ours(&text) || is_proxy(&text) || matches!(&*text, "NO_COLOR" | "CLICOLOR" | "CLICOLOR_FORCE") {
            command.env_remove(&name);
        }
    }
}

impl From<std::process::Output> for Said {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Server {
    /// Starts the command that serves, and waits for its first line.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { process, endpoint: line.trim_end().to_owned() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn wait(mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Demo {
    pub(crate) fn new() -> Self {
        let mut folder = Folder::new();
        folder.done(&["init", "demo"]);
        folder.enter("demo");
        let server = Server::start(folder.command(&["serve", "--port", "0"]));
        folder.variable("MY_OSS_ENDPOINT", &server.endpoint);
        Self { folder, server }
    }
}

impl Demo {
    /// The demo with a second storage, `Disk`, whose files lie in `appData/disk`.
    pub(crate) fn with_disk() -> Self {
        let demo = Self::new();
        demo.write("storages/Disk/e.json", r#"{"title": "D", "type": "storages.DiskType", "backendBundleEntry": "."}"#);
        demo.write("storages/Disk/Disk.json", r#"{"directory": "appData/disk"}"#);
        demo
    }

    /// Adds a storage, `Down`, whose server does not run, and is asked once.
    pub(crate) fn add_down(&self) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&self.read("storages/MyOss/MyOss.json")).unwrap();
        (config["endPoint"], config["maxAttempts"]) = (format!("http://{free}").into(), 1.into());
        self.write("storages/Down/e.json", self.read("storages/MyOss/e.json"));
        self.write("storages/Down/Down.json", config.to_string());
    }
}

impl std::ops::Deref for Demo {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

/// Sends a signal to a process of ours.
#[cfg(unix)]
pub(crate) fn signal(name: &str, id: u32) {
    assert!(Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}
