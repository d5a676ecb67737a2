//! Apps that extend apps.

use app::App;

use crate::fixture::{Folder, builds, note, probe_config, value};

/// An environment with the app `o.child`, which extends the parents.
fn environment(parents: &[&str]) -> Folder {
    let folder = Folder::new();
    let extends: Vec<_> = parents.iter().map(|id| format!(r#"{{"appId": "{id}", "version": "1.0.0"}}"#)).collect();
    folder.file(
        "o/child/1_0_0/app.json",
        &format!(r#"{{"appId": "o.child", "version": "1.0.0", "title": "Child", "extends": [{}]}}"#, extends.join(",")),
    );
    for id in parents {
        let place = id.replace('.', "/");
        folder.file(&format!("{place}/1_0_0/app.json"), &format!(r#"{{"appId": "{id}", "version": "1.0.0"}}"#));
    }
    folder
}

fn load(environment: &Folder) -> meta::Result<App> {
    App::load(environment.at("o/child/1_0_0"))
}

#[test]
fn elements_are_inherited_and_the_nearest_app_s_counts() {
    let folder = environment(&["o.first", "p.second"]);
    folder.probe("o/child/1_0_0/storages/A", "child").probe("o/first/1_0_0/storages/A", "first");
    folder.probe("o/first/1_0_0/storages/B", "first").probe("p/second/1_0_0/storages/B", "second");
    folder.probe("p/second/1_0_0/storages/C", "second");
    let app = load(&folder).unwrap();
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());
    assert_eq!(["A", "B", "C"].map(|name| note(&app, &format!("storages.{name}"))), ["child", "first", "second"]);
    assert_eq!(
        (app.app_id(), app.version(), app.title()),
        (Some("o.child".to_owned()), Some("1.0.0".to_owned()), Some("Child".to_owned()))
    );
    // Who declares it owns it: relative paths in its configuration start in that app.
    let c = app.get_element("storages.C").unwrap();
    assert_eq!(c.app_id(), Some("p.second"));
    assert_eq!(value(&c, "appFolder").unwrap(), folder.at("p/second/1_0_0").display().to_string());
    assert_eq!(app.get_element("storages.A").unwrap().app_id(), Some("o.child"));
}

#[test]
fn configuration_merges_along_the_apps_while_the_type_is_the_same() {
    let folder = environment(&["o.first", "p.second"]);
    let child = "o/child/1_0_0/storages/A";
    folder.element(child, "storages.ProbeType").file(&format!("{child}/A.json"), r#"{"note": "near"}"#);
    let first = "o/first/1_0_0/storages/A";
    folder.element(first, "storages.ProbeType");
    folder.file(&format!("{first}/config.json"), r#"{"endPoint": "first", "note": "far", "bucketName": "first"}"#);
    let second = "p/second/1_0_0/storages/A";
    folder.probe(second, "farthest");
    let app = load(&folder).unwrap();
    let a = app.get_element("storages.A").unwrap();
    assert_eq!(["note", "endPoint", "bucketName"].map(|key| value(&a, key).unwrap()), ["near", "first", "first"]);
    assert_eq!(value(&a, "accessKeySecret").unwrap(), "hush");

    // Of another Type in between: what is beyond it does not count.
    folder.element(first, "storages.OtherType");
    let error = load(&folder).unwrap().get_element("storages.A").unwrap_err().to_string();
    assert!(
        error.contains("child/1_0_0/storages/A/A.json`: the keys `endPoint`, `accessKeySecret` are missing"),
        "{error}"
    );
}

#[test]
fn an_error_names_the_file_that_gave_the_key() {
    let folder = environment(&["o.first"]);
    folder.probe("o/child/1_0_0/storages/A", "x");
    folder.element("o/first/1_0_0/storages/A", "storages.ProbeType");
    folder.file("o/first/1_0_0/storages/A/A.json", r#"{"maxAttempts": 99}"#);
    let error = load(&folder).unwrap().get_element("storages.A").unwrap_err().to_string();
    assert!(
        folder.without_path(&error).contains("`o/first/1_0_0/storages/A/A.json`: key `maxAttempts`: `99`"),
        "{error}"
    );
}

#[test]
fn a_private_element_is_not_inherited() {
    let folder = environment(&["o.first"]);
    folder.probe("o/first/1_0_0/storages/Own", "x");
    folder.file("o/first/1_0_0/storages/Own/e.json", r#"{"type": "storages.ProbeType", "accessModifier": "private"}"#);
    let app = load(&folder).unwrap();
    let error = app.get_element("storages.Own").unwrap_err().to_string();
    assert!(error.contains("no element has this fullName"), "{error}");
    assert_eq!(note(&App::load(folder.at("o/first/1_0_0")).unwrap(), "storages.Own"), "x");
}

#[test]
fn a_protected_element_is_inherited_and_must_not_be_overridden() {
    let folder = environment(&["o.first"]);
    folder.probe("o/first/1_0_0/storages/Fixed", "x");
    folder.file(
        "o/first/1_0_0/storages/Fixed/e.json",
        r#"{"type": "storages.ProbeType", "accessModifier": "protected"}"#,
    );
    assert_eq!(note(&load(&folder).unwrap(), "storages.Fixed"), "x");
    folder.probe("o/child/1_0_0/storages/Fixed", "y");
    let error = load(&folder).unwrap_err().to_string();
    assert_eq!(
        folder.without_path(&error),
        "storages.Fixed: `o/child/1_0_0/storages/Fixed/e.json` overrides `o/first/1_0_0/storages/Fixed/e.json`, which is \
         `protected`: remove or rename the one that overrides"
    );
}

#[test]
fn a_parent_that_is_not_at_hand_is_a_warning_and_told_where_it_may_matter() {
    let folder = environment(&["o.first", "jit.framework"]);
    folder.remove("jit").probe("o/child/1_0_0/storages/A", "works");
    folder
        .element("o/child/1_0_0/storages/B", "storages.GoneType")
        .element("o/child/1_0_0/models/M", "models.NormalType");
    let app = load(&folder).unwrap();
    assert_eq!(note(&app, "storages.A"), "works");
    let warning = folder.without_path(&app.warnings()[0]);
    assert_eq!(
        warning,
        "the parent app `jit.framework` 1.0.0, which `o/child/1_0_0/app.json` extends, is not at hand (looked at \
         `jit/framework/1_0_0`): its elements are not there; give its folder to `App::builder().parent(…)`"
    );
    for name in ["storages.Nothing", "storages.B", "models.M"] {
        let error = app.get_element(name).unwrap_err().to_string();
        assert!(error.ends_with("; the parent app `jit.framework` 1.0.0 is not at hand and may declare it"), "{error}");
    }
}

#[test]
fn parents_are_found_where_the_builder_says() {
    let child = Folder::new();
    child.file("app.json", r#"{"appId": "o.child", "extends": [{"appId": "o.parent", "version": "2.0.1"}]}"#);
    let elsewhere = Folder::new();
    elsewhere.probe("o/parent/2_0_1/storages/A", "by environment").probe("plain/storages/A", "by folder");
    elsewhere.file("plain/app.json", r#"{"appId": "o.parent"}"#);
    elsewhere.probe("nameless/storages/B", "nameless").probe("nameless/storages/A", "nameless");

    let app = App::builder().parent_root(elsewhere.path()).load(child.path()).unwrap();
    assert_eq!(note(&app, "storages.A"), "by environment");
    let app = App::builder().parent(elsewhere.at("plain")).parent_root(elsewhere.path()).load(child.path()).unwrap();
    assert_eq!(note(&app, "storages.A"), "by folder");
    let app = App::builder().parent(elsewhere.at("nameless")).parent_root(elsewhere.path()).load(child.path()).unwrap();
    assert_eq!(note(&app, "storages.A"), "by environment");
    assert_eq!(note(&app, "storages.B"), "nameless");
}

#[test]
fn apps_that_extend_each_other_are_refused() {
    let folder = environment(&["o.first"]);
    folder.file(
        "o/first/1_0_0/app.json",
        r#"{"appId": "o.first", "extends": [{"appId": "o.child", "version": "1.0.0"}]}"#,
    );
    let error = load(&folder).unwrap_err().to_string();
    assert!(error.starts_with("apps extend each other: `o.child` → `o.first` → `o.child`: "), "{error}");
}

#[test]
fn a_mistake_in_a_parent_is_told_with_its_file() {
    let folder = environment(&["o.first"]);
    folder.file("o/first/1_0_0/storages/A/e.json", "{");
    let error = load(&folder).unwrap_err().to_string();
    assert!(folder.without_path(&error).starts_with("`o/first/1_0_0/storages/A/e.json:1:1`: EOF"), "{error}");
    folder.file("o/first/1_0_0/app.json", "{");
    let error = load(&folder).unwrap_err().to_string();
    assert!(folder.without_path(&error).starts_with("`o/first/1_0_0/app.json:1:1`: EOF"), "{error}");
}

#[test]
fn the_default_storage_is_the_named_one_or_the_one_called_default() {
    let folder = environment(&["o.first"]);
    let error = load(&folder).unwrap().default_storage().unwrap_err().to_string();
    assert!(error.starts_with("storages.Default: no element has this fullName: this app names no default"), "{error}");

    folder.probe("o/child/1_0_0/storages/Default", "called default").probe("o/child/1_0_0/storages/Main", "named");
    let default = |folder: &Folder| value(&load(folder).unwrap().default_storage().unwrap(), "note").unwrap();
    assert_eq!(default(&folder), "called default");
    folder.file(
        "o/first/1_0_0/app.json",
        r#"{"appId": "o.first", "settings": {"defaultElement": {"defaultStorage": "storages.Main"}}}"#,
    );
    assert_eq!(default(&folder), "named");
    assert_eq!(builds(&folder, "o/child/1_0_0/storages.Main"), 1);
}

#[test]
fn type_folders_of_all_apps_give_defaults_the_nearest_last() {
    let folder = environment(&["o.first"]);
    for (app, defaults) in
        [("o/first/1_0_0", r#"{"bucketName": "far", "note": "far"}"#), ("o/child/1_0_0", r#"{"bucketName": "near"}"#)]
    {
        folder.element(&format!("{app}/storages/ProbeType"), "storages.Meta");
        folder.file(&format!("{app}/storages/ProbeType/ProbeType.json"), defaults);
    }
    folder.element("o/first/1_0_0/storages/A", "storages.ProbeType");
    folder.file("o/first/1_0_0/storages/A/A.json", &probe_config("x").replace(r#", "note": "x""#, ""));
    let a = load(&folder).unwrap().get_element("storages.A").unwrap();
    assert_eq!(["bucketName", "note"].map(|key| value(&a, key).unwrap()), ["near", "far"]);
}
