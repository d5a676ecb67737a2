//! Names that stand for other objects.

use http::{HeaderName, Method};
use meta::{ObjectName, Result, Symlinks, UploadOptions, async_trait};
use oss_protocol::encode::{decode, encode_component};
use oss_protocol::header as oss;

use crate::attributes::{no_oss, require_oss, text, value};
use crate::storage::OssStorage;
use crate::transport::Call;
use crate::upload::repeat_of;

#[async_trait]
impl Symlinks for OssStorage {
    /// PutSymlink.
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, options: UploadOptions) -> Result<()> {
        let mut encoded = String::new();
        encode_component(target.as_str(), &mut encoded);
        let call = Call::new(Method::PUT, name.as_str(), "oss:PutObject")
            .query(&[("symlink", "")])
            .header(HeaderName::from_static(oss::SYMLINK_TARGET), value("target", &encoded)?)
            .headers(self.0.write_defaults.upload(&options)?)
            .repeat(repeat_of(&options));
        self.transport().ask(&call, Default::default(), |headers, _| require_oss(headers, self.transport())).await
    }

    /// GetSymlink. The target comes percent-encoded, or as it is where a tool has written it so.
    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName> {
        let call = Call::new(Method::GET, name.as_str(), "oss:GetObject").query(&[("symlink", "")]);
        self.transport()
            .ask(&call, Default::default(), |headers, _| {
                let target = text(headers, oss::SYMLINK_TARGET).ok_or_else(|| no_oss(self.transport()))?;
                Ok(ObjectName::from_store(&decode(target).unwrap_or(target.into())))
            })
            .await
    }
}
