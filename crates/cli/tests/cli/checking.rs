//! `check`: what is wrong, where, and what to do.

use std::net::TcpListener;
use std::process::Command;

use crate::fixture::{Demo, Folder};

/// A file of nothing.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Git with nothing of this machine's configuration.
fn git(folder: &Folder, arguments: &[&str]) {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        git.env_remove(name);
    }
    git.env("GIT_CONFIG_GLOBAL", NOTHING).env("GIT_CONFIG_NOSYSTEM", "1");
    let done = git.arg("-C").arg(folder.at("")).args(arguments).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// A folder in which `check` asks git without this machine's configuration, which may ignore files everywhere.
fn repository() -> Folder {
    let mut folder = Folder::new();
    folder.variable("GIT_CONFIG_GLOBAL", NOTHING);
    folder.variable("GIT_CONFIG_NOSYSTEM", "1");
    git(&folder, &["init", "-q"]);
    folder
}

/// What `check` prints, with the code 1.
fn found(folder: &Folder, arguments: &[&str]) -> String {
    let said = folder.run(&[&["check"], arguments].concat());
    assert_eq!(said.code, Some(1), "{said:?}");
    said.out
}

#[test]
fn a_new_app_is_well_with_and_without_its_server() {
    let demo = Demo::new();
    let said = demo.run(&["check"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", "all is well with 1 storage\n"));
    let said = demo.run(&["check", "--online", "-v", "MyOss"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.err.contains("storages.MyOss is reached and takes objects"), "{}", said.err);
    assert_eq!(demo.done(&["ls", "-r", ":"]), "");
}

#[test]
fn everything_is_told_in_one_pass_with_its_place_and_remedy() {
    let folder = repository();
    folder
        .write("app.json", "{\n  \"settings\": {\"defaultElement\": {\n    \"defaultStorage\": \"storages.MyOs\"}}\n}");
    folder.write("storages/MyOss/e.json", "{\n  \"titel\": \"T\",\n  \"type\": \"storages.OssType\"\n}");
    folder.write(
        "storages/MyOss/MyOss.json",
        "{\n  \"accessKeyId\": \"id\",\n  \"accessKeySecret\": \"hush-hush\",\n  \"endpoint\": \"x\",\n  \
         \"bucketName\": \"{{BUCKET}}\",\n  \"maxAttempts\": 100\n}",
    );
    folder.write("storages/Photos/e.json", "{\"title\": \"P\", \"type\": \"storages.OssType\"}");
    folder.write(
        "storages/Photos/Photos.json",
        "{\n  \"accessKeyId\": \"id\",\n  \"accessKeySecret\": \"{{SECRET}}\",\n  \"endPoint\": \
         \"docs.oss-cn-hangzhou.aliyuncs.com\",\n  \"bucketName\": \"photos\",\n  \"region\": \"cn-beijing\"\n}",
    );
    folder.write(".env", "SECRET=hush");
    git(&folder, &["add", "storages/MyOss"]);
    let text = found(&folder, &[]);
    assert!(!text.contains("hush"), "{text}");
    for expected in [
        "error: app.json:3:5: the default storage `storages.MyOs` is not there: no element has this fullName\n  → did \
         you mean `storages.MyOss`?",
        "warning: .env: git does not ignore this file, and it holds secrets\n  → echo .env >> .gitignore",
        "warning: storages/MyOss/e.json: there is no `title`",
        "warning: storages/MyOss/e.json:2:3: the field `titel` means nothing\n  → did you mean `title`?",
        "error: storages/MyOss/MyOss.json:3:3: the secret `accessKeySecret` stands in plain text in a file that git \
         tracks\n  → write \"{{MY_OSS_ACCESS_KEY_SECRET}}\" here",
        "error: storages/MyOss/MyOss.json:4:3: key `endpoint` is not known\n  → did you mean `endPoint`?",
        "error: storages/MyOss/MyOss.json:5:3: key `bucketName`: variable `BUCKET` has no value\n  → set `BUCKET`",
        "error: storages/MyOss/MyOss.json:6:3: key `maxAttempts`: `100` is not what it takes",
        "error: storages/Photos/Photos.json:4:3: key `endPoint`: ",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    let said = folder.run(&["check", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    // That others can read `.env` is a thing of Unix.
    let warnings = 3 + u64::from(cfg!(unix));
    assert_eq!((report["errors"].as_u64(), report["warnings"].as_u64()), (Some(6), Some(warnings)), "{report:#}");
    // Of one storage alone.
    assert!(!found(&folder, &["Photos"]).contains("MyOss.json"));
}

#[test]
fn an_app_that_does_not_load_tells_all_of_its_broken_files() {
    let folder = Folder::new();
    folder.write("app.json", "{\n  \"appId\": \"me.a\",\n}");
    folder.write("storages/A/e.json", "{\n oops\n}");
    folder.write("storages/B/e.json", "{\"type\": \"storages.OssType\"}");
    folder.write("storages/B/B.json", "[]");
    folder.write("storages/C/e.json", "{\"type\": \"storages.OssType\"}");
    folder.write("storages/C/config.json", "[]");
    // What a Type has of this name is of another tool.
    folder.write("storages/T/e.json", "{\"type\": \"storages.Meta\"}");
    folder.write("storages/T/config.json", "[]");
    folder.write(".env", "hush hush");
    let text = found(&folder, &[]);
    for place in [
        "app.json:3:1: ",
        "storages/A/e.json:2:2: ",
        "storages/B/B.json:1:1: ",
        "storages/C/config.json:1:1: ",
        "warning: .env:1: this is no `NAME=value`",
    ] {
        assert!(text.contains(place), "{place}\n---\n{text}");
    }
    assert!(!text.contains("storages/T/"), "{text}");
    std::fs::remove_dir_all(folder.at("storages/C")).unwrap();
    std::fs::remove_dir_all(folder.at("storages/T")).unwrap();
    folder.write("app.json", "{}");
    folder.write("storages/A/e.json", "{\"type\": \"storages.OssType\"}");
    folder.write("storages/B/B.json", "{\"bucketName\": \"{{B}}\"}");
    folder.write(".env", "A=1\nhush hush\nhush\nB='b");
    let text = found(&folder, &[]);
    for expected in [
        "warning: .env:2: this is no `NAME=value`\n  → write `NAME=value`",
        "warning: .env:3: this is no `NAME=value`\n  → write `NAME=value`",
        "warning: .env:4: the quotes do not end",
        "error: storages/B/B.json:1:2: key `bucketName`: variable `B` has no value",
        "look at `",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    // Each once, and nothing of what stands there.
    assert!(text.matches("NAME=value`").count() == 6 && !text.contains("hush"), "{text}");
    for expected in
        ["A.json: key `endPoint` is missing\n  → there is no such file, create it", "A.json: key `accessKeyId`"]
    {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn secrets_are_found_wherever_they_stand_in_plain_text() {
    let folder = repository();
    folder.write(
        "app.json",
        "{\n  \"variables\": [\n    {\"name\": \"OF_APP\", \"default\": \"hush-app\"},\n    {\"name\": \"HARMLESS\", \
         \"default\": \"photos\"}\n  ]\n}",
    );
    folder.write(
        "storages/Near/e.json",
        "{\"title\": \"N\", \"type\": \"storages.OssType\",\n  \"variables\": [{\"name\": \"OF_TYPE\", \"default\": \
         \"hush-of-type\"}]\n}",
    );
    folder.write(
        "storages/Near/Near.json",
        "{\"accessKeyId\": \"id\", \"bucketName\": \"{{HARMLESS}}\", \"endPoint\": \"oss-cn-hangzhou.aliyuncs.com\",\n  \
         \"securityToken\": \"hush-type\"\n}",
    );
    for (name, secret) in [
        ("Default", "${NOT_SET:-hush-default}"),
        ("NoTemplate", "{{x:-hush-text}}"),
        ("OfApp", "{{OF_APP}}"),
        ("OfElement", "{{OF_ELEMENT}}"),
        ("OfType", "{{OF_TYPE}}"),
        ("Fine", "{{FINE}}"),
    ] {
        folder.write(
            &format!("storages/{name}/e.json"),
            "{\"title\": \"T\", \"type\": \"storages.Near\",\n  \"variables\": [{\"name\": \"OF_ELEMENT\", \"default\": \
             \"hush-element\"}]\n}",
        );
        folder.write(&format!("storages/{name}/{name}.json"), format!("{{\n  \"accessKeySecret\": \"{secret}\"\n}}"));
    }
    folder.write("storages/Fine/Fine.json", r#"{"accessKeySecret": "{{FINE}}", "proxy": "http://proxy:3128"}"#);
    folder.write(".env", "FINE=hush-env");
    git(&folder, &["add", "-f", "."]);
    git(&folder, &["rm", "-q", "--cached", ".env"]);
    let text = found(&folder, &[]);
    let stands = "stands in plain text in a file that git tracks\n  → ";
    for expected in [
        format!("error: app.json:3:14: the default of the variable `OF_APP`, which a secret is taken from, {stands}"),
        format!(
            "error: storages/Near/Near.json:2:3: the secret `securityToken` {stands}write \"{{{{NEAR_SECURITY_TOKEN}}}}\" here"
        ),
        format!("error: storages/Default/Default.json:2:3: a default of the secret `accessKeySecret` {stands}"),
        format!("error: storages/NoTemplate/NoTemplate.json:2:3: the secret `accessKeySecret` {stands}"),
        "error: storages/OfElement/e.json:2:26: the default of the variable `OF_ELEMENT`, which".to_owned(),
        "error: storages/Near/e.json:2:26: the default of the variable `OF_TYPE`, which".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected}\n---\n{text}");
    }
    assert!(!text.contains("hush") && !text.contains("HARMLESS") && !text.contains("Fine.json"), "{text}");
    assert_eq!(text.matches("Near.json").count(), 1, "{text}");
}

#[test]
fn a_type_that_nobody_provides_is_an_error_where_it_is_named() {
    let folder = Folder::new();
    folder.done(&["init"]);
    folder.write("storages/Slip/e.json", "{\n  \"title\": \"S\",\n  \"type\": \"storages.OsType\"\n}");
    folder.write("storages/Short/e.json", "{\"title\": \"S\", \"type\": \"OssType\"}");
    folder.write("storages/Mine/e.json", r#"{"type": "storages.Meta", "backendBundleEntry": "my-type"}"#);
    folder.write("storages/OfMine/e.json", "{\"title\": \"S\", \"type\": \"storages.Mine\"}");
    let text = found(&folder, &[]);
    for expected in [
        "error: storages/Slip/e.json:3:3: key `type`: there is no Type `storages.OsType`\n  → did you mean \
         `storages.OssType`? `storages types`",
        "error: storages/Short/e.json:1:16: key `type`: there is no Type `OssType`\n  → did you mean `storages.OssType`?",
        // A crate of the app's own program may have it.
        "warning: storages/OfMine/e.json:1:16: key `type`: `",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    assert_eq!(text.matches("OsType`").count(), 1, "{text}");
    // Also where the app's default storage has it: the file that names the default is right.
    folder.write("storages/MyOss/e.json", "{\"title\": \"S\", \"type\": \"storages.OsType\"}");
    assert!(!found(&folder, &[]).contains("app.json"));
}

#[test]
fn an_element_that_is_no_storage_for_want_of_a_type_is_told() {
    let folder = Folder::new();
    folder.done(&["init"]);
    folder.write("storages/None/e.json", r#"{"title": "N"}"#);
    folder.write("storages/Empty/e.json", "{\n  \"title\": \"E\",\n  \"type\": \"\"\n}");
    folder.write("storages/Slip/e.json", "{\n  \"title\": \"S\",\n  \"Type\": \"storages.OssType\"\n}");
    folder.write("storages/Meant/e.json", "{\n  \"title\": \"M\",\n  \"type\": \"storages.Meta\"\n}");
    // What others are made of, or a crate implements, is as it should be.
    folder.write("storages/Meta/e.json", r#"{"title": "Storages"}"#);
    folder.write("storages/OssType/e.json", r#"{"title": "OSS", "type": "storages.Meta"}"#);
    folder.write("storages/Mine/e.json", r#"{"type": "storages.Meta", "backendBundleEntry": "my-type"}"#);
    folder.write("pages/Home/e.json", r#"{"title": "Not ours"}"#);
    let text = found(&folder, &[]);
    let remedy = "there is no `type`, so this is no storage\n  → add \"type\": \"storages.OssType\"";
    for expected in [
        format!("error: storages/None/e.json: {remedy}"),
        format!("error: storages/Empty/e.json:3:3: {remedy}"),
        format!("error: storages/Slip/e.json: {remedy}"),
        "warning: storages/Slip/e.json:3:3: the field `Type` means nothing\n  → did you mean `type`?".to_owned(),
        "warning: storages/Meant/e.json:3:3: key `type`: `storages.Meta` makes this a Type, and nothing is made of it\n  \
         → a storage names a Type: \"type\": \"storages.OssType\""
            .to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected}\n---\n{text}");
    }
    assert_eq!(text.matches("\n  → ").count(), 5, "{text}");
    let said = folder.run(&["ls", "None:"]);
    assert!(
        said.code == Some(1) && said.err.contains("storages/None/e.json`: there is no `type`: add the"),
        "{said:?}"
    );
    assert!(said.err.contains("such as `storages.DiskType`, `storages.OssType`"), "{said:?}");
    // Also where the app's default storage lacks it: the file that names the default is right.
    folder.write("storages/MyOss/e.json", r#"{"title": "M"}"#);
    let text = found(&folder, &[]);
    assert!(text.contains("error: storages/MyOss/e.json: there is no `type`") && !text.contains("app.json"), "{text}");
}

#[test]
fn what_is_missing_is_told_beside_what_is_wrong() {
    let folder = Folder::new();
    folder.write("storages/S/e.json", "{\"title\": \"S\", \"type\": \"storages.OssType\"}");
    folder.write("storages/S/S.json", "{\n  \"maxAttempts\": 100\n}");
    let text = found(&folder, &[]);
    for expected in
        ["key `maxAttempts`", "key `endPoint` is missing", "key `bucketName` is missing", "key `accessKeyId`"]
    {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    // What a broken file says is not known.
    folder.write("storages/S/S.json", "{\n  \"endPoint\": \"x\",\n  oops\n}");
    let text = found(&folder, &[]);
    assert!(text.contains("storages/S/S.json:3:3: ") && !text.contains("is missing"), "{text}");
    // Nor what one says that cannot be read.
    std::fs::remove_file(folder.at("storages/S/S.json")).unwrap();
    folder.write("storages/S/S.json/x", "");
    let text = found(&folder, &[]);
    assert!(text.contains("S.json") && !text.contains("is missing"), "{text}");
    std::fs::remove_dir_all(folder.at("storages/S/S.json")).unwrap();
    // Other credentials need no keys.
    folder.write("storages/S/S.json", "{\"maxAttempts\": 100, \"credentials\": \"environment\"}");
    assert!(!found(&folder, &[]).contains("accessKeyId"));
}

#[test]
fn what_the_service_refuses_is_told_with_a_remedy() {
    let mut demo = Demo::new();
    demo.folder.variable("MY_OSS_ACCESS_KEY_SECRET", "another");
    let text = found(&demo, &["--online"]);
    assert!(text.contains("error: storages.MyOss: credentials (while listing): "), "{text}");
    let line = 1 + demo.read(".env").lines().position(|line| line.starts_with("MY_OSS_ACCESS_KEY_SECRET=")).unwrap();
    let hidden = format!("warning: .env:{line}: `MY_OSS_ACCESS_KEY_SECRET` has another value in the environment");
    assert!(text.starts_with(&hidden), "{text}");
    assert!(text.contains("SignatureDoesNotMatch"), "{text}");
    assert!(text.contains("\n  → ") && !text.contains("another\""), "{text}");

    let mut demo = Demo::new();
    demo.folder.variable("MY_OSS_BUCKET", "no-such-bucket");
    let text = found(&demo, &["--online"]);
    assert!(text.contains("bucket (while listing): ") && text.contains("NoSuchBucket"), "{text}");

    let mut demo = Demo::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    demo.folder.variable("MY_OSS_ENDPOINT", &format!("http://{closed}"));
    demo.folder.variable("NO_PROXY", "127.0.0.1");
    // What is logged shows no key.
    let said = demo.run(&["-v", "ls", ":"]);
    let env = demo.read(".env");
    let secret = env.lines().find_map(|line| line.strip_prefix("MY_OSS_ACCESS_KEY_SECRET=")).unwrap();
    assert!(said.err.contains("trying again") && !said.err.contains(secret), "{}", said.err);
    let text = found(&demo, &["--online"]);
    assert!(text.contains(&format!("connection: cannot connect to `{closed}`: ")), "{text}");
    assert!(text.contains("start the server: `storages serve`"), "{text}");
    let mut config: serde_json::Value = serde_json::from_str(&demo.read("storages/MyOss/MyOss.json")).unwrap();
    config["region"] = "cn-hangzhou".into();
    demo.write("storages/MyOss/MyOss.json", config.to_string());
    demo.folder.variable("MY_OSS_ENDPOINT", "http://no-such-host.invalid");
    let text = found(&demo, &["--online"]);
    assert!(text.contains("DNS: the host `no-such-host.invalid` has no address"), "{text}");
    // The server speaks no TLS.
    demo.folder.variable("MY_OSS_ENDPOINT", &demo.server.endpoint.replace("http:", "https:"));
    let said = demo.run(&["ls", ":"]);
    assert!(said.code == Some(1) && said.err.contains("write `http://` in `endPoint` where the server"), "{said:?}");
    assert!(!said.err.contains("start the server"), "{said:?}");
    let text = found(&demo, &["--online"]);
    assert!(text.contains("TLS (while listing): "), "{text}");
}

#[test]
fn secrets_are_told_where_git_is_pointed_elsewhere_or_does_not_answer() {
    let app = || {
        let folder = repository();
        folder.write("storages/S/e.json", "{\"title\": \"S\", \"type\": \"storages.OssType\"}");
        folder.write("storages/S/S.json", "{\"accessKeySecret\": \"hush\"}");
        folder.write(".env", "A=hush");
        git(&folder, &["add", "-f", "."]);
        folder
    };
    let mut folder = app();
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        folder.variable(name, "nowhere");
    }
    let text = found(&folder, &[]);
    assert!(text.contains("error: .env: git tracks this file"), "{text}");
    assert!(text.contains("S.json:1:2: the secret `accessKeySecret` stands in plain text in a file that git tracks"));

    let broken = app();
    broken.write(".git/config", "[oops");
    let mut without_git = app();
    without_git.variable("PATH", "");
    for folder in [broken, without_git] {
        let text = found(&folder, &[]);
        for expected in [
            "warning: .env: git does not tell whether it tracks this file, which holds secrets\n  → run `git status`",
            "warning: storages/S/S.json:1:2: the secret `accessKeySecret` stands in plain text in a file that git may \
             track, and git does not answer\n  → run `git status`",
        ] {
            assert!(text.contains(expected), "{expected}\n---\n{text}");
        }
    }
    // Where there is no repository, nobody needs git.
    let mut folder = Folder::new();
    folder.done(&["init"]);
    folder.variable("PATH", "");
    assert_eq!(folder.done(&["check"]), "");
}

#[test]
fn what_is_wrong_with_a_template_is_told_once_and_of_its_file() {
    let folder = Folder::new();
    folder.done(&["init"]);
    folder.write("storages/Near/e.json", r#"{"title": "N", "type": "storages.OssType"}"#);
    folder.write("storages/Near/Near.json", "{\n  \"maxAttempts\": 100\n}");
    for name in ["A", "B"] {
        folder.write(&format!("storages/{name}/e.json"), r#"{"title": "T", "type": "storages.Near"}"#);
        let keys = r#"{"accessKeyId": "id", "accessKeySecret": "{{A}}", "bucketName": "photos", "endPoint": "x"}"#;
        folder.write(&format!("storages/{name}/{name}.json"), keys);
    }
    folder.write(".env", "A=a");
    let text = found(&folder, &[]);
    assert!(text.contains("error: storages/Near/Near.json:2:3: key `maxAttempts`: "), "{text}");
    assert_eq!(text.matches("maxAttempts").count(), 1, "{text}");
}

#[cfg(unix)]
#[test]
fn what_was_found_before_an_interruption_is_told() {
    use std::process::Stdio;

    let mut demo = Demo::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    demo.folder.variable("MY_OSS_ENDPOINT", &format!("http://{}", silent.local_addr().unwrap()));
    demo.write(".env", format!("{}\noops\n", demo.read(".env")));
    let check = demo.command(&["check", "--online"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    crate::fixture::signal("INT", check.id());
    let said = check.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap());
    assert_eq!(said.status.code(), Some(130), "{out}{err}");
    assert!(out.starts_with("warning: .env:") && out.contains("this is no `NAME=value`"), "{out}");
    assert!(err.contains("interrupted; a probe may be left") && !err.contains("warning"), "{err}");
}
