//! What an app and its Types are made of.

use crate::fixture::{Demo, Folder};

/// An app with a template Type and two storages.
fn app() -> Folder {
    let folder = Folder::new();
    folder.done(&["init"]);
    folder.write("storages/Near/e.json", r#"{"title": "Near", "type": "storages.OssType"}"#);
    folder.write("storages/Near/Near.json", "{\n  \"endPoint\": \"oss-cn-hangzhou.aliyuncs.com\"\n}");
    folder.write("storages/Photos/e.json", r#"{"title": "Photos", "type": "storages.Near"}"#);
    folder.write(
        "storages/Photos/Photos.json",
        "{\n  \"accessKeyId\": \"id\",\n  \"accessKeySecret\": \"${SECRET:-hush-hush}\",\n  \"bucketName\": \"{{BUCKET}}\"\n}",
    );
    folder
}

#[test]
fn storages_and_types_are_listed() {
    let folder = app();
    assert_eq!(
        folder.done(&["list"]),
        "storages.MyOss   storages.OssType  My OSS  default\nstorages.Photos  storages.Near     Photos\n"
    );
    let lines = folder.done(&["list", "--json"]);
    let photos: serde_json::Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(photos["file"], "storages/Photos/e.json");
    let types = folder.done(&["types"]);
    let names: Vec<_> = types.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["storages.DiskType", "storages.Near", "storages.OssType"]);
    assert!(types.contains("declared in this app"), "{types}");
    // What is wrong with an app that is named is told as by every other command.
    folder.write("app.json", "{");
    for command in ["types", "list"] {
        let said = folder.run(&[command, "--app", "."]);
        assert!(said.code == Some(1) && said.err.contains("app.json:1:1"), "{command}: {said:?}");
    }
    // Also where there is no app.
    assert!(Folder::new().done(&["types"]).contains("storages.OssType"));
}

#[test]
fn a_configuration_is_shown_with_the_origin_of_each_value_and_no_secret() {
    let mut folder = app();
    folder.variable("BUCKET", "from-environment");
    assert_eq!(
        folder.done(&["show", "Photos"]),
        "\
storages.Photos  storages.Near
declared in storages/Photos/e.json
  accessKeyId      id                            storages/Photos/Photos.json:2
  accessKeySecret  ••••••                        storages/Photos/Photos.json:3, SECRET from default in the template
  endPoint         oss-cn-hangzhou.aliyuncs.com  storages/Near/Near.json:2
  bucketName       from-environment              storages/Photos/Photos.json:4, BUCKET from environment
"
    );
    let document: serde_json::Value = serde_json::from_str(&folder.done(&["show", "--json", "Photos"])).unwrap();
    assert_eq!(document["values"][3]["variables"][0]["from"], "environment");
    assert!(!document.to_string().contains("hush"));
    // An empty value gives way to the default.
    folder.variable("SECRET", "");
    let text = folder.done(&["show", "Photos"]);
    assert!(text.contains("SECRET from default in the template"), "{text}");
}

#[test]
fn types_describe_their_keys_for_persons_programs_and_editors() {
    let folder = Folder::new();
    let text = folder.done(&["describe", "DiskType"]);
    assert_eq!(
        text,
        "storages.DiskType  Local disk\n\ndirectory  a text, required\n  Folder of the files: relative to the app's root \
         folder, or absolute.\n"
    );
    let document: serde_json::Value = serde_json::from_str(&folder.done(&["describe", "OssType", "--json"])).unwrap();
    let secret = document["keys"].as_array().unwrap().iter().find(|key| key["name"] == "accessKeySecret").unwrap();
    assert_eq!(secret["secret"], true);
    let schema: serde_json::Value =
        serde_json::from_str(&folder.done(&["describe", "OssType", "--json-schema"])).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["endPoint", "bucketName"]));
    assert_eq!(schema["properties"]["maxAttempts"]["anyOf"][0]["maximum"], 20);
    // What the folder of a Type gives, its elements need not.
    let schema: serde_json::Value = serde_json::from_str(&app().done(&["describe", "Near", "--json-schema"])).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["bucketName"]));
    let said = folder.run(&["describe", "OsType"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(
        said.err,
        "error: there is no Type `storages.OsType` here: did you mean `storages.OssType`? `storages types` lists those \
         that there are\n"
    );
}

#[test]
fn colours_are_for_terminals_only() {
    let demo = Demo::new();
    let mut command = demo.command(&["list"]);
    command.env("CLICOLOR_FORCE", "1");
    assert!(String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\u{1b}'));
    assert!(!demo.done(&["list"]).contains('\u{1b}'));
}
