//! What a person at a terminal sees: the questions of `new`, and the progress bar.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use crate::fixture::{Demo, Folder, Said};
use crate::wire::Wire;

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the command on a pseudo-terminal, which shows what is typed as those of persons do.
fn on_terminal(command: Command) -> OsSession {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"stty echo && exec "$@""#, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("TERM", "xterm-256color").env("NO_COLOR", "1");
    let mut session = Session::spawn(shell).unwrap();
    session.get_process_mut().set_window_size(100, 40).unwrap();
    session.set_expect_timeout(Some(PATIENCE));
    session
}

/// Waits until the terminal shows no more what is typed. What is typed before that is thrown away with the switch.
fn wait_for_silence(session: &OsSession) {
    let begun = Instant::now();
    while session.get_process().get_echo().unwrap() {
        assert!(begun.elapsed() < PATIENCE, "the terminal still shows what is typed");
        std::thread::yield_now();
    }
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
    session.expect("accessKeyId: Id of the access key").unwrap();
    session.send_line(value("MY_OSS_ACCESS_KEY_ID=")).unwrap();
    session.expect("accessKeySecret: Secret of the access key (hidden)").unwrap();
    wait_for_silence(&session);
    let secret = value("MY_OSS_ACCESS_KEY_SECRET=");
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
            "accessKeyId": value("MY_OSS_ACCESS_KEY_ID="),
            "accessKeySecret": "{{PHOTOS_ACCESS_KEY_SECRET}}",
            "endPoint": demo.server.endpoint,
            "bucketName": "my-bucket",
        })
    );
    assert_eq!(demo.run(&["check", "--online", "Photos"]).code, Some(0));
}

#[test]
fn new_asks_again_for_what_does_not_fit() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let mut session = on_terminal(folder.command(&[
        "new",
        "Photos",
        "--type",
        "OssType",
        "--no-test",
        "--set",
        "credentials=static",
        "--set",
        "accessKeySecret=hush",
    ]));
    session.expect("Region of the bucket").unwrap();
    session.send("\x1b[A\r").unwrap();
    session.expect("Endpoint (host").unwrap();
    session.send_line("oss-cn-hangzhou.aliyuncs.com").unwrap();
    session.expect("accessKeyId: Id of the access key").unwrap();
    session.send_line(" ").unwrap();
    session.expect("key `accessKeyId` needs a value, and is empty").unwrap();
    session.expect("accessKeyId: Id of the access key").unwrap();
    session.send_line("id").unwrap();
    session.expect("bucketName: Name of the bucket").unwrap();
    session.send_line("Bad_Name").unwrap();
    session.expect("key `bucketName`: a bucket name holds only").unwrap();
    session.expect("bucketName: Name of the bucket").unwrap();
    session.send_line("photos").unwrap();
    session.expect("Keep secrets in .env, which git ignores?").unwrap();
    session.send("y").unwrap();
    rest(&mut session);
    assert!(folder.read("storages/Photos/Photos.json").contains("\"bucketName\": \"photos\""));
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

/// A wizard that waits for a secret, which the terminal does not show.
fn at_the_hidden_question(folder: &Folder) -> OsSession {
    let sets = ["bucketName=photos", "endPoint=oss-cn-hangzhou.aliyuncs.com", "accessKeyId=id"];
    let mut arguments = vec!["new", "Photos", "--type", "OssType"];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    let mut session = on_terminal(folder.command(&arguments));
    session.expect("(hidden)").unwrap();
    wait_for_silence(&session);
    session
}

#[test]
fn a_terminal_shows_what_is_typed_again_after_an_interrupted_hidden_question() {
    let folder = Folder::new();
    folder.done(&["init"]);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut session = at_the_hidden_question(&folder);
        match signal {
            "INT" => session.send("\x03").unwrap(),
            _ => crate::fixture::signal(signal, session.get_process().pid().as_raw().try_into().unwrap()),
        }
        let shown = rest(&mut session);
        assert!(shown.contains("nothing is written"), "{signal}: {shown:?}");
        assert!(session.get_process().get_echo().unwrap(), "{signal}");
        let ended = format!("{:?}", session.get_process().wait().unwrap());
        assert!(ended.starts_with("Exited(") && ended.ends_with(&format!(" {code})")), "{signal}: {ended}");
        assert!(!folder.at("storages/Photos").exists());
    }
}

/// `new` with all that it needs, the service at this endpoint.
fn new_at(folder: &Folder, endpoint: &str) -> Command {
    let endpoint = format!("endPoint={endpoint}");
    let sets = [&endpoint, "bucketName=photos", "accessKeyId=id", "accessKeySecret=hush-hush"];
    let mut arguments = vec!["new", "Photos", "--type", "OssType"];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    folder.command(&arguments)
}

#[test]
fn a_terminated_connection_test_says_what_is_written_and_no_more() {
    let (endpoint, asked) = crate::silent::silent_service();
    let folder = Folder::new();
    folder.done(&["init"]);
    let mut command = new_at(&folder, &endpoint);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = piped.spawn().unwrap();
    let next = || asked.recv_timeout(PATIENCE).unwrap();
    std::iter::repeat_with(next).find(|request| request.starts_with("PUT")).unwrap();
    crate::fixture::signal("TERM", process.id());
    let said = Said::from(process.wait_with_output().unwrap());
    assert_eq!(said.code, Some(143), "{said:?}");
    assert!(said.err.contains("storages.Photos is written; try it with") && !said.err.contains("In Rust"), "{said:?}");
}

#[test]
fn an_interrupted_connection_test_says_what_is_written_and_leaves_no_probe() {
    let (endpoint, asked) = crate::silent::silent_service();
    let folder = Folder::new();
    folder.done(&["init"]);
    let mut session = on_terminal(new_at(&folder, &endpoint));
    session.expect("Keep secrets in .env, which git ignores?").unwrap();
    session.send("y").unwrap();
    let mut next = || asked.recv_timeout(PATIENCE).unwrap();
    let put = std::iter::repeat_with(&mut next).find(|request| request.starts_with("PUT")).unwrap();
    session.send("\x03").unwrap();
    let deleted = next();
    assert_eq!(deleted, put.replace("PUT", "DELETE"));
    let shown = rest(&mut session);
    let told = "interrupted; storages.Photos is written; try it with `storages check --online Photos`";
    assert!(shown.contains(told) && !shown.contains("nothing is written"), "{shown:?}");
    assert!(folder.at("storages/Photos/Photos.json").exists());
}

#[test]
fn transfers_show_a_bar_with_rate_and_time_left_on_terminals_only() {
    let mut demo = Demo::new();
    let wire = Wire::to(&demo.server.endpoint);
    demo.folder.variable("MY_OSS_ENDPOINT", &wire.endpoint);
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

    // What is printed there is the content, and nothing else.
    let content = "a line of content\n".repeat(100_000);
    demo.write("content", &content);
    demo.done(&["put", "content", ":"]);
    let shown = rest(&mut on_terminal(demo.command(&["get", ":content", "-"])));
    assert!(shown.replace("\r\n", "\n") == content, "{:?}", &shown[..shown.len().min(500)]);

    let quiet = rest(&mut on_terminal(demo.command(&["put", "-q", "-r", "d", ":e/"])));
    assert!(!quiet.contains("MiB") && !quiet.contains('\u{1b}'), "{quiet:?}");
    assert_eq!(demo.done(&["ls", ":e/"]), "e/big.bin\n");
    let said = demo.run(&["put", "-r", "d", ":f/"]);
    assert!(said.code == Some(0) && !said.err.contains("left") && !said.err.contains('\u{1b}'), "{said:?}");
}
