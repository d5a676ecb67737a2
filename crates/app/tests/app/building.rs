//! When elements are built, how often, and from which files.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use meta::prelude::*;

use crate::fixture::{Folder, builds, note, probe_config, serial, value};

#[test]
fn an_element_is_built_on_first_use_and_kept() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "x");
    let app = folder.load();
    assert_eq!(builds(&folder, "storages.MyOss"), 0);
    let first = app.get_element("storages.MyOss").unwrap();
    let second = app.clone().get_element("storages.MyOss").unwrap();
    assert_eq!(serial(&first), serial(&second));
    assert_eq!(builds(&folder, "storages.MyOss"), 1);
    assert_eq!((first.name(), first.title()), ("MyOss", "storages/MyOss"));
    assert_eq!(first.get_file("MyOss.json").unwrap(), probe_config("x").as_bytes());
}

#[test]
fn a_failed_build_is_tried_again_by_the_next_call() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "refuse");
    let app = folder.load();
    for attempt in 1..=2 {
        assert!(app.get_element("storages.MyOss").is_err());
        assert_eq!(builds(&folder, "storages.MyOss"), attempt);
    }
    folder.probe("storages/MyOss", "mended");
    assert_eq!(note(&app, "storages.MyOss"), "mended");
}

/// A Type that is still being built when the next caller asks.
#[derive(Debug)]
struct Slow(Arc<dyn Storage>);

/// How many callers are on their way, and how often the factory ran.
static CALLERS: AtomicUsize = AtomicUsize::new(0);
static RUNS: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl StorageOverride for Slow {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }
}

storage_type!("storages.SlowType", extends: "storages.ProbeType", build: |base| {
    RUNS.lock().unwrap().push(base.context().element().to_string());
    while !CALLERS.load(Ordering::SeqCst).is_multiple_of(4) {
        thread::yield_now();
    }
    Ok(Slow(base.build()?))
});

#[test]
fn many_callers_make_one_build() {
    fn shareable<T: Send + Sync + Clone>(_: &T) {}
    let folder = Folder::new();
    let names: Vec<_> = (0..50).map(|at| format!("Many{at}")).collect();
    for name in &names {
        folder.element(&format!("storages/{name}"), "storages.SlowType");
        folder.file(&format!("storages/{name}/{name}.json"), &probe_config("x"));
    }
    let app = folder.load();
    shareable(&app);
    let together = Barrier::new(4);
    for name in &names {
        let name = format!("storages.{name}");
        let serials: Vec<_> = thread::scope(|scope| {
            let call = || {
                together.wait();
                CALLERS.fetch_add(1, Ordering::SeqCst);
                serial(&app.get_element(&name).unwrap())
            };
            let callers: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert!(serials.iter().all(|serial| *serial == serials[0]), "{serials:?}");
    }
    let mut runs: Vec<_> = RUNS.lock().unwrap().iter().filter(|name| name.contains("Many")).cloned().collect();
    assert_eq!(runs.len(), names.len());
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(runs.len(), names.len(), "an element was built twice");
}

#[test]
fn what_asks_for_it_is_built_while_the_app_loads() {
    let folder = Folder::new();
    let early = r#"{"type": "storages.ProbeType", "backendLoadTime": "afterAppInit"}"#;
    folder.probe("storages/Early", "x").file("storages/Early/e.json", early);
    folder.probe("storages/Late", "x");
    folder.file("services/Other/e.json", r#"{"type": "services.NormalType", "backendLoadTime": "afterAppInit"}"#);
    folder.load();
    assert_eq!((builds(&folder, "storages.Early"), builds(&folder, "storages.Late")), (1, 0));

    folder.file("storages/Early/Early.json", &probe_config("refuse"));
    let error = folder.refusal();
    assert!(error.ends_with("`storages/Early/Early.json`: key `note`: this note is refused"), "{error}");
}

#[test]
fn the_business_file_is_named_like_the_element_or_else_config_json() {
    let folder = Folder::new();
    folder.element("storages/A", "storages.ProbeType").file("storages/A/config.json", &probe_config("fallback"));
    folder.probe("storages/B", "named").file("storages/B/config.json", "broken, and not looked at");
    folder.element("storages/e", "storages.ProbeType").file("storages/e/config.json", &probe_config("of e"));
    let app = folder.load();
    assert_eq!(note(&app, "storages.A"), "fallback");
    assert_eq!(note(&app, "storages.B"), "named");
    assert_eq!(note(&app, "storages.e"), "of e");
}

#[test]
fn the_folder_of_a_type_gives_defaults_to_its_instances() {
    let folder = Folder::new();
    folder.element("storages/ProbeType", "storages.Meta");
    folder.file("storages/ProbeType/ProbeType.json", r#"{"bucketName": "default", "maxAttempts": "{{ATTEMPTS}}"}"#);
    folder.file("storages/ProbeType/config.json", "of another tool");
    folder.file(
        "storages/ProbeType/e.json",
        r#"{"type": "storages.Meta", "backendBundleEntry": ".", "variables": [{"name": "ATTEMPTS", "default": "9"}]}"#,
    );
    folder.probe("storages/A", "a");
    folder.element("storages/B", "storages.ProbeType");
    folder.file("storages/B/B.json", r#"{"endPoint": "h", "accessKeySecret": "s", "bucketName": "own"}"#);
    let app = folder.load();
    let [a, b] = ["storages.A", "storages.B"].map(|name| app.get_element(name).unwrap());
    assert_eq!(value(&a, "bucketName").unwrap(), "default");
    assert_eq!(value(&b, "bucketName").unwrap(), "own");
    assert_eq!(value(&b, "maxAttempts").unwrap(), "9");
}

#[test]
fn a_folder_alone_makes_a_type_of_another_with_configuration() {
    let folder = Folder::new();
    folder.element("storages/TeamType", "storages.ProbeType");
    folder.file("storages/TeamType/TeamType.json", r#"{"endPoint": "team", "accessKeySecret": "s"}"#);
    folder.element("storages/Ours", "storages.TeamType");
    let app = folder.load();
    let ours = app.get_element("storages.Ours").unwrap();
    assert_eq!(value(&ours, "endPoint").unwrap(), "team");
    assert_eq!(ours.element_type().as_str(), "storages.TeamType");
    // A mistake in the defaults is found by loading: no instance could be built.
    folder.file("storages/TeamType/TeamType.json", "{");
    assert!(
        folder.refusal().starts_with("storages.TeamType: `storages/TeamType/TeamType.json:1:1`: EOF"),
        "{}",
        folder.refusal()
    );
}

#[test]
fn an_override_of_one_crate_builds_on_the_type_of_another() {
    let folder = Folder::new();
    folder.element("storages/S", "storages.SlowType").file("storages/S/S.json", &probe_config("through"));
    let probe = folder.load().get_element("storages.S").unwrap();
    assert_eq!(value(&probe, "note").unwrap(), "through");
}
