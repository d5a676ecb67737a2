//! Objects whose names are those of an app's declarations.

use std::fs;
use std::path::Path;

use app::App;
use meta::StorageElement;

use super::*;

fn names(app: &App) -> Vec<String> {
    app.get_all_elements_define().keys().map(ToString::to_string).collect()
}

/// An app with one element.
fn app_in(folder: &Path) -> (App, StorageElement) {
    let element = folder.join("storages/MyFiles");
    fs::create_dir_all(&element).unwrap();
    fs::write(element.join("e.json"), r#"{"type": "storages.DiskType"}"#).unwrap();
    fs::write(element.join("MyFiles.json"), r#"{"directory": "appData/files"}"#).unwrap();
    let app = App::load(folder).unwrap();
    let files = app.get_element("storages.MyFiles").unwrap();
    (app, files)
}

#[tokio::test]
async fn objects_are_never_taken_for_elements() {
    let folder = tempfile::tempdir().unwrap();
    let (app, configured) = app_in(folder.path());
    // A program may put a storage where it likes.
    let made = DiskStorage::at(folder.path().join("data/files"));
    for (object, content) in [
        ("e.json", r#"{"type": "storages.DiskType"}"#),
        ("x/e.json", r#"{"type": "storages.DiskType"}"#),
        ("x/x.json", r#"{"directory": "/etc"}"#),
        ("late/e.json", r#"{"type": "storages.DiskType", "backendLoadTime": "afterAppInit"}"#),
        ("storages/Broken/e.json", "{"),
        ("A/e.json", "{}"),
    ] {
        configured.upload_by_file(object, content, None).await.unwrap();
        made.upload_by_file(&name(object), content.into(), UploadOptions::default()).await.unwrap();
    }
    // A file system may know no case.
    made.upload_by_file(&name("a/e.json"), "{}".into(), UploadOptions::default()).await.ok();
    app.reload().unwrap();
    assert_eq!(names(&app), ["storages.MyFiles"]);
    assert_eq!(names(&App::load(folder.path()).unwrap()), ["storages.MyFiles"]);
    assert!(App::problems_of_files(folder.path()).is_empty());
}
