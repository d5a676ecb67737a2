//! `init` and `serve`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::fixture::{Demo, Folder, Said, Server};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn init_makes_an_app_that_git_sees_no_secret_of() {
    let folder = Folder::new();
    assert_eq!(
        folder.done(&["init", "demo"]),
        "demo/app.json\ndemo/storages/MyOss/e.json\ndemo/storages/MyOss/MyOss.json\ndemo/.env\ndemo/README.md\n"
    );
    assert_eq!(folder.read("demo/.gitignore"), ".env\n.storages/\n");
    let said = folder.run(&["init", "my demo"]);
    let quoted = if cfg!(windows) { "\"my demo\"" } else { "'my demo'" };
    assert!(said.err.contains(&format!("next: cd {quoted} && storages serve\n")), "{said:?}");
    let env = folder.read("demo/.env");
    let secret = env.lines().find_map(|line| line.strip_prefix("MY_OSS_ACCESS_KEY_SECRET=")).unwrap();
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
    assert!(folder.read("demo/storages/MyOss/MyOss.json").contains("{{MY_OSS_ACCESS_KEY_SECRET}}"));
    assert_eq!((folder.read("demo/.env"), folder.read("demo/README.md")), (env, "mine".to_owned()));
}

#[test]
fn init_never_touches_an_app_that_is_more_than_ours() {
    let folder = Folder::new();
    let app_json = r#"{"appId": "acme.Crm", "extends": [{"appId": "wanyun.JitAi", "version": "1.0.0"}]}"#;
    for content in [app_json, r#"{"settings": {"theme": {"dark": true}}}"#, "{ broken"] {
        folder.write("app.json", content);
        for arguments in [&["init"][..], &["init", "--force"]] {
            let said = folder.run(arguments);
            assert_eq!(said.code, Some(2), "{said:?}");
            assert!(said.err.contains("this is an app: add a storage with `storages new NAME`"), "{said:?}");
            assert!(!said.err.contains("--force"), "{said:?}");
        }
        assert_eq!(folder.read("app.json"), content);
        assert!(!folder.at("storages").exists() && !folder.at(".env").exists());
    }
    // One of ours stays as it is, too.
    folder.write("app.json", r#"{"appId": "acme.Crm", "title": "Mine"}"#);
    assert!(folder.run(&["init"]).err.contains("or write `MyOss` anew with `--force`"));
    folder.done(&["init", "--force"]);
    assert_eq!(folder.read("app.json"), r#"{"appId": "acme.Crm", "title": "Mine"}"#);
}

#[test]
fn init_never_makes_itself_the_default_of_elements_without_an_app_json() {
    let folder = Folder::new();
    folder.write("storages/Mine/e.json", r#"{"title": "T", "type": "storages.OssType"}"#);
    for arguments in [&["init"][..], &["init", "--force"]] {
        let said = folder.run(arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(
            said.err.contains("storages/Mine` is there already, so this is an app: add a storage with"),
            "{said:?}"
        );
        assert!(
            !folder.at("app.json").exists() && !folder.at("storages/MyOss").exists() && !folder.at(".env").exists()
        );
    }
}

#[test]
fn init_writes_nothing_where_the_keys_cannot_be_written() {
    let folder = Folder::new();
    folder.write(".env/bin/python", "");
    let said = folder.run(&["init"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(".env` must be an ordinary file"), "{said:?}");
    assert_eq!(std::fs::read_dir(folder.root()).unwrap().count(), 1);
}

#[test]
fn init_goes_where_the_app_is_said_to_be_and_completes_a_key_pair() {
    let mut folder = Folder::new();
    folder.write("one/.env", "MY_OSS_ACCESS_KEY_ID=mine\nOTHER=x");
    folder.write("two/.env", "export MY_OSS_ACCESS_KEY_SECRET='mine'\n");
    folder.done(&["init", "--app", "one"]);
    let said = folder.run(&["init", "--app", "one", "two"]);
    assert!(said.code == Some(2) && said.err.contains("give one of them"), "{said:?}");
    assert!(!folder.at("app.json").exists() && !folder.at("two/app.json").exists());
    folder.variable("STORAGES_APP", "two");
    folder.done(&["init"]);
    let env = folder.read("one/.env");
    assert!(env.starts_with("MY_OSS_ACCESS_KEY_ID=mine\nOTHER=x\nMY_OSS_ACCESS_KEY_SECRET="), "{env}");
    assert_eq!(env.lines().count(), 3, "{env}");
    let env = folder.read("two/.env");
    assert!(env.starts_with("export MY_OSS_ACCESS_KEY_SECRET='mine'\nMY_OSS_ACCESS_KEY_ID=local"), "{env}");
    assert_eq!(env.lines().count(), 2, "{env}");
}

#[test]
fn the_usual_variables_of_oss_do_not_reach_the_demo_and_its_own_are_warned_of() {
    let mut folder = Folder::new();
    for name in ["OSS_ENDPOINT", "OSS_BUCKET", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"] {
        folder.variable(name, "production");
    }
    let said = folder.run(&["init"]);
    assert!(said.code == Some(0) && !said.err.contains("warning"), "{said:?}");
    assert!(!folder.done(&["show"]).contains("production") && !folder.read("README.md").contains("`OSS_"));
    folder.variable("MY_OSS_ENDPOINT", "http://127.0.0.1:1");
    folder.variable("MY_OSS_ACCESS_KEY_SECRET", "hush");
    let said = folder.run(&["init", "--force"]);
    assert!(said.err.contains("warning: `MY_OSS_ENDPOINT` is set in the environment"), "{said:?}");
    let overridden = "warning: the environment has other values than `.env`, and they count: unset \
                      `MY_OSS_ACCESS_KEY_SECRET` if";
    assert!(said.err.contains(overridden) && !said.err.contains("hush"), "{said:?}");
    let said = stopped(folder.command(&["serve", "--port", "0"]));
    assert!(said.contains(overridden), "{said}");
}

#[test]
fn the_readmes_name_the_variables_of_the_demo() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let business = folder.read("storages/MyOss/MyOss.json");
    for readme in [include_str!("../../../../README.md"), include_str!("../../../../README.zh-CN.md")] {
        let section = readme.split("\n## ").nth(2).unwrap();
        let named: Vec<_> = section.split('`').filter(|code| code.contains("OSS_")).collect();
        assert_eq!(named.len(), 4, "{named:?}");
        for name in named {
            let is_used =
                [format!("{{{{{name}}}}}"), format!("${{{name}:-")].iter().any(|used| business.contains(used));
            assert!(is_used, "{name}: {business}");
            assert!(folder.read("README.md").contains(&format!("`{name}`")), "{name}");
        }
    }
}

/// What a server says on standard error until it is stopped.
fn stopped(command: Command) -> String {
    heard(command).err
}

/// What a server says until it has said how to stop it, which it does last.
fn heard(mut command: Command) -> Said {
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (teller, told) = channel();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| teller.send(line)));
    let mut err = String::new();
    let end = loop {
        match told.recv_timeout(PATIENCE) {
            Ok(line) => err.push_str(&format!("{line}\n")),
            Err(end) => break end,
        }
        if err.ends_with("Ctrl-C stops it\n") {
            break RecvTimeoutError::Disconnected;
        }
    };
    process.kill().unwrap();
    let mut out = String::new();
    process.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let code = process.wait().unwrap().code();
    assert_eq!(end, RecvTimeoutError::Disconnected, "it neither ends nor says how to stop it: {err}");
    Said { code, out, err }
}

#[test]
fn elements_that_expect_something_else_are_told_what_to_set() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let said = stopped(folder.command(&["serve", "--port", "0"]));
    assert!(
        said.contains("storages.MyOss expects port 9380; to use this server set MY_OSS_ENDPOINT=http://127.0.0.1:")
    );
    assert!(!said.contains("serves"), "{said}");
    for (name, secret, region) in [("A", "one", "cn-beijing"), ("B", "two", "cn-shanghai")] {
        folder.write(&format!("storages/{name}/e.json"), r#"{"title": "T", "type": "storages.OssType"}"#);
        folder.write(
            &format!("storages/{name}/{name}.json"),
            format!(
                r#"{{"accessKeyId": "id", "accessKeySecret": "{secret}", "endPoint": "http://127.0.0.1:9380",
                    "bucketName": "my-bucket", "region": "{region}"}}"#
            ),
        );
    }
    let said = stopped(folder.command(&["serve", "--port", "0"]));
    for expected in [
        "warning: storages.B has another secret for the key id `id`",
        "warning: storages.B signs for the region `cn-shanghai`, the server is in `cn-beijing`",
        "set `endPoint` in ",
    ] {
        assert!(said.contains(expected), "{expected}\n---\n{said}");
    }
}

#[test]
fn elements_whose_keys_the_server_does_not_know_are_not_served() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    folder.variable("MY_OSS_ENDPOINT", &format!("http://127.0.0.1:{}", free_port()));
    let said = stopped(folder.command(&["serve"]));
    assert!(said.contains("\nserves storages.MyOss; Ctrl-C") && !said.contains("warning"), "{said}");
    folder.variable("STORAGES_SERVE_SECRET", "hush");
    // Without an id it is not meant.
    let said = stopped(folder.command(&["serve"]));
    assert!(said.contains("\nserves storages.MyOss; Ctrl-C") && !said.contains("warning"), "{said}");
    let said = stopped(folder.command(&["serve", "--access-key-id", "other"]));
    assert!(said.contains("warning: storages.MyOss has the key id `local"), "{said}");
    assert!(said.contains("which the server does not know, and will be refused"), "{said}");
    assert!(!said.contains("serves") && !said.contains("hush"), "{said}");
}

#[test]
fn nothing_empty_is_taken_for_a_key() {
    let mut folder = Folder::new();
    folder.variable("STORAGES_SERVE_SECRET", "");
    for (options, why) in [
        (&["--access-key-id", "x", "--access-key-secret", ""][..], "`--access-key-secret` is empty"),
        (&["--access-key-id", "x"], "`--access-key-id` needs a secret"),
        (&["--access-key-id", "", "--access-key-secret", "hush"], "`--access-key-id` is empty"),
        (&["--access-key-id", ""], "`--access-key-id` is empty"),
    ] {
        let said = heard(folder.command(&[&["serve", "--port", "0"], options].concat()));
        assert!(said.code == Some(2) && said.err.contains(why), "{options:?}: {said:?}");
    }
    assert_eq!(std::fs::read_dir(folder.root()).unwrap().count(), 0);
}

#[test]
fn the_configuration_to_paste_names_a_region_that_is_not_the_usual_one() {
    let folder = Folder::new();
    let said = stopped(folder.command(&["serve", "--port", "0", "--region", "cn-beijing"]));
    assert!(said.contains("\"region\": \"cn-beijing\""), "{said}");
    let said = stopped(folder.command(&["serve", "--port", "0"]));
    assert!(said.contains("\"bucketName\"") && !said.contains("\"region\""), "{said}");
}

#[test]
fn what_is_printed_to_paste_makes_an_app_of_an_empty_folder() {
    let folder = Folder::new();
    let said = stopped(folder.command(&["serve", "--port", "0"]));
    let (_, pasted) = said.split_once("storages/MyOss/e.json:\n").unwrap();
    let (element, business) = pasted.split_once("storages/MyOss/MyOss.json:\n").unwrap();
    folder.write("storages/MyOss/e.json", element);
    folder.write("storages/MyOss/MyOss.json", business.strip_suffix("Ctrl-C stops it\n").unwrap());
    folder.write(".env", folder.read(".storages/server/keys.env"));
    // On the port that the element names now.
    let _server = Server::start(folder.command(&["serve"]));
    folder.write("a", "a");
    folder.done(&["put", "a", "MyOss:"]);
    assert_eq!(folder.done(&["cat", "MyOss:a"]), "a");
}

#[test]
fn names_of_this_machine_are_not_warned_of() {
    let folder = Folder::new();
    for host in ["localhost", "127.0.0.1"] {
        let said = stopped(folder.command(&["serve", "--port", "0", "--host", host]));
        assert!(!said.contains("warning"), "{host}: {said}");
    }
    let said = stopped(folder.command(&["serve", "--port", "0", "--host", "0.0.0.0"]));
    assert!(said.contains("warning: whoever reaches `0.0.0.0` can try to log in"), "{said}");
}

#[test]
fn what_is_wrong_in_a_file_is_no_wrong_usage() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let business = folder.read("storages/MyOss/MyOss.json");
    folder.write("storages/MyOss/MyOss.json", business.replace("${MY_OSS_BUCKET:-my-bucket}", "My_Bucket"));
    let said = folder.run(&["serve", "--port", "0"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("storages.MyOss: `My_Bucket` is not a bucket name"), "{said:?}");
}

/// Free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_element_with_a_region_works_with_its_server() {
    let mut demo = Demo::new();
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["region"] = "cn-beijing".into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    let server = Server::start(demo.command(&["serve", "--port", "0", "--data", "other"]));
    demo.folder.variable("MY_OSS_ENDPOINT", &server.endpoint);
    demo.done(&["put", "README.md", ":"]);
    assert_eq!(demo.done(&["check", "--online"]), "");
}

#[test]
fn the_first_line_is_the_endpoint_and_nothing_secret_is_said() {
    let folder = Folder::new();
    let Said { out, err, .. } = heard(folder.command(&["serve", "--port", "0"]));
    let port = out.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('\n')).unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    assert_eq!(folder.read(".storages/.gitignore"), "*\n");
    let keys = folder.read(".storages/server/keys.env");
    let secret = keys.lines().find_map(|line| line.strip_prefix("MY_OSS_ACCESS_KEY_SECRET=")).unwrap();
    assert!(secret.len() >= 30 && !err.contains(secret) && err.contains("server/keys.env >> .env)"), "{err}");
    // Behind a line without an end, too.
    folder.write(".env", format!("A=1{keys}"));
    let names = jit_storages::app::EnvFile::of_app(folder.root()).names().join(" ");
    assert_eq!(names, "A MY_OSS_ACCESS_KEY_ID MY_OSS_ACCESS_KEY_SECRET");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let keys = std::fs::metadata(folder.at(".storages/server/keys.env")).unwrap();
        assert_eq!(keys.permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_not_utf8_is_told_in_json() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    let app = folder.root().join(OsStr::from_bytes(b"a\xff"));
    if std::fs::create_dir_all(app.join("storages/Broken")).is_err() {
        // A file system where all names are UTF-8.
        return;
    }
    std::fs::write(app.join("storages/Broken/e.json"), "{").unwrap();
    let mut serve = folder.command(&["serve", "--json", "--port", "0"]);
    serve.current_dir(&app);
    let told = Server::start(serve).endpoint.clone();
    assert!(told.starts_with("{\"endpoint\":\"http://127.0.0.1:") && told.contains("a\u{fffd}/.storages"), "{told}");
    let mut check = folder.command(&["check", "--json"]);
    let said = Said::from(check.current_dir(&app).output().unwrap());
    assert!(said.code == Some(1) && said.out.contains("a\u{fffd}/storages/Broken/e.json"), "{said:?}");
}

#[cfg(unix)]
#[test]
fn git_sees_no_key_that_serve_makes() {
    let folder = Folder::new();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder.root()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    folder.write(".gitignore", "/target");
    folder.write("mine/notes", "x");
    git(&["add", "."]);
    let status = || git(&["status", "--porcelain", "--untracked-files=all"]);
    let staged = status();
    stopped(folder.command(&["serve", "--port", "0"]));
    let said = stopped(folder.command(&["serve", "--port", "0", "--data", "new/d"]));
    assert_eq!(status(), staged);
    let typed = said.lines().find_map(|line| Some(line.split_once("use them by: ")?.1)).unwrap();
    assert!(Command::new("sh").args(["-c", typed]).current_dir(folder.root()).status().unwrap().success());
    assert_eq!((folder.at(".env").exists(), folder.read(".gitignore").as_str()), (true, "/target\n.env\n"));
    // What is there already is somebody's.
    stopped(folder.command(&["serve", "--port", "0", "--data", "mine"]));
    assert_eq!(folder.read("mine/.gitignore"), "keys.env\n");
    let seen = status();
    assert!(!seen.contains("?? .env") && !seen.contains("keys.env"), "{seen}");
}

#[cfg(unix)]
#[test]
fn it_stops_in_good_order_and_keeps_keys_and_data_for_next_time() {
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
        r#"{"accessKeyId": "{{MY_OSS_ACCESS_KEY_ID}}", "accessKeySecret": "{{MY_OSS_ACCESS_KEY_SECRET}}",
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
