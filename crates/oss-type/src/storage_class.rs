//! Storage classes, and archived objects made readable.

use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use meta::{
    Encryption, Error, GetObjectOptions, ObjectAcls, ObjectName, Overwrite, RestoreOptions, Restoring, Result, Storage,
    StorageClasses, async_trait,
};
use oss_protocol::header as oss;
use oss_protocol::xml::RestoreRequest;

use crate::attributes::require_oss;
use crate::copy::{COPY_PART, Plan, Source, is_too_large, takes_long};
use crate::storage::OssStorage;
use crate::transport::{Call, Repeat};
use crate::write_headers::{WriteDefaults, storage_class};

#[async_trait]
impl StorageClasses for OssStorage {
    /// CopyObject onto itself, which keeps content, headers, metadata and tags. What it would reset is given anew: the rule
    /// of access and the encryption.
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        self.in_time(Repeat::Safe, self.change_storage_class(name, class)).await
    }

    /// RestoreObject.
    async fn restore(&self, name: &ObjectName, options: RestoreOptions) -> Result<Restoring> {
        let RestoreOptions { days, tier, .. } = options;
        let body = match (days, &tier) {
            (None, None) => String::new(),
            _ => RestoreRequest { days: Some(days.unwrap_or(1)), tier }.write(),
        };
        let mut call = Call::new(Method::POST, name.as_str(), "oss:RestoreObject").query(&[("restore", "")]);
        if !body.is_empty() {
            call = call.header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        let answered = self
            .transport()
            .ask_with_status(&call, body.into(), |status, headers, _| {
                require_oss(headers, self.transport()).map(|()| status)
            })
            .await;
        match answered {
            Ok(StatusCode::ACCEPTED) => Ok(Restoring::Underway),
            Ok(_) => Ok(Restoring::Ready),
            Err(error) if has_code(&error, "RestoreAlreadyInProgress") => Ok(Restoring::Underway),
            Err(error) if has_code(&error, "OperationNotSupported") => {
                Err(Error::unsupported("the object is not archived, and can be read as it is").with_source(error))
            }
            Err(error) => Err(error),
        }
    }
}

impl OssStorage {
    async fn change_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        storage_class(class)?;
        let info = self.get_object(name, GetObjectOptions::default()).await?;
        if info.storage_class.as_deref() == Some(class) {
            return Ok(());
        }
        let encryption = info.other.get(oss::ENCRYPTION).map(|method| {
            let mut encryption = Encryption::new(method);
            encryption.key_id = info.other.get(oss::ENCRYPTION_KEY_ID).cloned();
            encryption.data_method = info.other.get(oss::DATA_ENCRYPTION).cloned();
            encryption
        });
        // The object's own, whatever the configuration says of new ones.
        let defaults =
            WriteDefaults { storage_class: Some(class.to_owned()), acl: Some(self.get_acl(name).await?), encryption };
        let plan = Plan { defaults, overwrite: Overwrite::Allow };
        let source = Source { name, version_id: None };
        match self.copy_at_once(source, name, plan.headers()?, Repeat::Safe).await {
            Err(error) if is_too_large(&error) || (takes_long(&error) && info.size > COPY_PART) => {
                self.copy_in_parts(source, name, plan).await.map(drop)
            }
            done => done.map(drop),
        }
    }
}

fn has_code(error: &Error, code: &str) -> bool {
    error.service().and_then(|service| service.code.as_deref()) == Some(code)
}
