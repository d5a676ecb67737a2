//! An app as JitAi's own tools make it: many families, nested elements, parents that are not here.

use crate::fixture::{Folder, note, probe_config};

fn jitai_app() -> Folder {
    let folder = Folder::new();
    folder.file(
        "app.json",
        r#"{
            "appId": "acme.Crm", "name": "Crm", "title": "客户管理", "version": "2.3.0", "orgId": "acme", "icon": "",
            "theme": {"primary": "blue"}, "encrypted": 0,
            "extends": [{"appId": "wanyun.JitAi", "version": "1.0.0"}, {"appId": "wanyun.JitDevTools", "version": "1.0.0"}],
            "settings": {"defaultElement": {
                "defaultCache": "caches.Default", "defaultDatabase": "databases.Default", "defaultShell": "shells.Web",
                "defaultStorage": "storages.Attachments"
            }}
        }"#,
    );
    for (element, declaration) in [
        (
            "models/CustomerModel",
            r#"{"title": "Customer", "type": "models.NormalType", "backendBundleEntry": ".", "functionList": [
                {"name": "find", "title": "Find", "async": false, "loginRequired": 1, "args": [
                    {"name": "id", "title": "Id", "dataType": "Stext", "acceptDataTypes": ["Stext"], "value": null}]}]}"#,
        ),
        (
            "pages/CustomerList",
            r#"{"title": "Customers", "type": "pages.NormalType", "frontBundleEntry": "./frontend/index.js",
                "loadTime": "afterStartUp", "loader": {"scheme": "x"}, "tag": "a,b"}"#,
        ),
        (
            "services/MsgSvc",
            r#"{"title": "Messages", "type": "services.NormalType", "backendBundleEntry": "./backend",
                "backendLoadTime": "beforeHandleRequest", "cacheLevel": 1, "eventDescs": [{"name": "sent"}]}"#,
        ),
        ("databases/Default", r#"{"title": "Db", "type": "databases.SqliteType", "variables": []}"#),
        ("storages/services/StorageSvc", r#"{"title": "Svc", "type": "services.NormalType"}"#),
        ("storages/services/models/FileModel", r#"{"title": "Files", "type": "models.NormalType"}"#),
        (
            "imRobots/dingTalk/Editor",
            r#"{"type": "editors.React", "tag": "editor", "targetType": ["imRobots.Type"], "outputName": "index"}"#,
        ),
        ("shells/Web", r#"{"title": "Shell", "type": "shells.NormalType", "accessModifier": "protected"}"#),
    ] {
        folder.file(&format!("{element}/e.json"), declaration);
    }
    folder.file("models/CustomerModel/model.py", "class CustomerModel: pass");
    folder.file("models/CustomerModel/config.json", "not JSON, and nobody's business here");
    folder.file("services/MsgSvc/backend/e.json", "code may be called so");
    folder.file("commons/backend/tools.py", "").file("dist/storages/Attachments/element.pkg", "");
    folder.file("dist/storages/Old/e.json", "{").file("appData/x/e.json", "{");
    folder.file("pages/Broken/e.json", "{ // a comment\n}");
    folder.element("storages/Attachments", "storages.ProbeType");
    folder.file("storages/Attachments/Attachments.json", &probe_config("attached"));
    folder
}

#[test]
fn it_loads_with_warnings_and_its_storages_work() {
    let folder = jitai_app();
    let app = folder.load();
    assert_eq!((app.app_id().as_deref(), app.title().as_deref()), (Some("acme.Crm"), Some("客户管理")));
    assert_eq!(note(&app, "storages.Attachments"), "attached");
    assert_eq!(app.default_storage().unwrap().full_name().as_str(), "storages.Attachments");
    assert_eq!(app.storage_names().len(), 1);
    let warnings = app.warnings().join("\n");
    for part in ["`wanyun.JitAi` 1.0.0", "`wanyun.JitDevTools` 1.0.0", "pages/Broken/e.json:1:3`: key must be a string"]
    {
        assert!(warnings.contains(part), "{warnings}");
    }
    assert_eq!(app.warnings().len(), 3, "{warnings}");
}

#[test]
fn elements_of_its_other_families_say_so_and_name_the_absent_parents() {
    let folder = jitai_app();
    let app = folder.load();
    for name in ["models.CustomerModel", "services.MsgSvc", "storages.services.StorageSvc", "imRobots.dingTalk.Editor"]
    {
        let error = app.get_element(name).unwrap_err().to_string();
        for part in [
            "and this library serves storages",
            "the parent apps `wanyun.JitAi` 1.0.0, `wanyun.JitDevTools` 1.0.0 are not at hand",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
    let error = app.get_element("storages.Attachment").unwrap_err().to_string();
    assert!(error.contains("did you mean `storages.Attachments`?") && error.contains("not at hand"), "{error}");
}

#[test]
fn its_definitions_keep_what_belongs_to_other_tools() {
    let folder = jitai_app();
    let app = folder.load();
    let page = app.get_element_define("pages.CustomerList").unwrap();
    assert_eq!(page.other["loader"]["scheme"], "x");
    let model = app.get_element_define("models.CustomerModel").unwrap();
    assert_eq!(model.function_list[0]["args"][0]["dataType"], "Stext");
    assert_eq!(app.get_all_elements_define().len(), 9);
}
