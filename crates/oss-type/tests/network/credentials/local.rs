//! Keys from the environment and from programs.

use super::super::child::{child, is_child_for, run};
use super::{assert_hidden, element_at};

/// The environment belongs to a whole process, so the part of the test that needs one runs in its own.
#[tokio::test]
async fn the_environments_keys_are_read_on_first_use() {
    let server = super::super::server().await;
    let keys = (server.access_key_id().to_owned(), server.access_key_secret().to_owned());
    for [id, secret] in [
        ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"],
        ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    ] {
        let mut child = child("credentials::local::in_an_environment_with_keys");
        child.env("KEYS_SERVER", server.endpoint()).env(id, &keys.0).env(secret, &keys.1);
        run(child).await;
        let own = super::super::element(&server, &[]);
        assert!(own.exists("made by the child").await.unwrap());
        own.delete("made by the child").await.unwrap();
    }
}

#[tokio::test]
async fn in_an_environment_with_keys() {
    let Ok(endpoint) = std::env::var("KEYS_SERVER") else { return };
    let oss = element_at(&endpoint, &[("credentials", "environment")]).unwrap();
    super::use_them(&oss).await;
    oss.upload_by_file("made by the child", "x", None).await.unwrap();
}

#[tokio::test]
async fn what_the_environment_lacks_is_named() {
    run(child("credentials::local::in_an_empty_environment")).await;
}

#[tokio::test]
async fn in_an_empty_environment() {
    if !is_child_for("credentials::local::in_an_empty_environment") {
        return;
    }
    for (choice, expected) in [
        ("environment", "environment: neither `OSS_ACCESS_KEY_ID` nor `ALIBABA_CLOUD_ACCESS_KEY_ID` is set"),
        ("oidc", "OIDC role: neither the key `roleArn` nor the environment variable `ALIBABA_CLOUD_ROLE_ARN` is set"),
    ] {
        let oss = element_at("127.0.0.1:1", &[("credentials", choice)]).unwrap();
        let error = oss.get_sign_url("a", None, None).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[cfg(unix)]
mod process {
    use std::path::PathBuf;

    use meta::ErrorKind;

    use super::super::{TEMPORARY, document, element, element_at, server, use_them};
    use super::assert_hidden;

    /// A program that does what the lines say.
    fn program(folder: &tempfile::TempDir, name: &str, lines: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;

        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn command(path: &std::path::Path, arguments: &str) -> String {
        format!("'{}' {arguments}", path.display())
    }

    #[tokio::test]
    async fn programs_write_keys_and_get_their_words_as_they_stand() {
        let server = server().await;
        let folder = tempfile::Builder::new().prefix("a folder").tempdir().unwrap();
        let lines = format!("[ \"$1\" = 'a b' ] && [ \"$2\" = '$HOME|x' ] && echo '{{{}}}'", document());
        let tool = program(&folder, "get keys", &lines);
        let command = command(&tool, r#""a b" $HOME|x"#);
        use_them(&element(&server, &[("credentials", "process"), ("credentialProcess", &command)])).await;

        let [id, secret, token] = TEMPORARY;
        let other = format!(
            r#"echo '{{"mode": "StsToken", "access_key_id": "{id}", "access_key_secret": "{secret}", "sts_token": "{token}"}}'"#
        );
        let tool = program(&folder, "other", &other);
        let command = super::process::command(&tool, "");
        use_them(&element(&server, &[("credentials", "process"), ("credentialProcess", &command)])).await;
    }

    #[tokio::test]
    async fn programs_that_fail_are_named_without_what_they_said() {
        let folder = tempfile::tempdir().unwrap();
        for (lines, kind, expected) in [
            (
                "echo the-temporary-secret >&2; exit 3",
                ErrorKind::PermissionDenied,
                "failing` ended with exit status: 3: run it by hand to see why",
            ),
            (
                "echo the-temporary-secret",
                ErrorKind::UnexpectedAnswer,
                "failing` wrote failed: it is not the JSON that it should be",
            ),
            (
                r#"echo '{"AccessKeySecret": "the-temporary-secret"}'"#,
                ErrorKind::UnexpectedAnswer,
                "failing` wrote failed: it holds no `AccessKeyId`",
            ),
            ("yes the-temporary-secret", ErrorKind::UnexpectedAnswer, "failing` wrote more than 65536 bytes"),
        ] {
            let tool = program(&folder, "failing", lines);
            let command = command(&tool, "--key the-temporary-token");
            let oss =
                element_at("127.0.0.1:1", &[("credentials", "process"), ("credentialProcess", &command)]).unwrap();
            let error = oss.download("a").await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(
                error.to_string().contains("credential process: ") && error.to_string().contains(expected),
                "{error}"
            );
            assert_hidden(&format!("{error} {error:?} {oss:?}"));
        }
        let missing = folder.path().join("missing");
        let oss =
            element_at("127.0.0.1:1", &[("credentials", "process"), ("credentialProcess", missing.to_str().unwrap())]);
        let error = oss.unwrap().download("a").await.unwrap_err().to_string();
        assert!(error.contains(&format!("credential process: starting `{}` failed", missing.display())), "{error}");
    }
}
