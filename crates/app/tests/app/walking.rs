//! Which folders are elements.

use app::App;

use crate::fixture::{Folder, note};

fn names(app: &App) -> Vec<String> {
    app.get_all_elements_define().keys().map(ToString::to_string).collect()
}

#[test]
fn every_folder_with_a_declaration_is_an_element_at_any_depth() {
    let folder = Folder::new();
    folder
        .probe("storages/MyOss", "a")
        .probe("storages/MyOss/inner/Deep", "b")
        .probe("elsewhere/我的存储", "c")
        .element("storages/services/StorageSvc", "services.NormalType")
        .file("storages/Empty/readme.md", "");
    let app = folder.load();
    assert_eq!(
        names(&app),
        ["elsewhere.我的存储", "storages.MyOss", "storages.MyOss.inner.Deep", "storages.services.StorageSvc"]
    );
    assert_eq!(note(&app, "storages.MyOss.inner.Deep"), "b");
    assert_eq!(note(&app, "elsewhere.我的存储"), "c");
    assert_eq!(
        app.storage_names().iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["elsewhere.我的存储", "storages.MyOss", "storages.MyOss.inner.Deep"]
    );
}

#[test]
fn folders_of_code_and_hidden_ones_are_skipped_anywhere_and_reserved_ones_at_the_root() {
    let folder = Folder::new();
    for skipped in ["frontend", "backend", ".git"] {
        folder.probe(&format!("{skipped}/A"), "").probe(&format!("storages/MyOss/{skipped}/B"), "");
    }
    for reserved in ["commons", "appData", "dist", "test", "target", "node_modules"] {
        folder.probe(&format!("{reserved}/A"), "").probe(&format!("storages/{reserved}"), "");
    }
    let app = folder.load();
    assert_eq!(
        names(&app),
        [
            "storages.appData",
            "storages.commons",
            "storages.dist",
            "storages.node_modules",
            "storages.target",
            "storages.test"
        ]
    );
}

#[test]
fn a_folder_with_an_app_of_its_own_is_not_entered() {
    let folder = Folder::new();
    folder.file("app.json", "{}").probe("storages/Mine", "").probe("examples/other/storages/Theirs", "");
    folder.file("examples/other/app.json", "{}").file("examples/other/e.json", "broken");
    assert_eq!(names(&folder.load()), ["storages.Mine"]);
}

#[test]
fn a_folder_that_is_both_app_and_element_is_told() {
    let folder = Folder::new();
    folder.element("storages/app", "storages.ProbeType").file("storages/app/app.json", "{}");
    let app = folder.load();
    assert!(names(&app).is_empty());
    let warning = folder.without_path(&app.warnings()[0]);
    assert!(warning.starts_with("`storages/app` holds both `app.json` and `e.json`"), "{warning}");
    assert!(warning.ends_with("keep its configuration in `config.json`"), "{warning}");
}

#[test]
fn a_folder_that_cannot_be_part_of_a_full_name_is_a_warning() {
    let folder = Folder::new();
    folder.probe("storages/v1.2", "").probe("storages/v1.2/Inner", "").probe("storages/Good", "");
    let app = folder.load();
    assert_eq!(names(&app), ["storages.Good"]);
    let warnings: Vec<_> = app.warnings().iter().map(|warning| folder.without_path(warning)).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[1].starts_with("`storages/v1.2/e.json` is no element: a folder's name holds a dot"),
        "{warnings:?}"
    );
}

#[test]
fn folders_that_differ_by_case_only_are_refused_by_name() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "").probe("storages/myoss", "");
    if !folder.at("storages/MyOss").join("MyOss.json").exists() || folder.at("STORAGES").exists() {
        return; // A file system that knows no case has made one folder of the two.
    }
    assert_eq!(
        folder.refusal(),
        "the folders `storages/MyOss` and `storages/myoss` differ by case only: rename one: elsewhere they would be the \
         same folder"
    );
}

#[test]
fn many_elements_are_all_found() {
    let folder = Folder::new();
    for at in 0..700 {
        folder.element(&format!("storages/group{}/Storage{at}", at % 7), "storages.ProbeType");
    }
    assert_eq!(folder.load().storage_names().len(), 700);
}

#[test]
fn a_file_leads_to_its_element() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "").probe("storages/MyOss/inner/Deep", "");
    let app = folder.load();
    for (path, element) in [
        ("storages/MyOss/MyOss.json", Some("storages.MyOss")),
        ("storages/MyOss/backend/code/x.py", Some("storages.MyOss")),
        ("storages/MyOss/inner/Deep/e.json", Some("storages.MyOss.inner.Deep")),
        ("storages/MyOss/inner/other.txt", Some("storages.MyOss")),
        ("./storages/MyOss/e.json", Some("storages.MyOss")),
        ("storages/other.txt", None),
        ("app.json", None),
        ("storages/../storages/MyOss/e.json", None),
    ] {
        let found = app.parse_element_by_path(path);
        assert_eq!(found.as_ref().map(|name| name.as_str()), element, "{path}");
        if element.is_some() {
            assert_eq!(app.parse_element_by_path(folder.at(path)), found, "{path}");
        }
    }
}

#[test]
fn an_app_without_anything_loads_and_says_so() {
    let folder = Folder::new();
    let app = folder.load();
    assert!(app.warnings()[0].starts_with("no element was found in `"), "{:?}", app.warnings());
    let error = app.get_element("storages.MyOss").unwrap_err().to_string();
    assert!(error.contains("has no storages"), "{error}");
}
