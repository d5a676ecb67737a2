//! Symbolic links among the folders of an app.
#![cfg(unix)]

use std::os::unix::fs::symlink;

use crate::fixture::{Folder, note};

#[test]
fn a_linked_folder_is_an_element_under_the_link_s_name() {
    let outside = Folder::new();
    outside.element("x", "storages.ProbeType").file("x/Linked.json", &crate::fixture::probe_config("outside"));
    let folder = Folder::new();
    folder.probe("storages/Real", "");
    symlink(outside.at("x"), folder.at("storages/Linked")).unwrap();
    let app = folder.load();
    assert_eq!(note(&app, "storages.Linked"), "outside");
    assert_eq!(app.storage_names().len(), 2);
}

#[test]
fn links_that_lead_in_circles_end() {
    let folder = Folder::new();
    folder.probe("storages/A", "a").probe("storages/B", "b");
    symlink(folder.path(), folder.at("storages/A/root")).unwrap();
    symlink(".", folder.at("storages/A/self")).unwrap();
    symlink("../B", folder.at("storages/A/b")).unwrap();
    symlink("../A", folder.at("storages/B/a")).unwrap();
    symlink("/", folder.at("storages/all")).unwrap();
    symlink("nowhere", folder.at("storages/void")).unwrap();
    symlink("loop", folder.at("storages/loop")).unwrap();
    let app = folder.load();
    let names = app.storage_names();
    let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["storages.A", "storages.A.b", "storages.B", "storages.B.a"]);
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());
}

#[test]
fn a_linked_declaration_is_read() {
    let folder = Folder::new();
    folder.file("shared.json", r#"{"type": "storages.ProbeType"}"#);
    folder.file("storages/MyOss/MyOss.json", &crate::fixture::probe_config("x"));
    symlink("../../shared.json", folder.at("storages/MyOss/e.json")).unwrap();
    assert_eq!(note(&folder.load(), "storages.MyOss"), "x");
}

#[test]
fn links_that_multiply_are_refused_and_not_followed_without_end() {
    let folder = Folder::new();
    let names: Vec<_> = (0..16).map(|at| format!("S{at}")).collect();
    names.iter().for_each(|name| _ = folder.probe(&format!("storages/{name}"), ""));
    for one in &names {
        for other in names.iter().filter(|other| *other != one) {
            symlink(format!("../{other}"), folder.at(&format!("storages/{one}/to{other}"))).unwrap();
        }
    }
    let refusal = folder.refusal();
    assert!(refusal.contains("lead to more than 10000 folders, the last of them `storages/S"), "{refusal}");
    assert!(refusal.ends_with("remove links to folders that link to each other"), "{refusal}");
}
