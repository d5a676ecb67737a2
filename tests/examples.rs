//! The examples do what they say: each is run as a user runs it, without an account.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::path::PathBuf;
use std::process::Command;

/// Runs an example that `cargo test` has built, and returns what it printed.
fn run(example: &str, arguments: &[&str]) -> String {
    let program = std::env::current_exe().unwrap();
    let mut path: PathBuf = program.ancestors().nth(2).unwrap().join("examples").join(example);
    path.set_extension(std::env::consts::EXE_EXTENSION);
    let mut command = Command::new(path);
    for account in ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_ENDPOINT", "OSS_BUCKET"] {
        command.env_remove(account);
    }
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn line<'a>(said: &'a str, start: &str) -> &'a str {
    said.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line `{start}…` in {said}"))
}

#[test]
fn quickstart_shows_every_step_with_its_result() {
    let said = run("quickstart", &[]);
    assert!(line(&said, "element").contains("storages.MyOss is a storages.OssType"));
    assert!(line(&said, "uploaded").contains("/quickstart/folder/example.txt"));
    assert!(line(&said, "download").ends_with("equal to the file: true"));
    assert!(line(&said, "signed").contains("x-oss-signature="));
    assert!(line(&said, "GET of it").ends_with("equal to the file: true"));
    let object: serde_json::Value =
        serde_json::from_str(line(&said, "object").trim_start_matches("object").trim()).unwrap();
    assert_eq!(object["contentType"], "text/plain");
    assert_eq!(object["name"], "folder/example.txt");
    assert!(line(&said, "deleted").ends_with("exists now: false"));
}

#[test]
fn quickstart_runs_without_ca_certificates() {
    // The embedded server speaks plain HTTP; a machine without certificates is no obstacle.
    let program = std::env::current_exe().unwrap();
    let path =
        program.ancestors().nth(2).unwrap().join("examples/quickstart").with_extension(std::env::consts::EXE_EXTENSION);
    let nowhere = tempfile::tempdir().unwrap();
    let missing = nowhere.path().join("none");
    let output = Command::new(path)
        .env("SSL_CERT_FILE", &missing)
        .env("SSL_CERT_DIR", &missing)
        .env_remove("OSS_BUCKET")
        .output();
    assert!(output.unwrap().status.success());
}

#[test]
fn the_batch_goes_on_after_a_failure() {
    let said = run("batch", &[]);
    assert_eq!(said.lines().filter(|line| line.starts_with("uploaded batch/file")).count(), 2);
    assert!(line(&said, "failed   batch/file2.txt").contains("is not a content type"));
    assert!(line(&said, "failed   /not/a/name").contains("may not begin with `/`"));
    assert!(said.contains("19 of the batch are uploaded"));
    assert!(said.contains("21 deleted again"));
}

#[test]
fn a_large_file_goes_up_and_down_in_bounded_memory() {
    let said = run("large_file", &["256"]);
    assert!(said.contains("uploaded 268435456 bytes"));
    assert!(said.contains("downloaded 268435456 bytes, CRC-64 checked"));
    assert!(said.contains(r#"b"\0\0\x02\0\0\0\0\0\x01\0\x02\0\0\0\0\0""#), "{said}");
    if let Some(peak) =
        said.lines().find_map(|line| line.strip_prefix("highest memory of this process, server included: "))
    {
        let mebibytes: u64 = peak.trim_end_matches(" MiB").parse().unwrap();
        assert!(mebibytes < 128, "{mebibytes} MiB, of a file of 256 MiB");
    }
}

#[test]
fn errors_name_the_element_and_its_type() {
    let said = run("error_handling", &[]);
    assert!(
        line(&said, "download failed: storages.MyOss (storages.OssType): download of `no/such/file.txt`")
            .contains("no such object")
    );
    assert!(said.contains("did you mean `storages.MyOss`?"));
    assert!(said.contains("did you mean `endPoint`?"));
}
