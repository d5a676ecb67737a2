//! The Type as the framework builds it, and what its errors show.

use std::path::Path;
use std::sync::Arc;

use disk_type as _;
use meta::{ConfigLayer, ElementDefine, ErrorKind, Instance, Registry, Result, Shared, StorageElement, TypeChain};

/// An element of the Type in an app at this folder, with this business file.
fn element(app: &Path, business: &str) -> Result<StorageElement> {
    let chain = TypeChain::resolve(&"storages.DiskType".parse().unwrap(), Registry::linked(), &())?;
    let layer = ConfigLayer::parse(Path::new("storages/MyFiles/MyFiles.json"), business.as_bytes())?;
    let shared = Shared::default();
    let name = "storages.MyFiles".parse().unwrap();
    chain.build(Instance::new(name, Arc::new(ElementDefine::default()), app, vec![layer], &(), &shared))
}

#[tokio::test]
async fn a_relative_directory_lies_in_the_app_and_an_absolute_one_where_it_says() {
    let app = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let relative = element(app.path(), r#"{"directory": "appData/files"}"#).unwrap();
    let absolute = serde_json::json!({"directory": elsewhere.path().join("files")}).to_string();
    let absolute = element(app.path(), &absolute).unwrap();
    assert!(
        !app.path().join("appData").exists() && !elsewhere.path().join("files").exists(),
        "building creates nothing"
    );
    for (element, folder) in [(relative, app.path().join("appData/files")), (absolute, elsewhere.path().join("files"))]
    {
        let uploaded = element.upload_by_file("a/b.txt", "x", None).await.unwrap();
        let json = serde_json::to_value(&uploaded).unwrap();
        assert_eq!(json["url"], "/storages/services/StorageSvc/preview?file=a%2Fb.txt");
        assert_eq!(std::fs::read(folder.join("a/b.txt")).unwrap(), b"x");
    }
}

#[test]
fn wrong_configuration_fails_at_once_and_says_what_to_do() {
    let app = tempfile::tempdir().unwrap();
    for (business, expected) in [
        ("{}", "`storages/MyFiles/MyFiles.json`: key `directory` is missing"),
        (r#"{"directory": ""}"#, "key `directory`: it is empty: name a folder, such as `appData/files`"),
        (r#"{"directory": " "}"#, "key `directory`: it is empty"),
        (r#"{"directory": "a\u0000b"}"#, "key `directory`: it holds a NUL character"),
        (r#"{"directory": 7}"#, "key `directory`: `7` is not what it takes: a text"),
        (r#"{"directory": "."}"#, "key `directory`: it holds the app itself"),
        (r#"{"directory": "x/../.."}"#, "key `directory`: it holds the app itself"),
        (r#"{"directory": "storages"}"#, "key `directory`: it lies where the app's elements are"),
        (r#"{"directory": "storages/MyFiles/files"}"#, "such as `appData/files`, or one outside the app"),
        (r#"{"directory": "data/files"}"#, "key `directory`: it lies where the app's elements are"),
        (r#"{"directory": "data/appData/files"}"#, "key `directory`: it lies where the app's elements are"),
        (r#"{"directory": "appData/../data"}"#, "key `directory`: it lies where the app's elements are"),
        (r#"{"Directory": "x"}"#, "key `Directory` is not known: did you mean `directory`?"),
    ] {
        let error = element(app.path(), business).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{business}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn folders_without_elements_may_hold_objects() {
    let app = tempfile::tempdir().unwrap();
    for directory in ["appData", "appData/a/b", "dist/files", ".files", "data/.hidden/files", "../beside"] {
        element(app.path(), &serde_json::json!({"directory": directory}).to_string()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn links_do_not_make_the_elements_objects() {
    use std::os::unix::fs::symlink;

    let (app, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in ["storages/MyFiles", "appData"] {
        std::fs::create_dir_all(app.path().join(folder)).unwrap();
    }
    symlink(".", app.path().join(".here")).unwrap();
    symlink("../storages", app.path().join("appData/storages")).unwrap();
    symlink(elsewhere.path(), app.path().join("data")).unwrap();
    symlink(app.path(), elsewhere.path().join("app")).unwrap();
    let absolute = elsewhere.path().join("app/storages/MyFiles");
    for (directory, expected) in [
        (Path::new(".here"), "it holds the app itself"),
        (Path::new(".here/storages"), "it lies where the app's elements are"),
        (Path::new("appData/storages/New"), "it lies where the app's elements are"),
        (Path::new("data/files"), "it lies where the app's elements are"),
        (&absolute, "it lies where the app's elements are"),
    ] {
        let error = element(app.path(), &serde_json::json!({"directory": directory}).to_string()).unwrap_err();
        assert!(error.to_string().contains(expected), "{directory:?}: {error}");
    }
}

#[tokio::test]
async fn errors_name_element_type_operation_object_and_the_directory_as_configured() {
    let app = tempfile::tempdir().unwrap();
    let files = element(app.path(), r#"{"directory": "appData/files"}"#).unwrap();
    assert_eq!(
        files.download("missing.txt").await.unwrap_err().to_string(),
        "storages.MyFiles (storages.DiskType): download of `missing.txt` from directory `appData/files` failed: no such object"
    );
    let error = files.get_sign_url("a", None, None).await.unwrap_err();
    assert!(error.to_string().contains("get_sign_url is not supported by storages.DiskType"), "{error}");
    let error = files.append("a", 0, "x", meta::UploadOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    for illegal in ["", "/etc/passwd", "a\0b", &"x".repeat(1024)] {
        assert_eq!(files.upload_by_file(illegal, "x", None).await.unwrap_err().kind(), ErrorKind::InvalidName);
    }
    assert!(!app.path().join("appData").exists());
}

/// JAAP: permission errors show the relative path, never the full system path.
#[cfg(unix)]
#[tokio::test]
async fn no_error_shows_the_full_path_of_the_system() {
    let app = tempfile::tempdir().unwrap();
    let absolute = app.path().join("appData/here");
    let files = element(app.path(), &serde_json::json!({"directory": absolute}).to_string()).unwrap();
    files.upload_by_file("folder/a", "x", None).await.unwrap();
    // A file where the storage's own folder must be fails on every system, also for root, whom no permission stops.
    std::fs::remove_dir_all(absolute.join(".storages")).unwrap();
    std::fs::write(absolute.join(".storages"), b"").unwrap();
    std::os::unix::fs::symlink("/", absolute.join("link")).unwrap();
    for error in [
        files.upload_by_file("folder/a", "y", None).await.unwrap_err(),
        files.delete("folder/a").await.unwrap_err(),
        files.download("link/etc/passwd").await.unwrap_err(),
        files.download("missing").await.unwrap_err(),
        files.upload_by_file("b", meta::Body::stream(futures_util::stream::empty(), Some(1)), None).await.unwrap_err(),
    ] {
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(app.path().to_str().unwrap()), "{text}");
            assert!(text.contains("directory `here`"), "{text}");
        }
    }
}
