//! Storage classes, and archived objects made readable.

use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use meta::{
    CompleteOptions, Encryption, Error, ErrorKind, GetObjectOptions, ObjectAcl, ObjectAcls, ObjectName, RestoreOptions,
    Restoring, Result, Storage, StorageClasses, UploadOptions, async_trait,
};
use oss_protocol::header as oss;
use oss_protocol::xml::RestoreRequest;

use crate::attributes::value;
use crate::copy::{Source, is_too_large};
use crate::storage::OssStorage;
use crate::transport::{Call, Repeat};
use crate::write_headers::{acl_header, storage_class};

#[async_trait]
impl StorageClasses for OssStorage {
    /// CopyObject onto itself, which keeps content, headers, metadata and tags. What it would reset is given anew: the rule
    /// of access and the encryption.
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        self.in_time(self.change_storage_class(name, class)).await
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
        let answered = self.transport().ask_with_status(&call, body.into(), |status, _, _| Ok(status)).await;
        match answered {
            Ok(StatusCode::ACCEPTED) => Ok(Restoring::Underway),
            Ok(_) => Ok(Restoring::Ready),
            Err(error) if is_underway(&error) => Ok(Restoring::Underway),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                Err(Error::unsupported("the object is not archived, and can be read as it is").with_source(error))
            }
            Err(error) => Err(error),
        }
    }
}

impl OssStorage {
    async fn change_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        let class_header = storage_class(class)?;
        let info = self.get_object(name, GetObjectOptions::default()).await?;
        if info.storage_class.as_deref() == Some(class) {
            return Ok(());
        }
        let acl = Some(self.get_acl(name).await?).filter(|acl| *acl != ObjectAcl::Inherited);
        let encryption = info.other.get(oss::ENCRYPTION).map(|method| {
            let mut encryption = Encryption::new(method);
            encryption.key_id = info.other.get(oss::ENCRYPTION_KEY_ID).cloned();
            encryption.data_method = info.other.get(oss::DATA_ENCRYPTION).cloned();
            encryption
        });
        let mut headers = vec![class_header];
        headers.extend(acl.map(acl_header));
        if let Some(Encryption { method, key_id, data_method, .. }) = &encryption {
            headers.push((http::HeaderName::from_static(oss::ENCRYPTION), value("encryption", method)?));
            for (name, text) in [(oss::ENCRYPTION_KEY_ID, key_id), (oss::DATA_ENCRYPTION, data_method)] {
                if let Some(text) = text {
                    headers.push((http::HeaderName::from_static(name), value("encryption", text)?));
                }
            }
        }
        let source = Source { name, version_id: None };
        match self.copy_at_once(source, name, headers, Repeat::Safe).await {
            Err(error) if is_too_large(&error) => {
                let mut with = UploadOptions::default().with_storage_class(class);
                with.encryption = encryption;
                let mut complete = CompleteOptions::default();
                complete.acl = acl;
                self.copy_in_parts(source, name, with, complete).await.map(drop)
            }
            done => done.map(drop),
        }
    }
}

fn is_underway(error: &Error) -> bool {
    error.service().and_then(|service| service.code.as_deref()) == Some("RestoreAlreadyInProgress")
}
