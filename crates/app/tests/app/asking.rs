//! What `get_element` says when there is no storage to give.

use meta::ErrorKind;

use crate::fixture::Folder;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "").probe("storages/Backup", "").element("models/User", "models.NormalType");
    folder.file("storages/Meta/e.json", r#"{"title": "Storages", "type": ""}"#);
    folder
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_and_the_known_ones() {
    let folder = folder();
    let app = folder.load();
    let error = app.get_element("storages.myOSS").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownElement);
    assert_eq!(error.element().unwrap().as_str(), "storages.myOSS");
    assert_eq!(
        error.to_string(),
        "storages.myOSS: no element has this fullName: did you mean `storages.MyOss`? the storages here are \
         `storages.Backup`, `storages.MyOss`"
    );
    let error = app.get_element("storages/MyOss").unwrap_err().to_string();
    assert!(error.contains("segments are separated by dots, not slashes"), "{error}");
    for name in ["", ".", "a..b", "\0", &"x".repeat(100_000)] {
        assert_eq!(app.get_element(name).unwrap_err().kind(), ErrorKind::UnknownElement, "{name:?}");
    }
}

#[test]
fn a_long_list_of_storages_is_cut() {
    let folder = Folder::new();
    (10..25).for_each(|at| _ = folder.probe(&format!("storages/S{at}"), ""));
    let error = folder.refusal_of(&folder.load(), "x.y");
    assert!(error.ends_with("`storages.S18`, `storages.S19` and 5 more"), "{error}");
}

#[test]
fn a_type_or_meta_asked_for_says_what_it_is_and_what_to_ask_for() {
    let folder = folder();
    folder.element("storages/OwnType", "storages.ProbeType").element("storages/Own", "storages.OwnType");
    let app = folder.load();
    // Linked, and no folder declares it.
    assert_eq!(
        folder.refusal_of(&app, "storages.ProbeType"),
        "storages.ProbeType: this is a Type, of which instances are made: ask for one of its instances: \
         `storages.Backup`, `storages.MyOss`"
    );
    // Declared, and something is made of it.
    let error = folder.refusal_of(&app, "storages.OwnType");
    assert!(error.ends_with("ask for one of its instances: `storages.Own`"), "{error}");
    let error = folder.refusal_of(&app, "storages.Meta");
    assert_eq!(
        error,
        "storages.Meta: this is a Meta, a contract that Types implement: ask for one of its instances: \
         `storages.Backup`, `storages.MyOss`, `storages.Own`"
    );

    let empty = Folder::new();
    let app = empty.load();
    for name in ["storages.ProbeType", "storages.Meta"] {
        let error = empty.refusal_of(&app, name);
        assert!(error.contains("this app has no storage of it; an instance is a folder with an `e.json`"), "{error}");
    }
}

#[test]
fn a_storage_that_names_no_type_is_told_what_it_lacks() {
    let folder = folder();
    folder.file("storages/Photos/e.json", r#"{"title": "Photos", "Type": "storages.ProbeType"}"#);
    folder.element("storages/Slip", "storages.Meta");
    let app = folder.load();
    let error = app.get_element("storages.Photos").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        folder.refusal_of(&app, "storages.Photos"),
        "storages.Photos: `storages/Photos/e.json`: there is no `type`: add the Type that it is made of, such as \
         `storages.ProbeType`, `storages.SlowType`"
    );
    assert_eq!(
        folder.refusal_of(&app, "storages.Slip"),
        "storages.Slip: its `type` is `storages.Meta`, which makes it a Type, and nothing is made of it: a storage names \
         the Type that it is made of, such as `storages.ProbeType`, `storages.SlowType`"
    );
    // What other families' elements are is not for this library to say.
    folder.file("pages/Meta/e.json", r#"{"type": ""}"#);
    let error = folder.refusal_of(&folder.load(), "pages.Meta");
    assert!(error.contains("this is a Meta"), "{error}");
    // What others are made of is what it says.
    folder.element("storages/Instance", "storages.Photos");
    let error = folder.refusal_of(&folder.load(), "storages.Photos");
    assert!(error.contains("this is a Meta, a contract that Types implement"), "{error}");
}

#[test]
fn an_element_of_another_family_says_what_this_library_serves() {
    let folder = folder();
    let app = folder.load();
    let error = app.get_element("models.User").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownElement);
    assert_eq!(
        error.to_string(),
        "models.User: this is an element of `models.NormalType`, and this library serves storages: a storage is what \
         ends at `storages.Meta`, here the instances of `storages.ProbeType`, `storages.SlowType`"
    );
    // Also where the family is declared down to its own Meta.
    folder.file("models/Meta/e.json", r#"{"type": ""}"#).element("models/NormalType", "models.Meta");
    let app = folder.load();
    let error = folder.refusal_of(&app, "models.User");
    assert!(error.contains("this library serves storages"), "{error}");
    let error = folder.refusal_of(&app, "models.NormalType");
    assert!(error.contains("this is a Type"), "{error}");
}

#[test]
fn a_type_that_is_not_linked_stops_its_own_instances_alone() {
    let folder = folder();
    folder.element("storages/Minio", "storages.MinioType").element("files/Slip", "storage.ProbeType");
    let app = folder.load();
    let error = app.get_element("storages.Minio").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownType);
    let error = error.to_string();
    for part in [
        "storages.Minio: the Type `storages.MinioType` is not linked into this program",
        "use my_type as _;",
        "linked are `storages.ProbeType`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let error = folder.refusal_of(&app, "files.Slip");
    assert!(error.contains("did you mean `storages.ProbeType`?"), "{error}");
    let [warning] = &app.warnings()[..] else { panic!("{:?}", app.warnings()) };
    assert!(warning.contains("`storages.MinioType`"), "{warning}");
    assert!(app.get_element("storages.MyOss").is_ok());
    assert_eq!(app.storage_names().len(), 2);
}

#[test]
fn a_type_that_is_no_full_name_is_told_with_its_file() {
    let folder = folder();
    folder.element("storages/Odd", "storages/OssType");
    let error = folder.refusal_of(&folder.load(), "storages.Odd");
    assert!(error.starts_with("storages.Odd: `storages/Odd/e.json`: key `type`: `storages/OssType` is not"), "{error}");
}

#[test]
fn definitions_are_told_of_everything_and_build_nothing() {
    let folder = folder();
    folder.file(
        "storages/MyOss/e.json",
        r#"{"title": "我的", "type": "storages.ProbeType", "icon": "cloud", "cacheLevel": 0}"#,
    );
    let app = folder.load();
    let define = app.get_element_define("storages.MyOss").unwrap();
    assert_eq!((define.title.as_str(), define.cache_level), ("我的", Some(0)));
    assert_eq!(define.other["icon"], "cloud");
    assert_eq!(app.get_element_define("storages.Meta").unwrap().element_type, "");
    let error = app.get_element_define("storages.myoss").unwrap_err().to_string();
    assert!(error.contains("did you mean `storages.MyOss`?"), "{error}");
    assert_eq!(app.get_all_elements_define().len(), 4);
    assert_eq!(crate::fixture::builds(&folder, "storages.MyOss"), 0);
    app.get_element("storages.MyOss").unwrap();
    assert_eq!(crate::fixture::builds(&folder, "storages.MyOss"), 1);
}
