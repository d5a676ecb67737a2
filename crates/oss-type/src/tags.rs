//! Tags of objects.

use std::collections::BTreeMap;

use http::header::{self, HeaderValue};
use http::{HeaderName, Method};
use meta::{ObjectName, Result, TagObject, async_trait};
use oss_protocol::xml::Tagging;

use crate::attributes::{no_oss, require_oss, value};
use crate::storage::OssStorage;
use crate::transport::Call;

#[async_trait]
impl TagObject for OssStorage {
    /// GetObjectTagging.
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>> {
        self.tags_of(name, None).await
    }

    /// PutObjectTagging, or DeleteObjectTagging where none are left.
    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()> {
        if tags.is_empty() {
            let call = Call::new(Method::DELETE, name.as_str(), "oss:DeleteObjectTagging").query(&[("tagging", "")]);
            return self
                .transport()
                .ask(&call, Default::default(), |headers, _| require_oss(headers, self.transport()))
                .await;
        }
        let body = Tagging { tags: tags.into_iter().collect() }.write();
        let digest = oss_protocol::digest::content_md5(body.as_bytes());
        let call = Call::new(Method::PUT, name.as_str(), "oss:PutObjectTagging")
            .query(&[("tagging", "")])
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))
            .header(HeaderName::from_static("content-md5"), value("digest", &digest)?);
        self.transport().ask(&call, body.into(), |headers, _| require_oss(headers, self.transport())).await
    }
}

impl OssStorage {
    /// GetObjectTagging, of a version where one is meant.
    pub(crate) async fn tags_of(
        &self,
        name: &ObjectName,
        version_id: Option<&str>,
    ) -> Result<BTreeMap<String, String>> {
        let mut query = vec![("tagging", "")];
        query.extend(version_id.map(|id| ("versionId", id)));
        let call = Call::new(Method::GET, name.as_str(), "oss:GetObjectTagging").query(&query);
        let read = |_: &http::HeaderMap, body: &[u8]| Tagging::read(body).map_err(|_| no_oss(self.transport()));
        Ok(self.transport().ask(&call, Default::default(), read).await?.tags.into_iter().collect())
    }
}
