//! Who may use an object without credentials.

use http::Method;
use meta::{ObjectAcl, ObjectAcls, ObjectName, Result, async_trait};
use oss_protocol::xml::AccessControlPolicy;

use crate::attributes::{no_oss, require_oss};
use crate::storage::OssStorage;
use crate::transport::Call;
use crate::write_headers::acl_header;

#[async_trait]
impl ObjectAcls for OssStorage {
    /// GetObjectAcl.
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl> {
        let call = Call::new(Method::GET, name.as_str(), "oss:GetObjectAcl").query(&[("acl", "")]);
        self.transport()
            .ask(&call, Default::default(), |_, body| {
                let policy = AccessControlPolicy::read(body).map_err(|_| no_oss(self.transport()))?;
                policy.grant.parse().map_err(|_| no_oss(self.transport()))
            })
            .await
    }

    /// PutObjectAcl.
    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()> {
        let (header, value) = acl_header(acl);
        let call =
            Call::new(Method::PUT, name.as_str(), "oss:PutObjectAcl").query(&[("acl", "")]).header(header, value);
        self.transport().ask(&call, Default::default(), |headers, _| require_oss(headers, self.transport())).await
    }
}
