//! Profiles of Alibaba Cloud's tools.

use std::path::{Path, PathBuf};

use meta::StorageElement;
use oss_server::RunningServer;

use super::super::scripted::{Answer, Scripted};
use super::{TEMPORARY, assert_hidden, document, element, server, use_them};

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

fn write(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn of_profile(server: &RunningServer, file: &Path, profile: Option<&str>, more: &[(&str, &str)]) -> StorageElement {
    let mut keys = vec![("credentials", "profile"), ("profileFile", file.to_str().unwrap())];
    keys.extend(profile.map(|profile| ("profile", profile)));
    keys.extend(more);
    element(server, &keys)
}

fn config_json(server: &RunningServer) -> String {
    let [id, secret, token] = TEMPORARY;
    let (own_id, own_secret) = (server.access_key_id(), server.access_key_secret());
    format!(
        r#"{{"current": "keys", "meta_path": "", "profiles": [
            {{"name": "keys", "mode": "AK", "access_key_id": "{own_id}", "access_key_secret": "{own_secret}", "sts_token": "", "ram_role_arn": "", "expired_seconds": 0, "retry_count": 0, "private_key": ""}},
            {{"name": "token", "mode": "StsToken", "access_key_id": "{id}", "access_key_secret": "{secret}", "sts_token": "{token}"}},
            {{"name": "instance", "mode": "EcsRamRole", "ram_role_name": "app"}},
            {{"name": "role", "mode": "RamRoleArn", "access_key_id": "source", "access_key_secret": "s", "ram_role_arn": "{ROLE}", "ram_session_name": "me", "expired_seconds": 900}},
            {{"name": "chain", "mode": "ChainableRamRoleArn", "source_profile": "token", "ram_role_arn": "{ROLE}"}},
            {{"name": "loop", "mode": "ChainableRamRoleArn", "source_profile": "loop", "ram_role_arn": "{ROLE}"}},
            {{"name": "sso", "mode": "CloudSSO", "access_token": "the-temporary-secret"}}
        ]}}"#
    )
}

#[tokio::test]
async fn profiles_of_the_command_line_tool_are_understood() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "config.json", &config_json(&server));
    let metadata = Scripted::start(|request, _| match request.line.as_str() {
        "PUT /latest/api/token HTTP/1.1" => Answer::new(404, ""),
        "GET /latest/meta-data/ram/security-credentials/app HTTP/1.1" => {
            Answer::new(200, format!("{{{}}}", document()))
        }
        _ => Answer::new(500, ""),
    })
    .await;
    let sts = Scripted::start(|_, _| Answer::new(200, format!(r#"{{"Credentials": {{{}}}}}"#, document()))).await;
    let more = [("metadataEndPoint", metadata.address()), ("stsEndPoint", sts.address())];
    for profile in [None, Some("keys"), Some("token"), Some("instance"), Some("role"), Some("chain")] {
        use_them(&of_profile(&server, &file, profile, &more)).await;
    }
    let asked: Vec<_> = sts.seen().iter().map(|request| request.text().to_owned()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].contains("RoleSessionName=me&DurationSeconds=900"), "{}", asked[0]);
    let source = format!("AccessKeyId={}", TEMPORARY[0]);
    assert!(
        asked[1].contains(&source) && asked[1].contains(&format!("SecurityToken={}", TEMPORARY[2])),
        "{}",
        asked[1]
    );
}

#[tokio::test]
async fn profiles_of_the_sdks_are_understood() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let [id, secret, token] = TEMPORARY;
    let (own_id, own_secret) = (server.access_key_id(), server.access_key_secret());
    let text = format!(
        "# keys\n[default]\nenable = true\ntype = access_key\naccess_key_id = {own_id}\naccess_key_secret = {own_secret}\n\n\
         [token]\r\ntype=sts\r\naccess_key_id={id}\r\naccess_key_secret={secret}\r\nsecurity_token={token}\r\n\
         ; a role\n[role]\ntype = ram_role_arn\naccess_key_id = source\naccess_key_secret = a=b\nrole_arn = {ROLE}\n\
         role_session_name = me\n"
    );
    let file = write(&folder, "credentials", &text);
    let sts = Scripted::start(|_, _| Answer::new(200, format!(r#"{{"Credentials": {{{}}}}}"#, document()))).await;
    for profile in [None, Some("default"), Some("token"), Some("role")] {
        use_them(&of_profile(&server, &file, profile, &[("stsEndPoint", sts.address())])).await;
    }
    assert_eq!(sts.seen().len(), 1);
}

#[tokio::test]
async fn a_profile_that_was_written_anew_is_read_when_its_keys_are_refused() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let stale = "[default]\ntype = sts\naccess_key_id = STS.old\naccess_key_secret = old\nsecurity_token = old\n";
    let file = write(&folder, "credentials", stale);
    let oss = of_profile(&server, &file, None, &[("maxAttempts", "1")]);
    let error = oss.download("a").await.unwrap_err().to_string();
    assert!(error.contains("the keys came from profile; check them there"), "{error}");
    let [id, secret, token] = TEMPORARY;
    write(
        &folder,
        "credentials",
        &format!("[default]\naccess_key_id = {id}\naccess_key_secret = {secret}\nsecurity_token = {token}\n"),
    );
    use_them(&oss).await;
}

#[tokio::test]
async fn profiles_that_cannot_be_used_are_named_with_their_file() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "config.json", &config_json(&server));
    let broken = write(&folder, "broken.json", r#"{"profiles": [{"access_key_secret": the-temporary-secret"#);
    let empty = write(&folder, "empty", "");
    let missing = folder.path().join("missing");
    for (file, profile, expected) in [
        (&file, Some("nobody"), "there is no profile `nobody`: there are `keys`, `token`, "),
        (&file, Some("sso"), "profile `sso`: mode `CloudSSO` is not supported"),
        (&file, Some("loop"), "stands on too many others, or on itself"),
        (&broken, None, "it is not the JSON that it should be, at line 1"),
        (&empty, None, "there is no profile `default`: the file holds no profile at all"),
        (&missing, None, "failed: "),
    ] {
        let error = of_profile(&server, file, profile, &[]).download("a").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("profile: ") && text.contains(&format!("`{}`", file.display())), "{text}");
        assert!(text.contains(expected), "{text}");
        assert_hidden(&format!("{error:?}"));
    }
}
