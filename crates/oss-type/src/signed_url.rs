//! Signed URLs: requests that somebody else may send.

use meta::{ObjectName, Result, SignMethod, SignOptions, SignedRequest};
use oss_protocol::sign::Request;

use crate::storage::OssStorage;

impl OssStorage {
    /// Signs a URL on the public address. Only PUT binds a content type: browsers send none when they read, and OSS
    /// answers 403 to a signature over a header that is missing.
    pub(crate) async fn sign_url(&self, name: &ObjectName, options: &SignOptions) -> Result<SignedRequest> {
        let SignOptions { method, content_type, expires, .. } = options;
        let bound = content_type.as_deref().filter(|_| *method == SignMethod::Put);
        let headers: Vec<_> = bound.map(|content_type| ("Content-Type", content_type)).into_iter().collect();
        let request = Request {
            method: method.as_str(),
            bucket: Some(self.transport().bucket()),
            key: Some(name.as_str()),
            query: &[],
            headers: &headers,
        };
        let now = self.transport().now();
        let keys = self.transport().signer().current(now).await?;
        let parameters = keys.sign_query(&request, now, *expires)?;
        let query: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut signed = SignedRequest::new(*method, self.0.public_address.url(name.as_str(), &query));
        for (name, value) in headers {
            signed = signed.with_header(name, value);
        }
        // Temporary keys take what they signed along when they end.
        let end = now.checked_add(*expires);
        signed.expires_at = end.map(|end| keys.expiration().map_or(end, |keys_end| keys_end.min(end)));
        Ok(signed)
    }
}
