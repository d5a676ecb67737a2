//! The official SDKs as clients of the server: client and server of this workspace share their signatures, so that
//! their agreement proves nothing, and these programs do. They run with `SDKS=1`, and then need Python 3 with `venv`,
//! Node and npm, and a package index for both; the SDKs themselves are installed under the target folder.

#![expect(clippy::unwrap_used, reason = "what is missing fails its test")]
#![allow(clippy::print_stdout, reason = "a test that is passed over says so")]

mod install;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use oss_server::{OssServer, Rights, RunningServer};

const ID: &str = "sdk-test-id";
/// Of every key pair: an id is enough to tell them apart.
const SECRET: &str = "sdk-test-secret";
const READER: &str = "sdk-test-reader";
const STS: (&str, &str) = ("STS.sdk-test", "token+of/the=tests");
const STS_EXPIRED: (&str, &str) = ("STS.sdk-test-expired", "token-that-was");
const ADMIN_TOKEN: &str = "sdk-test-admin";
const BUCKET: &str = "docs";
/// Not the one that servers are in by default, and SDKs too.
const REGION: &str = "cn-shanghai";
const TWENTY_MINUTES: i64 = 1200;

/// The checks that every program runs, so that none is left out unseen.
const CHECKS: [&str; 34] = [
    "makes_and_deletes_buckets",
    "puts_gets_and_heads",
    "heeds_conditions",
    "gets_ranges",
    "lists_by_delimiter",
    "lists_in_pages",
    "lists_names_with_spaces_and_plus_signs",
    "deletes_many",
    "copies",
    "appends",
    "uploads_20_parts",
    "resumes_uploads",
    "resumes_downloads",
    "notices_a_flipped_bit",
    "signs_gets",
    "signs_puts",
    "uploads_forms",
    "tags",
    "controls_access",
    "links",
    "keeps_versions",
    "takes_awkward_keys",
    "keeps_dot_segments_apart",
    "takes_control_characters",
    "takes_the_longest_key",
    "refuses_a_wrong_secret",
    "refuses_a_tampered_path",
    "refuses_a_changed_header",
    "refuses_what_was_changed_on_the_way",
    "refuses_an_expired_address",
    "refuses_a_clock_20_minutes_off",
    "heeds_rights",
    "serves_virtual_hosts",
    "believes_known_tokens_only",
];
/// Signatures V1 name no region.
const CHECKS_OF_V4: [&str; 1] = ["refuses_a_foreign_region"];

#[tokio::test(flavor = "multi_thread")]
async fn oss2_v1() {
    check("oss2_v1", "v1", install::python, "with_oss2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oss2_v4() {
    check("oss2_v4", "v4", install::python, "with_oss2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alibabacloud_oss_v2_v1() {
    check("alibabacloud_oss_v2_v1", "v1", install::python, "with_oss_v2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alibabacloud_oss_v2_v4() {
    check("alibabacloud_oss_v2_v4", "v4", install::python, "with_oss_v2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ali_oss_v1() {
    check("ali_oss_v1", "v1", install::node, "with_ali_oss/main.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ali_oss_v4() {
    check("ali_oss_v4", "v4", install::node, "with_ali_oss/main.mjs").await;
}

/// Runs a program against a server of its own, and fails unless every check ran and held.
async fn check(test: &str, version: &'static str, runtime: fn() -> Command, program: &str) {
    if !std::env::var("SDKS").is_ok_and(|value| value == "1") {
        println!("{test} is passed over; run it by `SDKS=1 cargo test -p jit-storages-oss-server --test sdks {test}`");
        return;
    }
    let (server, ahead, behind) = (server().await, server().await, server().await);
    ahead.shift_clock(TWENTY_MINUTES);
    behind.shift_clock(-TWENTY_MINUTES);
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("OSS_SIGNATURE_VERSION", version.to_owned()),
        ("OSS_ENDPOINT", server.endpoint()),
        ("OSS_ENDPOINT_AHEAD", ahead.endpoint()),
        ("OSS_ENDPOINT_BEHIND", behind.endpoint()),
        ("OSS_REGION", REGION.to_owned()),
        ("OSS_BUCKET", BUCKET.to_owned()),
        ("OSS_ACCESS_KEY_ID", ID.to_owned()),
        ("OSS_ACCESS_KEY_SECRET", SECRET.to_owned()),
        ("OSS_READER_ID", READER.to_owned()),
        ("OSS_STS_ID", STS.0.to_owned()),
        ("OSS_STS_TOKEN", STS.1.to_owned()),
        ("OSS_STS_EXPIRED_ID", STS_EXPIRED.0.to_owned()),
        ("OSS_STS_EXPIRED_TOKEN", STS_EXPIRED.1.to_owned()),
        ("OSS_ADMIN_TOKEN", ADMIN_TOKEN.to_owned()),
        ("OSS_TEST_FOLDER", folder.path().to_str().unwrap().to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
        ("no_proxy", "127.0.0.1".to_owned()),
    ];
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks");
    let program = programs.join(program);
    // Where the Python programs find what they share.
    let run = move || {
        let mut command = runtime();
        command.arg(program).env("PYTHONPATH", programs).envs(settings);
        command.output().unwrap_or_else(|error| panic!("cannot run {:?}: {error}", command.get_program()))
    };
    let ran = tokio::task::spawn_blocking(run).await;
    let output = ran.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    judge(version, &output);
}

async fn server() -> RunningServer {
    OssServer::builder()
        .region(REGION)
        .bucket(BUCKET)
        .access_key(ID, SECRET)
        .limited_access_key(READER, SECRET, Rights::none().read(BUCKET))
        .sts_token(STS.0, SECRET, STS.1, None)
        .sts_token(STS_EXPIRED.0, SECRET, STS_EXPIRED.1, Some(SystemTime::now() - Duration::from_secs(1)))
        .admin_token(ADMIN_TOKEN)
        .start()
        .await
        .unwrap()
}

fn judge(version: &str, output: &Output) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{stdout}");
    let mut held: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("ok ")).collect();
    let mut expected = CHECKS.to_vec();
    if version == "v4" {
        expected.extend(CHECKS_OF_V4);
    }
    held.sort_unstable();
    expected.sort_unstable();
    let failed: Vec<_> = stdout.lines().filter(|line| line.starts_with("FAILED ")).collect();
    assert!(output.status.success() && failed.is_empty(), "{}\n{stderr}", failed.join("\n"));
    assert_eq!(held, expected, "not every check ran, or one that is not listed did");
}
