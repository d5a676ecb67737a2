//! Tests that need an environment of their own run in a process of their own: this program again, with one test.

use std::process::Command;

/// What this crate reads of the environment.
const READ: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUEST_METHOD",
    "OSS_ACCESS_KEY_ID",
    "OSS_ACCESS_KEY_SECRET",
    "OSS_SESSION_TOKEN",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_ROLE_SESSION_NAME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The variable that says which test was started so.
const TEST: &str = "TEST_IN_A_CHILD";

/// This program with one of its tests, in an environment without anything that the crate reads.
pub(crate) fn child(test: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(TEST, test);
    for name in READ {
        child.env_remove(name);
    }
    child
}

/// Runs it to a good end.
pub(crate) async fn run(mut child: Command) {
    let done = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && told.contains("1 passed"), "{told}");
}

/// Whether this process was started for that test.
pub(crate) fn is_child_for(test: &str) -> bool {
    std::env::var(TEST).is_ok_and(|started| started == test)
}
