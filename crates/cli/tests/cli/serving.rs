//! `init` and `serve`.

use crate::fixture::{Demo, Folder, Server};

#[test]
fn init_makes_an_app_that_git_sees_no_secret_of() {
    let folder = Folder::new();
    assert_eq!(
        folder.done(&["init", "demo"]),
        "demo/app.json\ndemo/storages/MyOss/e.json\ndemo/storages/MyOss/MyOss.json\ndemo/.env\ndemo/README.md\n"
    );
    assert_eq!(folder.read("demo/.gitignore"), ".env\n.storages/\n");
    let env = folder.read("demo/.env");
    let secret = env.lines().find_map(|line| line.strip_prefix("OSS_ACCESS_KEY_SECRET=")).unwrap();
    assert!(secret.len() >= 30, "{} characters", secret.len());
    assert!(!folder.read("demo/storages/MyOss/MyOss.json").contains(secret));
}

#[test]
fn init_never_overwrites_unless_forced() {
    let folder = Folder::new();
    folder.done(&["init", "demo"]);
    let env = folder.read("demo/.env");
    folder.write("demo/README.md", "mine");
    folder.write("demo/storages/MyOss/MyOss.json", "{}");
    let said = folder.run(&["init", "demo"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("`demo/app.json` is there already") && said.err.contains("--force"), "{}", said.err);
    assert_eq!(folder.read("demo/storages/MyOss/MyOss.json"), "{}");
    folder.done(&["init", "--force", "demo"]);
    assert!(folder.read("demo/storages/MyOss/MyOss.json").contains("{{OSS_ACCESS_KEY_SECRET}}"));
    assert_eq!((folder.read("demo/.env"), folder.read("demo/README.md")), (env, "mine".to_owned()));
}

#[test]
fn the_first_line_is_the_endpoint_and_nothing_secret_is_said() {
    let folder = Folder::new();
    let server = Server::start(folder.command(&["serve", "--port", "0"]));
    let port = server.endpoint.strip_prefix("http://127.0.0.1:").unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    assert_eq!(folder.read(".storages/.gitignore"), "*\n");
    assert!(folder.read(".storages/server/keys.env").starts_with("OSS_ACCESS_KEY_ID=local"));
}

#[cfg(unix)]
#[test]
fn it_stops_in_good_order_and_keeps_keys_and_data_for_next_time() {
    use std::process::Stdio;

    use crate::fixture::signal;

    let mut folder = Folder::new();
    let serve = ["serve", "--port", "0", "--bucket", "my-bucket"];
    let mut first = folder.command(&serve);
    first.stderr(Stdio::null());
    let server = Server::start(first);
    let keys = folder.read(".storages/server/keys.env");
    folder.write("storages/MyOss/e.json", r#"{"title": "T", "type": "storages.OssType", "backendBundleEntry": "."}"#);
    folder.write(
        "storages/MyOss/MyOss.json",
        r#"{"accessKeyId": "{{OSS_ACCESS_KEY_ID}}", "accessKeySecret": "{{OSS_ACCESS_KEY_SECRET}}",
            "endPoint": "{{ENDPOINT}}", "bucketName": "my-bucket"}"#,
    );
    folder.write(".env", &keys);
    folder.write("a.txt", "kept");
    let endpoint = server.endpoint.clone();
    folder.variable("ENDPOINT", &endpoint);
    folder.done(&["put", "a.txt", "MyOss:a.txt"]);
    signal("INT", server.id());
    assert_eq!(server.wait(), Some(0));
    assert!(folder.run(&["cat", "MyOss:a.txt"]).code == Some(1));

    let server = Server::start(folder.command(&serve));
    assert_eq!(folder.read(".storages/server/keys.env"), keys);
    folder.variable("ENDPOINT", &server.endpoint);
    assert_eq!(folder.done(&["cat", "MyOss:a.txt"]), "kept");
}

#[test]
fn it_serves_what_the_elements_of_the_app_are_configured_for() {
    let demo = Demo::new();
    let said = demo.done(&["ls", "MyOss:"]);
    assert_eq!(said, "");
    assert!(!demo.at(".storages/server/keys.env").exists());
}

#[test]
fn a_port_that_is_taken_is_told() {
    let demo = Demo::new();
    let port = demo.server.endpoint.rsplit(':').next().unwrap().to_owned();
    let said = Folder::new().run(&["serve", "--port", &port]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("another program has the port; choose one with `--port`"), "{}", said.err);
}
