//! A server that is killed in the middle of its work: what it acknowledged is there, and nothing is there by half.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use oss_protocol::xml::{ObjectList, VersionList, VersioningConfiguration};
use tokio::task::JoinSet;

use crate::client::{builder, call, call_port, get};

const FOLDER: &str = "OSS_SERVER_TEST_FOLDER";
/// Before the port, since the test harness prints too.
const MARK: &str = "listening on ";

/// The body of the object with this name: its own, and of a size that varies between row and file.
pub(crate) fn body(name: &str) -> Vec<u8> {
    let seed = name.bytes().fold(7, |seed: usize, byte| (seed * 31 + usize::from(byte)) % 65_521);
    let len = if seed.is_multiple_of(2) { 500 } else { 150_000 };
    (0..len).map(|index| ((index + seed) % 251) as u8).collect()
}

/// The server of the test below, in a process of its own: the test binary again, told to run this alone.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "the parent reads the port from here")]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let server = builder().data_dir(folder).start().await.unwrap();
    println!("\n{MARK}{}", server.port());
    std::future::pending::<()>().await;
}

/// A server in a process of its own, to be killed.
pub(crate) struct Killed {
    child: Child,
    pub(crate) port: u16,
}

impl Killed {
    pub(crate) fn spawn(folder: &Path) -> Self {
        Self::run(Command::new(std::env::current_exe().unwrap()), folder)
    }

    /// A server that can make no file larger than a few MiB.
    #[cfg(unix)]
    pub(crate) fn spawn_with_small_files(folder: &Path) -> Self {
        let mut shell = Command::new("sh");
        // Writing beyond the limit is to be an error instead of a signal. Shells count in blocks of 512 or 1024 bytes.
        shell.args(["-c", "trap '' XFSZ; ulimit -S -f 16384; exec \"$@\"", "sh"]);
        shell.arg(std::env::current_exe().unwrap());
        Self::run(shell, folder)
    }

    /// A server that writes what it prints of its troubles to a file.
    pub(crate) fn spawn_with_log(folder: &Path, log: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.stderr(std::fs::File::create(log).unwrap());
        Self::run(command, folder)
    }

    /// The memory that it has, where the system tells.
    pub(crate) fn resident_bytes(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// The most memory that it has had, where the system tells.
    #[cfg(feature = "image")]
    pub(crate) fn peak_bytes(&self) -> Option<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
    }

    fn run(mut command: Command, folder: &Path) -> Self {
        command.args(["--exact", "kill::child", "--nocapture"]).env(FOLDER, folder).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| line.strip_prefix(MARK)?.parse().ok());
        Self { child, port: port.unwrap() }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let server = Killed::spawn(folder.path());
        let port = server.port;
        let mut writers = JoinSet::new();
        for worker in 0..6 {
            writers.spawn(async move {
                let mut done = Vec::new();
                for number in 0.. {
                    let name = format!("{round}-{worker}-{number}");
                    let put = call_port(port, "PUT", &name).body(body(&name)).signed().try_send().await;
                    match put {
                        Ok(answer) if answer.status == 200 => done.push(name),
                        _ => break,
                    }
                }
                done
            });
        }
        // Killed when some objects are in, with the writers still at it.
        let enough = format!("{round}-0-5");
        while call_port(port, "HEAD", &enough).send().await.status != 200 {}
        server.kill();
        while let Some(done) = writers.join_next().await {
            acknowledged.extend(done.unwrap());
        }
    }
    assert!(acknowledged.len() >= 15);

    let server = builder().data_dir(folder.path()).start().await.unwrap();
    for name in &acknowledged {
        assert!(get(&server, name).await.expect(200).body == body(name), "{name}");
    }
    let mut marker = String::new();
    let mut listed = 0;
    loop {
        let page = call(&server, "GET", "docs", "").query("marker", &marker).query("max-keys", "1000").send().await;
        let list = ObjectList::read(&page.expect(200).body).unwrap();
        for object in &list.objects {
            let read = get(&server, &object.key).await.expect(200);
            assert!(read.whole && read.body == body(&object.key), "{} is there by half", object.key);
            listed += 1;
        }
        match list.next_marker {
            Some(next) => marker = next,
            None => break,
        }
    }
    assert!(listed >= acknowledged.len());
    server.stop().await;
}

/// Writers and deleters fight over few keys of a bucket that keeps versions: after the kill every version that was
/// acknowledged is there, each key has one newest version, and every body is whole.
#[tokio::test]
async fn a_killed_server_keeps_its_versions() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        let server = Killed::spawn(folder.path());
        let port = server.port;
        let enabled = VersioningConfiguration { status: Some("Enabled".to_owned()) }.write();
        call_port(port, "PUT", "").query("versioning", "").body(enabled).send().await.expect(200);
        let mut writers = JoinSet::new();
        for worker in 0..4 {
            writers.spawn(async move {
                let mut done = Vec::new();
                for number in 0.. {
                    let key = format!("k{}", (worker + number) % 3);
                    let text = format!("{round}-{worker}-{number}");
                    let change = if number % 4 == 3 {
                        call_port(port, "DELETE", &key)
                    } else {
                        call_port(port, "PUT", &key).body(body(&text))
                    };
                    let Ok(answer) = change.signed().try_send().await else { break };
                    let id = answer.header("x-oss-version-id").unwrap().to_owned();
                    done.push((key, id, (answer.status == 200).then_some(text)));
                }
                done
            });
        }
        let marked = call_port(port, "GET", "").query("versions", "");
        while VersionList::read(&marked.send().await.expect(200).body).unwrap().entries.len() < 30 * (round + 1) {}
        server.kill();
        while let Some(done) = writers.join_next().await {
            acknowledged.extend(done.unwrap());
        }
    }
    assert!(acknowledged.len() >= 50, "{}", acknowledged.len());
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    for (key, id, text) in &acknowledged {
        let read = call(&server, "GET", "docs", key).query("versionId", id).send().await;
        match text {
            Some(text) => assert!(read.expect(200).body == body(text), "{key} {id}"),
            None => drop(read.refused(405, "MethodNotAllowed")),
        }
    }
    let all = call(&server, "GET", "docs", "").query("versions", "").query("max-keys", "1000").send().await.expect(200);
    let all = VersionList::read(&all.body).unwrap();
    let latest: Vec<_> = all.entries.iter().filter(|entry| entry.is_latest).map(|entry| entry.key.as_str()).collect();
    assert_eq!(latest, ["k0", "k1", "k2"]);
    for entry in &all.entries {
        let read = call(&server, "GET", "docs", &entry.key).query("versionId", &entry.version_id).send().await;
        assert_eq!(read.status == 200 && read.whole, entry.object.is_some(), "{entry:?}");
    }
    server.stop().await;
}
