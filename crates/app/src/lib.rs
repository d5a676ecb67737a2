//! JitAi apps for storages: a folder of elements, loaded.
//!
//! An app is a folder. Every folder in it that holds an `e.json` is an element, at any depth, and its path is its
//! fullName: `storages/MyOss/` is `storages.MyOss`. Beside its declaration stands its configuration, in a file that is
//! named like the element.
//!
//! ```text
//! my-app/
//!   app.json                    optional: appId, version, extends, default storage
//!   storages/MyOss/e.json       {"title": "My OSS", "type": "storages.OssType", "backendBundleEntry": "."}
//!   storages/MyOss/MyOss.json   {"accessKeyId": "…", "accessKeySecret": "{{OSS_SECRET}}", …}
//! ```
//!
//! [`App::load`] reads the declarations, and [`App::get_element`] builds a storage on first use. Types come from the
//! crates that a program links; here is one that stores nothing:
//!
//! ```
//! use app::App;
//! use meta::prelude::*;
//!
//! #[derive(Debug)]
//! struct Void;
//!
//! #[async_trait]
//! impl Storage for Void {
//!     async fn upload_by_file(&self, name: &ObjectName, _: Body, _: UploadOptions) -> Result<Uploaded> {
//!         Ok(Uploaded::new(name.clone(), "void:"))
//!     }
//!     async fn get_sign_url(&self, _: &ObjectName, _: SignOptions) -> Result<SignedRequest> {
//!         Err(Error::unsupported("the void signs nothing"))
//!     }
//!     async fn download(&self, _: &ObjectName, _: DownloadOptions) -> Result<Download> {
//!         Err(Error::not_found())
//!     }
//!     async fn get_object(&self, _: &ObjectName, _: GetObjectOptions) -> Result<ObjectInfo> {
//!         Err(Error::not_found())
//!     }
//!     async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
//!         Ok(DeleteReport::default())
//!     }
//!     fn abilities(&self) -> Abilities<'_> {
//!         Abilities::none()
//!     }
//! }
//! storage_type!("storages.VoidType", keys: &[ConfigKey::text("bottom", "How deep it is.")], build: |_| Ok(Void));
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let element = folder.path().join("storages/MyVoid");
//! std::fs::create_dir_all(&element)?;
//! std::fs::write(element.join("e.json"), r#"{"title": "Nothing", "type": "storages.VoidType"}"#)?;
//! std::fs::write(element.join("MyVoid.json"), r#"{"bottom": "{{DEPTH}}"}"#)?;
//!
//! let app = App::builder().variable("DEPTH", "very").load(folder.path())?;
//! let storage = app.get_element("storages.MyVoid")?;
//! assert_eq!(storage.title(), "Nothing");
//!
//! let error = app.get_element("storages.MyVoit").unwrap_err();
//! assert!(error.to_string().contains("did you mean `storages.MyVoid`?"));
//! # Ok(())
//! # }
//! ```
//!
//! What is found where:
//!
//! * Folders called `frontend` or `backend` and hidden ones are skipped everywhere; `commons`, `appData`, `dist`, `test`,
//!   `target` and `node_modules` at the root. A folder below the root with its own `app.json` is another app.
//! * The business file is `<Name>.json`, without it `config.json`. The folder of a Type (`storages/OssType/`) may hold
//!   one, too: its values are defaults for all instances.
//! * A `.env` in the app's folder gives variables to the templates: see [`AppBuilder::variable`] for which of several
//!   values counts. Parent apps' are not read. What is not understood in it keeps no app from loading: it stands in
//!   [`App::warnings`].
//! * An app inherits the elements of those that it `extends`; the nearest app's counts, and its configuration adds to
//!   that of the farther ones as long as they are of one Type.

mod app;
mod app_json;
mod builder;
mod building;
mod business_file;
mod case;
mod declaration;
mod elements;
mod env_file;
mod file;
mod files;
mod inherit;
mod inspection;
mod json;
mod refusal;
mod state;
mod succession;
mod types;
mod variables;
mod walk;

pub use self::app::App;
pub use self::builder::AppBuilder;
pub use self::env_file::{EnvFile, EnvProblem};
pub use self::inspection::{ConfigProblem, Inspection, VariableOrigin};
