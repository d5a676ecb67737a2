//! App folders, and a Type whose instances tell what they were built from.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use app::App;
use meta::prelude::*;
use meta::{ExposeSecret, StorageElement};
use tempfile::TempDir;

/// A folder that is gone with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, relative: &str) -> PathBuf {
        self.path().join(relative)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn file(&self, relative: &str, text: &str) -> &Self {
        let path = self.at(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Declares an element of a Type.
    pub(crate) fn element(&self, folder: &str, element_type: &str) -> &Self {
        self.file(&format!("{folder}/e.json"), &format!(r#"{{"title": "{folder}", "type": "{element_type}"}}"#))
    }

    /// A storage of [`Probe`] with the least configuration, whose `note` tells it from others.
    pub(crate) fn probe(&self, folder: &str, note: &str) -> &Self {
        let name = folder.rsplit('/').next().unwrap();
        self.element(folder, "storages.ProbeType").file(&format!("{folder}/{name}.json"), &probe_config(note))
    }

    pub(crate) fn remove(&self, relative: &str) -> &Self {
        fs::remove_dir_all(self.at(relative)).or_else(|_| fs::remove_file(self.at(relative))).unwrap();
        self
    }

    pub(crate) fn load(&self) -> App {
        App::load(self.path()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error of loading, with the folder's own path taken out.
    pub(crate) fn refusal(&self) -> String {
        let error = App::load(self.path()).map(|app| format!("{app:?} loaded")).unwrap_err();
        self.without_path(&error.to_string())
    }

    /// The error of `get_element`, with the folder's own path taken out.
    pub(crate) fn refusal_of(&self, app: &App, name: &str) -> String {
        self.without_path(&app.get_element(name).unwrap_err().to_string())
    }

    pub(crate) fn without_path(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path().display()), "")
    }
}

pub(crate) fn probe_config(note: &str) -> String {
    format!(r#"{{"endPoint": "host", "accessKeySecret": "hush", "note": "{note}"}}"#)
}

/// A storage that tells its configuration: the signed URL of an object called `note` is the value of the key `note`.
#[derive(Debug)]
pub(crate) struct Probe {
    values: HashMap<&'static str, String>,
    serial: usize,
}

const KEYS: &[ConfigKey] = &[
    ConfigKey::text("endPoint", "Host of the service.").required(),
    ConfigKey::secret("accessKeySecret", "Secret of the access key.").required(),
    ConfigKey::text("bucketName", "The bucket."),
    ConfigKey::text("note", "Anything."),
    ConfigKey::integer("maxAttempts", 1, 20, "How often a call is tried.").default_integer(3),
];

/// How often each element of each app was built.
static BUILDS: LazyLock<Mutex<HashMap<PathBuf, usize>>> = LazyLock::new(Mutex::default);

/// How often a Probe of this app was built.
pub(crate) fn builds(folder: &Folder, element: &str) -> usize {
    BUILDS.lock().unwrap().get(&folder.at(element)).copied().unwrap_or(0)
}

impl Probe {
    fn build(context: TypeContext<'_>) -> Result<Self> {
        static SERIAL: AtomicUsize = AtomicUsize::new(1);
        let key = context.app_folder().join(context.element().as_str());
        *BUILDS.lock().unwrap().entry(key).or_default() += 1;
        let config = context.config();
        if config.optional_text("note") == Some("refuse") {
            return Err(config.error("note", "this note is refused"));
        }
        let mut values = HashMap::from([
            ("endPoint", config.text("endPoint")?.to_owned()),
            ("accessKeySecret", config.secret("accessKeySecret")?.expose_secret().to_owned()),
            ("maxAttempts", config.integer("maxAttempts").unwrap().to_string()),
            ("appFolder", context.app_folder().display().to_string()),
        ]);
        for key in ["bucketName", "note"] {
            values.extend(config.optional_text(key).map(|value| (key, value.to_owned())));
        }
        Ok(Self { values, serial: SERIAL.fetch_add(1, Ordering::Relaxed) })
    }
}

storage_type!("storages.ProbeType", title: "Probe", keys: KEYS, build: Probe::build);

#[async_trait]
impl Storage for Probe {
    async fn upload_by_file(&self, _: &ObjectName, _: Body, _: UploadOptions) -> Result<Uploaded> {
        Err(Error::unsupported("a probe stores nothing"))
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        let value = match name.as_str() {
            "serial" => Some(self.serial.to_string()),
            key => self.values.get(key).cloned(),
        };
        Ok(SignedRequest::new(options.method, value.ok_or_else(Error::not_found)?))
    }

    async fn download(&self, _: &ObjectName, _: DownloadOptions) -> Result<Download> {
        Err(Error::not_found())
    }

    async fn get_object(&self, _: &ObjectName, _: GetObjectOptions) -> Result<ObjectInfo> {
        Err(Error::not_found())
    }

    async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        Ok(DeleteReport::default())
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::none()
    }
}

/// The value of a key of a Probe's configuration.
pub(crate) fn value(element: &StorageElement, key: &str) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(element.get_sign_url(key, None, None)).ok()
}

/// What tells one built Probe from another.
pub(crate) fn serial(element: &StorageElement) -> String {
    value(element, "serial").unwrap()
}

/// The `note` of a Probe of an app.
pub(crate) fn note(app: &App, name: &str) -> String {
    value(&app.get_element(name).unwrap_or_else(|error| panic!("{error}")), "note").unwrap_or_default()
}
