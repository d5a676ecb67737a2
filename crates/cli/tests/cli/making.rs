//! `new`, given all by options.

use crate::fixture::{Demo, Folder};

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
    let secret = value("OSS_ACCESS_KEY_SECRET=");
    let sets = [
        format!("endPoint={}", demo.server.endpoint),
        "bucketName=my-bucket".to_owned(),
        format!("accessKeyId={}", value("OSS_ACCESS_KEY_ID=")),
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
    let rust: Vec<_> = said.err.split("In Rust:\n").nth(1).unwrap().lines().collect();
    assert_eq!((rust.len(), rust[1]), (5, r#"let photo_album = app.get_element("storages.PhotoAlbum")?;"#));
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

#[test]
fn wrong_values_are_refused_before_anything_is_written() {
    let folder = Folder::new();
    folder.done(&["init"]);
    for (set, expected) in [
        ("endpoint=x", "key `endpoint` is not known: did you mean `endPoint`?"),
        ("maxAttempts=many", "key `maxAttempts`: `\"many\"` is not what it takes: a whole number from 1 to 20"),
        ("bucketName", "`--set` takes KEY=VALUE, like `--set bucketName=…`"),
    ] {
        let said = folder.run(&["new", "Photos", "--type", "OssType", "--set", set]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{said:?}");
    }
    assert!(!folder.at("storages/Photos").exists());
}

#[test]
fn an_element_that_cannot_be_reached_is_told_with_what_to_do() {
    let mut folder = Folder::new();
    folder.done(&["init"]);
    folder.variable("NO_PROXY", "127.0.0.1");
    let said = folder.run(&[
        "new",
        "Photos",
        "--type",
        "OssType",
        "--set",
        "endPoint=http://127.0.0.1:9",
        "--set",
        "bucketName=photos",
        "--set",
        "accessKeyId=id",
        "--set",
        "accessKeySecret={{MINE}}",
        "--no-test",
    ]);
    assert!(said.code == Some(1) && said.err.contains("variable `MINE` has no value"), "{said:?}");
    folder.variable("MINE", "secret");
    let said = folder.run(&[
        "new",
        "Photos",
        "--force",
        "--type",
        "OssType",
        "--set",
        "endPoint=http://127.0.0.1:9",
        "--set",
        "bucketName=photos",
        "--set",
        "accessKeyId=id",
        "--set",
        "accessKeySecret={{MINE}}",
    ]);
    assert!(said.code == Some(1) && said.err.contains("storages check --online Photos"), "{said:?}");
}
