//! Reading an app again while it is in use.

use app::App;

use crate::fixture::{Folder, builds, note, probe_config, serial};

/// Something done to the files of an app.
type Change = &'static dyn Fn(&Folder);

fn serial_of(app: &App, name: &str) -> String {
    serial(&app.get_element(name).unwrap())
}

#[test]
fn what_has_not_changed_stays_the_same_object() {
    let folder = Folder::new();
    folder.probe("storages/Same", "{{X}}").probe("storages/Changed", "before").probe("storages/Unused", "x");
    let app = App::builder().variable("X", "x").load(folder.path()).unwrap();
    let before = ["storages.Same", "storages.Changed"].map(|name| serial_of(&app, name));
    let old = app.get_element("storages.Changed").unwrap();

    folder.file("storages/Changed/Changed.json", &probe_config("after"));
    // Written again, with the same content.
    folder.probe("storages/Same", "{{X}}").probe("storages/New", "new");
    app.reload().unwrap();

    assert_eq!(serial_of(&app, "storages.Same"), before[0]);
    assert_ne!(serial_of(&app, "storages.Changed"), before[1]);
    assert_eq!(note(&app, "storages.Changed"), "after");
    assert_eq!(note(&app, "storages.New"), "new");
    assert_eq!(builds(&folder, "storages.Unused"), 0);
    // Whoever holds the old object can finish with it.
    assert_eq!(crate::fixture::value(&old, "note").unwrap(), "before");
}

#[test]
fn every_kind_of_change_is_seen() {
    const DECLARATION: &str = r#"{"title": "storages/MyOss", "type": "storages.ProbeType", "icon": "new"}"#;
    let changes: [(&str, Change); 6] = [
        ("declaration", &|folder| _ = folder.file("storages/MyOss/e.json", DECLARATION)),
        ("business file", &|folder| _ = folder.file("storages/MyOss/MyOss.json", &probe_config("y"))),
        ("other business file", &|folder| {
            folder.remove("storages/MyOss/MyOss.json").file("storages/MyOss/config.json", &probe_config("x"));
        }),
        ("defaults of the Type", &|folder| {
            folder.file("storages/ProbeType/ProbeType.json", r#"{"bucketName": "new"}"#);
        }),
        ("a default of a variable", &|folder| {
            folder.file("app.json", r#"{"variables": [{"name": "V", "default": "new"}]}"#);
        }),
        ("the app's id", &|folder| {
            folder.file("app.json", r#"{"appId": "a.b", "variables": [{"name": "V", "default": "old"}]}"#);
        }),
    ];
    for (what, change) in changes {
        let folder = Folder::new();
        folder.file("app.json", r#"{"variables": [{"name": "V", "default": "old"}]}"#);
        folder.probe("storages/MyOss", "x").element("storages/ProbeType", "storages.Meta");
        folder.file("storages/ProbeType/ProbeType.json", r#"{"bucketName": "${V}"}"#);
        let app = folder.load();
        let before = serial_of(&app, "storages.MyOss");
        app.reload().unwrap();
        assert_eq!(serial_of(&app, "storages.MyOss"), before, "{what}: nothing had changed");
        change(&folder);
        app.reload().unwrap();
        assert_ne!(serial_of(&app, "storages.MyOss"), before, "{what}");
    }
}

#[test]
fn a_broken_change_leaves_the_app_as_it_was() {
    let breaks: [(&str, Change); 5] = [
        ("`storages/MyOss/e.json:1:1`: EOF", &|folder| _ = folder.file("storages/MyOss/e.json", "{")),
        ("`storages/MyOss/MyOss.json:1:1`: EOF", &|folder| _ = folder.file("storages/MyOss/MyOss.json", "{")),
        ("this note is refused", &|folder| _ = folder.file("storages/MyOss/MyOss.json", &probe_config("refuse"))),
        ("`storages.GoneType` is not linked", &|folder| _ = folder.element("storages/MyOss", "storages.GoneType")),
        ("`app.json:1:1`: EOF", &|folder| _ = folder.file("app.json", "{")),
    ];
    for (expected, change) in breaks {
        let folder = Folder::new();
        folder.probe("storages/MyOss", "good").probe("storages/Other", "good");
        let app = folder.load();
        let before = serial_of(&app, "storages.MyOss");
        change(&folder);
        folder.probe("storages/Added", "x");
        let error = folder.without_path(&app.reload().unwrap_err().to_string());
        assert!(error.contains(expected), "{error}");
        assert_eq!(serial_of(&app, "storages.MyOss"), before);
        assert_eq!(note(&app, "storages.Other"), "good");
        assert!(app.get_element("storages.Added").is_err(), "half of the change took effect");

        folder.remove("storages").file("app.json", "{}").probe("storages/MyOss", "mended");
        app.reload().unwrap();
        assert_eq!(note(&app, "storages.MyOss"), "mended");
        assert!(app.get_element("storages.Other").is_err(), "a removed element is gone");
    }
}

#[test]
fn what_nobody_uses_may_be_broken() {
    let folder = Folder::new();
    folder.probe("storages/Used", "x").probe("storages/Unused", "x");
    let app = folder.load();
    app.get_element("storages.Used").unwrap();
    folder.file("storages/Unused/Unused.json", "{");
    app.reload().unwrap();
    assert!(app.get_element("storages.Unused").is_err());
}

#[test]
fn calls_and_reloads_go_on_side_by_side() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "x");
    let app = folder.load();
    let before = serial_of(&app, "storages.MyOss");
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| (0..200).for_each(|_| assert_eq!(note(&app, "storages.MyOss"), "x"))))
            .collect();
        (0..30).for_each(|_| app.reload().unwrap());
        callers.into_iter().for_each(|caller| caller.join().unwrap());
    });
    assert_eq!(serial_of(&app, "storages.MyOss"), before);
}
