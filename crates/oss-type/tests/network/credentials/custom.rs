//! Providers of a Type's own, and keys that end while they are used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use meta::{Body, ConfigKey, DownloadOptions, ErrorKind, Result, StorageElement, async_trait};
use oss_server::{Fault, RunningServer};
use oss_type::{CredentialProvider, Credentials, OssStorage};

use super::super::BUCKET;
use super::assert_hidden;

/// The vaults of these tests, by the name in the configuration: a factory gets nothing else.
static VAULTS: LazyLock<Mutex<HashMap<String, Arc<Vault>>>> = LazyLock::new(Mutex::default);

meta::storage_type!(
    "storages.VaultType",
    extends: "storages.OssType",
    keys: &[ConfigKey::text("vault", "Which one.").required()],
    build: |base| {
        let vault = Arc::clone(&VAULTS.lock().unwrap()[base.config().text("vault")?]);
        OssStorage::with_credentials(base.context(), vault)
    }
);

/// Gives one credential after another; the last one for ever.
#[derive(Debug)]
struct Vault {
    asked: AtomicUsize,
    holds: Vec<Credentials>,
}

impl Vault {
    fn new(holds: Vec<Credentials>) -> Arc<Self> {
        Arc::new(Self { asked: AtomicUsize::new(0), holds })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl CredentialProvider for Vault {
    fn name(&self) -> &str {
        "test vault"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.holds[number.min(self.holds.len() - 1)].clone())
    }
}

fn element(server: &RunningServer, vault: &Arc<Vault>, more: &[(&str, &str)]) -> Result<StorageElement> {
    let name = {
        let mut vaults = VAULTS.lock().unwrap();
        let name = vaults.len().to_string();
        vaults.insert(name.clone(), Arc::clone(vault));
        name
    };
    let endpoint = server.endpoint();
    let mut entries = vec![("vault", name.as_str()), ("endPoint", &endpoint), ("bucketName", BUCKET)];
    entries.extend(more);
    conformance::element("storages.VaultType", entries)
}

/// The n-th keys, which the server takes until `end` by its own clock.
fn keys(server: &RunningServer, number: usize, end: Option<SystemTime>) -> Credentials {
    let (id, secret, token) = (format!("STS.{number}"), format!("secret-{number}"), format!("token-{number}"));
    server.add_sts_token(&id, &secret, &token, end);
    Credentials::new(id, secret).with_security_token(token)
}

fn long_ago() -> SystemTime {
    SystemTime::now() - Duration::from_secs(1)
}

#[tokio::test]
async fn a_hundred_calls_at_a_time_ask_once() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![keys(&server, 1, None).with_expiration(SystemTime::now() + Duration::from_secs(3600))]);
    let oss = element(&server, &vault, &[]).unwrap();
    assert_eq!(vault.asked(), 0, "the factory asks nobody");
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let oss = oss.clone();
            tokio::spawn(async move { oss.upload_by_file(&number.to_string(), "x", None).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(vault.asked(), 1);
}

#[tokio::test]
async fn keys_that_the_service_calls_expired_are_replaced_and_the_call_goes_on() {
    for version in ["v4", "v1"] {
        let server = super::super::server().await;
        // Nobody said when the first ones end.
        let vault = Vault::new(vec![keys(&server, 1, Some(long_ago())), keys(&server, 2, None)]);
        let oss = element(&server, &vault, &[("signatureVersion", version), ("maxAttempts", "1")]).unwrap();
        oss.upload_by_file("a", "content", None).await.unwrap();
        assert_eq!(&oss.download("a").await.unwrap()[..], b"content");
        assert_eq!(vault.asked(), 2);
    }
}

#[tokio::test]
async fn calls_that_are_refused_together_share_the_new_keys() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![keys(&server, 1, Some(long_ago())), keys(&server, 2, None)]);
    let oss = element(&server, &vault, &[]).unwrap();
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let oss = oss.clone();
            tokio::spawn(async move { oss.upload_by_file(&number.to_string(), "x", None).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn keys_without_better_ones_are_an_error_that_names_their_provider() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![keys(&server, 1, Some(long_ago()))]);
    let oss = element(&server, &vault, &[]).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("(SecurityTokenExpired"), "{error}");
    assert!(error.to_string().contains("test vault provided it"), "{error}");
    assert_eq!(vault.asked(), 2, "once more, in vain");
    let unknown = Vault::new(vec![Credentials::new("LTAIunknown", "secret-9")]);
    let oss = element(&server, &unknown, &[]).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert!(error.to_string().contains("the keys came from test vault; check them there"), "{error}");
    assert!(!format!("{error:?} {oss:?}").contains("secret-9"), "{error:?} {oss:?}");
    assert_hidden(&format!("{error:?}"));
}

#[tokio::test]
async fn a_download_survives_the_end_of_its_token() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![keys(&server, 1, None), keys(&server, 2, None)]);
    let oss = element(&server, &vault, &[]).unwrap();
    let content: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    oss.upload_by_file("big", content.clone(), None).await.unwrap();
    server.inject(Fault::cut_body(400_000).on_method("GET"));
    let mut download = oss.download_stream("big", DownloadOptions::default()).await.unwrap();
    let mut got = download.chunk().await.unwrap().unwrap().to_vec();
    // The token ends in the middle, and the connection breaks afterwards.
    keys(&server, 1, Some(long_ago()));
    while let Some(chunk) = download.chunk().await.unwrap() {
        got.extend_from_slice(&chunk);
    }
    assert!(got == content);
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn keys_end_by_the_services_clock() {
    let server = super::super::server().await;
    let in_hours = |hours: u64| SystemTime::now() + Duration::from_secs(3600 * hours);
    let first = keys(&server, 1, None).with_expiration(in_hours(1));
    let vault = Vault::new(vec![first, keys(&server, 2, None).with_expiration(in_hours(9))]);
    let oss = element(&server, &vault, &[]).unwrap();
    oss.upload_by_file("a", "x", None).await.unwrap();
    oss.upload_by_file("a", "x", None).await.unwrap();
    assert_eq!(vault.asked(), 1);
    // The service refuses our date, tells its own, and by that the first keys are about to end.
    server.shift_clock(3595);
    oss.upload_by_file("a", "x", None).await.unwrap();
    oss.upload_by_file("a", "x", None).await.unwrap();
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn streams_survive_the_end_of_their_token() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![keys(&server, 1, None), keys(&server, 2, None)]);
    let oss = element(&server, &vault, &[("partSizeBytes", "102400")]).unwrap();
    let chunks = (0..40).map(|number| Ok(vec![number; 10_000].into()));
    // The token ends while the content is being read.
    let ended = Credentials::clone(&vault.holds[0]);
    let server = Arc::new(server);
    let ending = Arc::clone(&server);
    let stream = futures_util::stream::iter(chunks.enumerate()).map(move |(number, chunk)| {
        if number == 25 {
            ending.add_sts_token(&ended.access_key_id, "secret-1", "token-1", Some(long_ago()));
        }
        chunk
    });
    oss.upload_by_file("a", Body::stream(stream, None), None).await.unwrap();
    let expected: Vec<u8> = (0..40).flat_map(|number| vec![number; 10_000]).collect();
    assert!(oss.download("a").await.unwrap() == expected);
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn the_configuration_may_not_contradict_the_code() {
    let server = super::super::server().await;
    let vault = Vault::new(vec![Credentials::new("id", "secret")]);
    for (key, value) in [("accessKeySecret", "x"), ("credentials", "static"), ("roleArn", "x"), ("stsEndPoint", "x")] {
        let error = element(&server, &vault, &[(key, value)]).unwrap_err().to_string();
        assert!(error.contains(&format!("key `{key}`: the Type gets its credentials from test vault")), "{error}");
    }
}
