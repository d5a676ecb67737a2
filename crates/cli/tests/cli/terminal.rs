//! What a person at a terminal sees: the questions of `new`, and the progress bar.

use std::process::Command;
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use crate::fixture::{Demo, Folder};
use crate::wire::Wire;

/// Runs the command on a pseudo-terminal.
fn on_terminal(mut command: Command) -> OsSession {
    command.env("TERM", "xterm-256color").env("NO_COLOR", "1");
    let mut session = Session::spawn(command).unwrap();
    session.get_process_mut().set_window_size(100, 40).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session
}

/// What is left to read.
fn rest(session: &mut OsSession) -> String {
    String::from_utf8_lossy(session.expect(Eof).unwrap().as_bytes()).into_owned()
}

#[test]
fn new_asks_for_what_is_missing_and_hides_secrets() {
    let demo = Demo::new();
    let env = demo.read(".env");
    let value = |name: &str| env.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let mut session = on_terminal(demo.command(&["new", "Photos"]));
    session.expect("Type").unwrap();
    session.send_line("").unwrap();
    session.expect("Region of the bucket").unwrap();
    // Upwards from the first is the last: another endpoint.
    session.send("\x1b[A\r").unwrap();
    session.expect("Endpoint (host").unwrap();
    session.send_line(&demo.server.endpoint).unwrap();
    session.expect("credentials: Where keys come from").unwrap();
    session.send_line("").unwrap();
    session.expect("accessKeyId").unwrap();
    session.send_line(value("OSS_ACCESS_KEY_ID=")).unwrap();
    session.expect("accessKeySecret: Secret of the access key (hidden)").unwrap();
    let secret = value("OSS_ACCESS_KEY_SECRET=");
    session.send_line(&secret).unwrap();
    let shown = session.expect("bucketName").unwrap();
    let mut seen = String::from_utf8_lossy(shown.before()).into_owned();
    session.send_line("my-bucket").unwrap();
    session.expect("Keep secrets in .env, which git ignores?").unwrap();
    session.send("y").unwrap();
    seen.push_str(&rest(&mut session));
    assert!(seen.contains("reached: storages.Photos writes, reads and deletes"), "{seen}");
    assert!(seen.contains(r#"let photos = app.get_element("storages.Photos")?;"#) && !seen.contains(&secret), "{seen}");

    let business: serde_json::Value = serde_json::from_str(&demo.read("storages/Photos/Photos.json")).unwrap();
    assert_eq!(
        business,
        serde_json::json!({
            "accessKeyId": value("OSS_ACCESS_KEY_ID="),
            "accessKeySecret": "{{PHOTOS_ACCESS_KEY_SECRET}}",
            "endPoint": demo.server.endpoint,
            "bucketName": "my-bucket",
        })
    );
    assert_eq!(demo.run(&["check", "--online", "Photos"]).code, Some(0));
}

#[test]
fn an_interrupted_wizard_writes_nothing() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let mut session = on_terminal(folder.command(&["new", "Photos"]));
    session.expect("Type").unwrap();
    session.send("\x03").unwrap();
    let shown = rest(&mut session);
    // The cursor comes back.
    assert!(shown.contains("\x1b[?25h") && shown.contains("nothing is written"), "{shown:?}");
    assert!(!folder.at("storages/Photos").exists());
}

#[test]
fn transfers_show_a_bar_with_rate_and_time_left_on_terminals_only() {
    let mut demo = Demo::new();
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("OSS_ENDPOINT", &wire.endpoint);
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["partSizeBytes"] = 1_000_000.into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.write("d/big.bin", vec![7; 8 << 20]);
    wire.hold_after(3 << 20);
    let mut session = on_terminal(demo.command(&["put", "-r", "d", ":d/"]));
    session.expect("MiB/8.00 MiB ").unwrap();
    session.expect("/s ").unwrap();
    session.expect(" left").unwrap();
    wire.release();
    let shown = rest(&mut session);
    assert!(shown.contains("d/big.bin → :d/big.bin"), "{shown:?}");

    let quiet = rest(&mut on_terminal(demo.command(&["put", "-q", "-r", "d", ":e/"])));
    assert!(!quiet.contains("MiB") && !quiet.contains('\u{1b}'), "{quiet:?}");
    assert_eq!(demo.done(&["ls", ":e/"]), "e/big.bin\n");
    let said = demo.run(&["put", "-r", "d", ":f/"]);
    assert!(said.code == Some(0) && !said.err.contains("left") && !said.err.contains('\u{1b}'), "{said:?}");
}
