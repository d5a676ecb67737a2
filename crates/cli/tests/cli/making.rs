//! `new`, given all by options.

use crate::fixture::{Demo, Folder, Said};

#[test]
fn without_a_terminal_it_never_asks_and_says_what_is_missing() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let said = folder.run(&["new", "Photos", "--set", "bucketName=photos"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(
        said.err,
        "error: what is missing cannot be asked for without a terminal; add: --type OssType --set accessKeyId=… --set \
         accessKeySecret=… --set endPoint=…\n"
    );
    // Other credentials need no keys.
    let said = folder.run(&["new", "Photos", "--type", "OssType", "--set", "credentials=environment"]);
    assert!(said.err.ends_with("add: --set endPoint=… --set bucketName=…\n"), "{}", said.err);
    assert!(!folder.at("storages/Photos").exists());
}

#[test]
fn an_element_is_written_tested_and_shown_in_rust() {
    let demo = Demo::new();
    let env = demo.read(".env");
    let value = |name: &str| env.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let secret = value("MY_OSS_ACCESS_KEY_SECRET=");
    let sets = [
        format!("endPoint={}", demo.server.endpoint),
        "bucketName=my-bucket".to_owned(),
        format!("accessKeyId={}", value("MY_OSS_ACCESS_KEY_ID=")),
        format!("accessKeySecret={secret}"),
        "maxAttempts=2".to_owned(),
        "crc64=false".to_owned(),
    ];
    let mut arguments = vec!["new", "PhotoAlbum", "--type", "storages.OssType", "--title", "Photos"];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    let said = demo.run(&arguments);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.out, "storages/PhotoAlbum/e.json\nstorages/PhotoAlbum/PhotoAlbum.json\n.env\n");
    assert!(said.err.starts_with("reached: storages.PhotoAlbum writes, reads and deletes\n"), "{}", said.err);
    let rust = said.err.split("In Rust:\n").nth(1).unwrap().trim_end();
    let compiled = include_str!("../../src/commands/five_lines.txt").trim().trim_matches(['{', '}']).trim();
    assert_eq!(rust.lines().count(), 5, "{rust}");
    assert_eq!(rust, compiled.replace("storages.Photos", "storages.PhotoAlbum").replace("photos", "photo_album"));
    let written = demo.read("storages/PhotoAlbum/PhotoAlbum.json");
    let business: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(business["accessKeySecret"], "{{PHOTO_ALBUM_ACCESS_KEY_SECRET}}");
    assert_eq!((business["maxAttempts"].as_u64(), business["crc64"].as_bool()), (Some(2), Some(false)));
    assert!(demo.read(".env").ends_with(&format!("PHOTO_ALBUM_ACCESS_KEY_SECRET={secret}\n")));
    assert!(!written.contains(&secret) && !said.out.contains(&secret) && !said.err.contains(&secret));
    assert_eq!(
        demo.read("storages/PhotoAlbum/e.json"),
        "{\n  \"title\": \"Photos\",\n  \"type\": \"storages.OssType\",\n  \"backendBundleEntry\": \".\",\n  \"variables\": []\n}\n"
    );
    assert_eq!(demo.run(&["check", "--online"]).code, Some(0));

    let again = demo.run(&arguments);
    assert!(again.code == Some(2) && again.err.contains("--force"), "{again:?}");
    arguments.push("--force");
    assert_eq!(demo.run(&arguments).code, Some(0));
}

/// What is printed for an element is what the compiler takes.
#[expect(dead_code, clippy::print_stdout, reason = "that it compiles is the test")]
async fn five_lines() -> Result<(), Box<dyn std::error::Error>> {
    include!("../../src/commands/five_lines.txt");
    Ok(())
}

/// Makes an element whose connection is not tried.
fn make(folder: &Folder, name: &str, secret: &str, more: &[&str]) -> Said {
    let secret = format!("accessKeySecret={secret}");
    let mut arguments = vec!["new", name, "--type", "OssType", "--no-test", "--set", "bucketName=photos"];
    arguments.extend(["--set", "endPoint=oss-cn-hangzhou.aliyuncs.com", "--set", "accessKeyId=id", "--set", &secret]);
    arguments.extend(more);
    folder.run(&arguments)
}

/// Makes an element whose keys come from elsewhere.
fn make_elsewhere(folder: &Folder, name: &str, sets: &[&str]) -> Said {
    let mut arguments = vec!["new", name, "--type", "OssType", "--no-test"];
    let sets = ["bucketName=photos", "endPoint=oss-cn-hangzhou.aliyuncs.com"].iter().chain(sets);
    sets.for_each(|set| arguments.extend(["--set", set]));
    folder.run(&arguments)
}

#[test]
fn no_element_takes_the_variable_of_another() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    let env = folder.read(".env");
    folder.variable("FROM_SHELL_ACCESS_KEY_SECRET", "somebody else's");
    for (name, variable) in [
        // `init` has made MyOss, which has the first name.
        ("my-oss", "STORAGES_MY_OSS_ACCESS_KEY_SECRET"),
        ("my_oss", "STORAGES_MY_OSS_ACCESS_KEY_SECRET_2"),
        ("照片", "STORAGE_ACCESS_KEY_SECRET"),
        ("图片", "STORAGES_ACCESS_KEY_SECRET"),
        ("storages.a.Photos", "PHOTOS_ACCESS_KEY_SECRET"),
        ("storages.b.Photos", "STORAGES_B_PHOTOS_ACCESS_KEY_SECRET"),
        ("FromShell", "STORAGES_FROM_SHELL_ACCESS_KEY_SECRET"),
    ] {
        let said = make(&folder, name, "hush-hush", &[]);
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        let file = folder.at(said.out.lines().nth(1).unwrap());
        let business = std::fs::read_to_string(file).unwrap();
        assert!(business.contains(&format!("\"{{{{{variable}}}}}\"")), "{name}: {business}");
    }
    let now = folder.read(".env");
    assert!(now.starts_with(&env), "{now}");
    let mut names: Vec<_> = now.lines().map(|line| line.split('=').next().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((count, names.len()), (9, 9), "{now}");
    // One in a folder below another has its own variables, too.
    assert_eq!(make(&folder, "storages.Outer", "hush-hush", &[]).code, Some(0));
    assert_eq!(make(&folder, "storages.Outer.Outer", "hush-hush", &[]).code, Some(0));
    assert_eq!(make(&folder, "storages.Outer", "hush-outer", &["--force"]).code, Some(0));
    let inner = folder.read("storages/Outer/Outer/Outer.json");
    assert!(inner.contains("{{STORAGES_OUTER_OUTER_ACCESS_KEY_SECRET}}"), "{inner}");
    assert!(folder.read(".env").contains("\nSTORAGES_OUTER_OUTER_ACCESS_KEY_SECRET=hush-hush\n"));
    // Written anew, an element keeps its variable.
    let said = make(&folder, "storages.b.Photos", "another", &["--force"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let again = folder.read(".env");
    assert_eq!(again.lines().count(), 11, "{again}");
    assert!(again.ends_with("STORAGES_B_PHOTOS_ACCESS_KEY_SECRET=another\n"), "{again}");
    assert!(folder.done(&["show", "MyOss"]).contains("MY_OSS_ACCESS_KEY_SECRET from .env"));
}

#[cfg(unix)]
#[test]
fn secrets_are_for_their_owner_alone_and_plain_ones_are_warned_of() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    folder.done(&["init"]);
    let mode = || metadata(folder.at(".env")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    set_permissions(folder.at(".env"), Permissions::from_mode(0o644)).unwrap();
    let said = folder.run(&["check"]);
    assert!(said.out.contains("warning: .env: others on this machine can read this file"), "{said:?}");
    assert!(said.out.contains("→ chmod 600 .env"), "{said:?}");
    folder.write(".storages/server/keys.env", "hush");
    let said = folder.run(&["check"]);
    assert!(said.out.contains("warning: .storages/server/keys.env: others on this machine"), "{said:?}");
    std::fs::remove_dir_all(folder.at(".storages")).unwrap();
    let said = make(&folder, "Photos", "hush-hush", &[]);
    assert!(said.err.contains("could be read by others; now its owner alone can"), "{said:?}");
    assert_eq!((mode(), folder.done(&["check"]).as_str()), (0o600, ""));
    let said = make(&folder, "Plain", "hush-hush", &["--plain-secrets"]);
    assert!(said.err.contains("warning: `storages/Plain/Plain.json` holds a secret in plain text"), "{said:?}");
    assert!(!said.err.contains("hush") && folder.read("storages/Plain/Plain.json").contains("hush-hush"));
}

#[test]
fn wrong_values_are_refused_before_anything_is_written() {
    let folder = Folder::new();
    folder.done(&["init"]);
    for (set, expected) in [
        ("endpoint=x", "key `endpoint` is not known: did you mean `endPoint`?"),
        ("maxAttempts=many", "key `maxAttempts`: `\"many\"` is not what it takes: a whole number from 1 to 20"),
        ("bucketName", "`--set` takes KEY=VALUE, like `--set bucketName=…`\n"),
        ("accessKeySecret:hush", "`--set` takes KEY=VALUE, like `--set accessKeySecret=…`\n"),
        ("accessKeySecret:hush==", "`--set` takes KEY=VALUE, like `--set accessKeySecret=…`\n"),
        ("hush", "`--set` takes KEY=VALUE\n"),
    ] {
        let said = folder.run(&["new", "Photos", "--type", "OssType", "--set", set]);
        assert!(said.code == Some(2) && said.err.contains(expected) && !said.err.contains("hush"), "{said:?}");
    }
    let env = folder.read(".env");
    for (set, expected) in [
        ("bucketName=Bad_Name", "key `bucketName`: a bucket name holds only `a-z`, `0-9` and `-`"),
        ("endPoint=htt://oss-cn-hangzhou.aliyuncs.com", "key `endPoint`: "),
        (
            "endPoint=oss.example.com",
            "key `region`: it is missing, and `endPoint` (`oss.example.com`) does not tell it",
        ),
        ("proxy=htt://user:hush@proxy:3128", "key `proxy`: "),
        ("accessKeyId= ", "key `accessKeyId` needs a value, and is empty"),
        ("accessKeySecret=", "key `accessKeySecret` needs a value, and is empty"),
    ] {
        let said = make(&folder, "Photos", "hush-hush", &["--set", set]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{set}: {said:?}");
        assert!(said.err.lines().count() == 1 && !said.err.contains("hush"), "{set}: {said:?}");
    }
    assert!(!folder.at("storages/Photos").exists() && folder.read(".env") == env);
    // What another machine has to say is not for this one to judge.
    for (name, sets) in [
        ("A", &["credentials=environment"][..]),
        ("B", &["credentials=profile", "profileFile=not-here.json"]),
        ("C", &["credentials=ecsRamRole", "region={{NOT_SET_HERE}}"]),
    ] {
        let said = make_elsewhere(&folder, name, sets);
        assert!(folder.at(&format!("storages/{name}/{name}.json")).exists(), "{said:?}");
    }
}

#[test]
fn no_element_takes_the_place_of_a_type_or_lacks_what_it_must_have() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let said = folder.run(&["new", "DiskType", "--type", "DiskType", "--set", "directory=appData/x"]);
    assert_eq!((said.code, said.err.lines().count()), (Some(2), 1), "{said:?}");
    assert!(said.err.contains("`storages.DiskType` is a Type: choose another name"), "{}", said.err);
    let said = folder.run(&["new", "Files", "--type", "DiskType", "--set", "directory="]);
    assert_eq!((said.code, said.err.lines().count()), (Some(2), 1), "{said:?}");
    assert!(said.err.contains("key `directory` needs a value"), "{}", said.err);
    assert!(!folder.at("storages/DiskType").exists() && !folder.at("storages/Files").exists());
}

#[test]
fn no_element_is_written_that_the_app_could_not_have() {
    let folder = Folder::new();
    folder.done(&["init"]);
    let disk = |name: &str| folder.run(&["new", name, "--type", "DiskType", "--set", "directory=appData/x"]);
    assert_eq!(disk("storages.deep.One").code, Some(0));
    let before = folder.done(&["list"]);
    for (name, why) in [
        ("myoss", "`storages.myoss` and `storages.MyOss` would lie in folders that differ by case only"),
        ("storages.Deep.Two", "`storages.Deep.Two` and `storages.deep.One` would lie in folders that differ"),
        ("Storages.Mine", "differ by case only"),
        ("backend", "folders named `backend` hold no elements there"),
        ("test.Foo", "folders named `test` hold no elements there"),
        ("Meta", "`storages.Meta` is the contract of all storages"),
    ] {
        let said = disk(name);
        assert!(said.code == Some(2) && said.err.contains(why), "{name}: {said:?}");
        assert_eq!(said.err.lines().count(), 1, "{name}: {said:?}");
    }
    assert_eq!(folder.done(&["list"]), before);
    let found = |at: &str| std::fs::read_dir(folder.at(at)).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(found("storages").collect::<std::collections::BTreeSet<_>>(), ["MyOss".into(), "deep".into()].into());
    assert!(!found("").any(|name| name == "test" || name == "Storages"));
    assert_eq!(disk("storages.test.One").code, Some(0));
    // What the app alone can tell comes too late for a wrong usage.
    folder.write("storages/kept/.storages/mark", "");
    let said = disk("storages.kept.One");
    assert!(said.code == Some(1) && folder.at("storages/kept/One/e.json").exists(), "{said:?}");
}

#[test]
fn what_the_type_gives_is_not_asked_for() {
    let folder = Folder::new();
    for (name, business) in [
        ("Near", r#"{"endPoint": "http://127.0.0.1:9380", "accessKeyId": "id"}"#),
        ("Far", r#"{"endPoint": "oss-cn-hangzhou.aliyuncs.com", "credentials": "environment"}"#),
    ] {
        folder.write(&format!("storages/{name}/e.json"), r#"{"title": "T", "type": "storages.OssType"}"#);
        folder.write(&format!("storages/{name}/{name}.json"), business);
    }
    let said = folder.run(&["new", "P", "--type", "Near", "--set", "bucketName=photos", "--no-test"]);
    assert!(said.code == Some(2) && said.err.ends_with("add: --set accessKeySecret=…\n"), "{said:?}");
    let said = folder.run(&["new", "P", "--type", "Far", "--no-test"]);
    assert!(said.code == Some(2) && said.err.ends_with("add: --set bucketName=…\n"), "{said:?}");
    let said = folder.run(&["new", "P", "--type", "Far", "--no-test", "--set", "bucketName=photos"]);
    let business = folder.read("storages/P/P.json");
    assert!(said.code == Some(0) && !business.contains("endPoint"), "{said:?} {business}");
}

#[test]
fn a_variable_of_the_process_that_hides_a_new_secret_is_warned_of() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    assert_eq!(make(&folder, "P", "hush-one", &[]).code, Some(0));
    folder.variable("P_ACCESS_KEY_SECRET", "hush-one");
    let said = make(&folder, "P", "hush-two", &["--force"]);
    let warning = "warning: the environment has other values than `.env`, and they count: unset `P_ACCESS_KEY_SECRET`";
    assert!(said.code == Some(0) && said.err.contains(warning) && !said.err.contains("hush"), "{said:?}");
    assert!(folder.read(".env").contains("\nP_ACCESS_KEY_SECRET=hush-two\n"));
}

#[test]
fn a_secret_that_open_quotes_would_take_in_is_refused() {
    let folder = Folder::new();
    folder.write("storages/Old/e.json", r#"{"title": "T", "type": "storages.OssType"}"#);
    folder.write(".env", "A='oops");
    let said = make_elsewhere(&folder, "P", &["credentials=process", "credentialProcess=x' #y'"]);
    assert!(said.code == Some(1) && said.err.contains(".env:1`: what begins here would take in"), "{said:?}");
    assert!(folder.read(".env") == "A='oops" && !folder.at("storages/P").exists());
}

#[test]
fn an_element_that_cannot_be_reached_is_told_with_what_to_do() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    folder.variable("NO_PROXY", "127.0.0.1");
    // Free a moment ago, so that nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("endPoint=http://127.0.0.1:{port}");
    let new = |folder: &Folder, more: &str| {
        let sets = [&*endpoint, "bucketName=photos", "accessKeyId=id", "accessKeySecret={{MINE}}"];
        let mut arguments = vec!["new", "Photos", "--type", "OssType", more];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        folder.run(&arguments)
    };
    let said = new(&folder, "--no-test");
    assert!(said.code == Some(1) && said.err.contains("variable `MINE` has no value"), "{said:?}");
    folder.variable("MINE", "secret");
    let said = new(&folder, "--force");
    assert!(said.code == Some(1) && said.err.contains("storages check --online Photos"), "{said:?}");
}
