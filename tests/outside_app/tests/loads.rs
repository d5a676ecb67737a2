//! An app folder outside the repository, with nothing but the two documented files.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::process::Command;

const E_JSON: &str =
    r#"{"title": "我的阿里云OSS存储", "type": "storages.OssType", "backendBundleEntry": ".", "variables": []}"#;
const MY_OSS_JSON: &str = r#"{
  "accessKeyId": "your_access_key_id",
  "accessKeySecret": "your_access_key_secret",
  "endPoint": "oss-cn-hangzhou.aliyuncs.com",
  "bucketName": "your-bucket-name"
}"#;

fn run(business_file: &str) -> (bool, String) {
    let app = tempfile::tempdir().unwrap();
    let element = app.path().join("storages/MyOss");
    fs::create_dir_all(&element).unwrap();
    fs::write(element.join("e.json"), E_JSON).unwrap();
    fs::write(element.join("MyOss.json"), business_file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_outside_app")).arg(app.path()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn two_files_are_an_app() {
    assert_eq!(run(MY_OSS_JSON), (true, "storages.MyOss (storages.OssType): 我的阿里云OSS存储\n".to_owned()));
}

#[test]
fn a_bucket_name_that_is_none_is_told_with_file_and_key() {
    let (success, said) = run(&MY_OSS_JSON.replace("your-bucket-name", "your_bucket_name"));
    assert!(!success);
    assert!(said.starts_with("storages.MyOss (storages.OssType): loading failed: "), "{said}");
    assert!(said.contains("storages/MyOss/MyOss.json`: key `bucketName`: "), "{said}");
}
