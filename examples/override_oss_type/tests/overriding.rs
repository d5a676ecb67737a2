//! The two Types that extend `storages.OssType`, and the app that rewrites it, on the embedded server.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod server;

use std::process::Command;

use conformance::Profile;
use jit_storages as _;
use meta::{
    Ability, Body, CopyOptions, ErrorKind, Feature, ListOptions, Operation, Overwrite, StorageElement, UploadOptions,
};
use override_oss_type as _;
use server::EmbeddedServer;

fn element(type_name: &str, more: &[(&str, &str)]) -> meta::Result<StorageElement> {
    let server = EmbeddedServer::get();
    let mut entries = server.entries();
    entries.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    conformance::element(type_name, entries)
}

mod tenant {
    use super::*;

    fn tenant() -> Profile {
        Profile::new(|| std::future::ready(element("storages.TenantType", &[("tenant", "acme")])))
            .with_abilities(&[Ability::List])
            .with_features(Feature::ALL)
            .with_secrets([EmbeddedServer::get().secret()])
            .with_fetch(server::fetch)
            .with_lasting_store()
            .with_refused_names(|name| "acme/".len() + name.len() > 1023)
    }

    conformance::suite!(tenant);
}

#[tokio::test]
async fn a_tenant_cannot_be_walked_around() {
    let tenant = element("storages.TenantType", &[("tenant", "walker")]).unwrap();
    let bucket = element("storages.OssType", &[]).unwrap();
    tenant.upload_by_file("a.txt", "mine", "text/plain").await.unwrap();

    // Copying goes by reading and writing through the Type, since the base's own copy is closed.
    assert!(bucket.can(Ability::Copy) && !tenant.can(Ability::Copy));
    tenant.copy("a.txt", "b.txt", CopyOptions::default()).await.unwrap();
    // Appending and parts have no other way, and say who closed them.
    let appended = tenant.append("a.txt", 0, "more", UploadOptions::default()).await.unwrap_err();
    let initiated = tenant.initiate_multipart("c.txt", UploadOptions::default()).await.unwrap_err();
    let part = tenant.upload_part("c.txt", "id", 1, "x").await.unwrap_err();
    let completed = tenant.complete_multipart("c.txt", "id", Vec::new(), Overwrite::Allow).await.unwrap_err();
    for error in [appended, initiated, part, completed] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("closed by storages.TenantType"), "{error}");
    }
    // A signed PUT writes under the prefix too.
    let signed = tenant.get_upload_url("d.txt", "text/plain", 60).await.unwrap();
    assert_eq!(server::fetch(signed, Some("signed".into())).await.0, 200);

    let mut names = Vec::new();
    for info in bucket.list(ListOptions::prefix("walker/")).await.unwrap().objects {
        names.push(info.name.to_string());
    }
    assert_eq!(names, ["walker/a.txt", "walker/b.txt", "walker/d.txt"]);
    for name in ["a.txt", "b.txt", "c.txt", "d.txt"] {
        assert!(!bucket.exists(name).await.unwrap(), "{name} is outside the tenant's prefix");
    }
    let seen = tenant.list(ListOptions::default()).await.unwrap();
    let seen: Vec<_> = seen.objects.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(seen, ["a.txt", "b.txt", "d.txt"]);
    tenant.delete_many(["a.txt", "b.txt", "d.txt"]).await.unwrap();
    assert!(bucket.list(ListOptions::prefix("walker/")).await.unwrap().objects.is_empty());
}

#[test]
fn a_missing_tenant_is_told() {
    let error = element("storages.TenantType", &[]).unwrap_err().to_string();
    assert!(error.contains("key `tenant` is missing"), "{error}");
}

#[tokio::test]
async fn the_subclass_of_one_method_refuses_every_deletion_and_inherits_the_rest() {
    let keep = element("storages.KeepAllType", &[]).unwrap();
    keep.upload_with("kept.txt", Body::from("kept"), UploadOptions::default()).await.unwrap();
    let one = keep.delete("kept.txt").await.unwrap_err();
    let many = keep.delete_many(["kept.txt", "other.txt"]).await.unwrap_err();
    for error in [one, many] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::PermissionDenied, Some(Operation::Delete)));
        assert!(error.to_string().starts_with("storages.UnderTest (storages.KeepAllType): deletion"), "{error}");
    }
    assert_eq!(&keep.download("kept.txt").await.unwrap()[..], b"kept");
}

#[test]
fn the_subclass_of_one_method_is_fifteen_lines_in_all() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/keep_all.rs");
    let lines = std::fs::read_to_string(path).unwrap().lines().count();
    assert!(lines <= 15, "{lines} lines");
    // Also by rustfmt's own defaults, which are narrower than this repository's.
    let formatted = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config", "max_width=100,use_small_heuristics=Default", path])
        .output();
    if let Ok(output) = formatted {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// The rewritten `storages.OssType` is in force for an instance that knows nothing of it.
#[test]
fn an_app_rewrites_the_official_type() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewrite_oss_type"));
    let keys = [
        ("accessKeyId", "OSS_ACCESS_KEY_ID"),
        ("accessKeySecret", "OSS_ACCESS_KEY_SECRET"),
        ("endPoint", "OSS_ENDPOINT"),
        ("bucketName", "OSS_BUCKET"),
    ];
    for (key, value) in EmbeddedServer::get().entries() {
        let variable = keys.iter().find(|(name, _)| *name == key).unwrap().1;
        command.env(variable, value);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("stamp: rewritten"), "{said}");

    let own = include_str!("../app/storages/MyOss/e.json");
    assert_eq!(own, include_str!("../../../storages/MyOss/e.json"), "the instance is unchanged");
}
