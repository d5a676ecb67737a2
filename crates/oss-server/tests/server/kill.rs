//! A server that is killed in the middle of its work: what it acknowledged is there, and nothing is there by half.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use oss_protocol::xml::ObjectList;
use tokio::task::JoinSet;

use crate::client::{builder, call, call_port, get};

const FOLDER: &str = "OSS_SERVER_TEST_FOLDER";
/// Before the port, since the test harness prints too.
const MARK: &str = "listening on ";

/// The body of the object with this name: its own, and of a size that varies between row and file.
fn body(name: &str) -> Vec<u8> {
    let seed = name.bytes().map(usize::from).sum::<usize>();
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

fn spawn(folder: &std::path::Path) -> (Child, u16) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|line| line.strip_prefix(MARK)?.parse().ok());
    (child, port.unwrap())
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let (mut child, port) = spawn(folder.path());
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
        child.kill().unwrap();
        child.wait().unwrap();
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
