//! The contract, verb by verb; each verb's work stands in a file of its own.

use futures_util::FutureExt;
use http::{HeaderMap, Method};
use meta::{
    Abilities, Body, DeleteOptions, DeleteReport, DeleteTarget, Download, DownloadOptions, Feature, GetObjectOptions,
    ObjectInfo, ObjectName, ParallelReads, Result, SignOptions, SignedRequest, Storage, TypeContext, UploadOptions,
    Uploaded, async_trait,
};
use std::future::Future;
use std::sync::Arc;

use crate::attributes::{condition_headers, object_info};
use crate::config::Settings;
use crate::credentials::{CredentialProvider, Source};
use crate::download::read_action;
use crate::public_address::PublicAddress;
use crate::sign::Signer;
use crate::transfers::Transfers;
use crate::transport::{Call, Pools, ProxyChoice, Repeat, Transport};
use crate::upload::repeat_of;
use crate::write_headers::WriteDefaults;

/// One bucket of Alibaba Cloud OSS: the storage behind every instance of `storages.OssType`.
///
/// Cloning is cheap; clones share connections, keys and the service's clock.
#[derive(Debug, Clone)]
pub struct OssStorage(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) transport: Transport,
    /// What URLs handed out name.
    pub(crate) public_address: PublicAddress,
    pub(crate) crc64: bool,
    /// The size of a part in bytes; what is not larger is sent in one request.
    pub(crate) part_size: u64,
    /// How many parts are on their way at a time.
    pub(crate) parallel_parts: usize,
    pub(crate) write_defaults: WriteDefaults,
}

impl OssStorage {
    /// Builds the storage of an instance: the Type's factory. Touches neither network nor data.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](meta::ErrorKind::Config), with file and key, where values contradict each other.
    pub fn new(context: TypeContext<'_>) -> Result<Self> {
        Self::from_settings(context, |pools, proxy| Source::from_config(context, pools, proxy))
    }

    /// Builds the storage of an instance whose keys come from a provider of the Type's own: for the factory of a Type
    /// that extends this one, with the context of its [`Base`](meta::Base). The configuration may say nothing of
    /// credentials then.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use meta::{Result, async_trait};
    /// use oss_type::{CredentialProvider, Credentials, OssStorage};
    ///
    /// #[derive(Debug)]
    /// struct Vault;
    ///
    /// #[async_trait]
    /// impl CredentialProvider for Vault {
    ///     fn name(&self) -> &str {
    ///         "our vault"
    ///     }
    ///
    ///     async fn credentials(&self) -> Result<Credentials> {
    ///         Ok(Credentials::new("id", "secret"))
    ///     }
    /// }
    ///
    /// meta::storage_type!("storages.VaultOssType", extends: "storages.OssType",
    ///     build: |base| OssStorage::with_credentials(base.context(), Arc::new(Vault)));
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](meta::ErrorKind::Config), with file and key, where values contradict each other.
    pub fn with_credentials(context: TypeContext<'_>, provider: Arc<dyn CredentialProvider>) -> Result<Self> {
        Self::from_settings(context, |_, _| Source::from_code(context.config(), provider))
    }

    fn from_settings(
        context: TypeContext<'_>,
        source: impl FnOnce(&Pools, &ProxyChoice) -> Result<Source>,
    ) -> Result<Self> {
        let Settings { scope, bucket, address, public_address, connect_timeout, proxy, limits, transfers } =
            Settings::new(context.config())?;
        let pools = context.shared().get_or_insert_with(Pools::default);
        let source = source(&pools, &proxy)?;
        let pool = pools.get(connect_timeout, &proxy);
        let transport = Transport::new(pool, Signer::new(source, scope), address, bucket, limits)?;
        let Transfers { crc64, part_size, parallel_parts, write_defaults } = transfers;
        Ok(Self(Arc::new(Inner { transport, public_address, crc64, part_size, parallel_parts, write_defaults })))
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// HeadObject: what the answer's headers tell.
    pub(crate) async fn head(&self, name: &ObjectName, options: GetObjectOptions) -> Result<HeaderMap> {
        let GetObjectOptions { conditions, version_id, .. } = options;
        let version: Vec<_> = version_id.iter().map(|id| ("versionId", id.as_str())).collect();
        let call = Call::new(Method::HEAD, name.as_str(), read_action(&version_id))
            .query(&version)
            .headers(condition_headers(&conditions)?);
        let answer = self.transport().send(&call).await?;
        Ok(answer.response.into_parts().0.headers)
    }

    /// Holds a verb of several calls to the time of one.
    pub(crate) fn in_time<T>(
        &self,
        repeat: Repeat,
        verb: impl Future<Output = Result<T>>,
    ) -> impl Future<Output = Result<T>> {
        let done = self.transport().deadline().of_verb().hold(verb);
        done.map(move |done| {
            done.unwrap_or_else(|over| Err(repeat.guard(over.after(None)).with_place(self.transport().place())))
        })
    }
}

#[async_trait]
impl Storage for OssStorage {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.in_time(repeat_of(&options), self.upload(name, data, &options)).await
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        self.in_time(Repeat::Safe, self.sign_url(name, &options)).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        self.open_download(name, options).await
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        let headers = self.head(name, options).await?;
        object_info(name.clone(), &headers, self.transport())
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        self.in_time(Repeat::Safe, self.delete_objects(targets)).await
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::none()
            .with_list(self)
            .with_copy(self)
            .with_append(self)
            .with_multipart(self)
            .with_symlinks(self)
            .with_tags(self)
            .with_acls(self)
            .with_storage_classes(self)
            .with_versions(self)
            .with_features(Feature::ALL)
            .with_parallel_reads(ParallelReads::new(self.0.part_size, self.0.parallel_parts))
    }
}
