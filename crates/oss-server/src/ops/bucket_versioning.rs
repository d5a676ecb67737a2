//! PutBucketVersioning and GetBucketVersioning: `?versioning`. Once set it can be suspended, never unset.

use oss_protocol::code::Code;
use oss_protocol::xml::VersioningConfiguration;

use super::{Context, XML_LIMIT};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::Versioning;

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let versioning = context.require_bucket()?.versioning;
    let status = versioning.map(|versioning| versioning.as_str().to_owned());
    Ok(Reply::xml(VersioningConfiguration { status }.write()))
}

pub(super) async fn put(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let versioning = match VersioningConfiguration::read(&body)?.status.as_deref() {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => return Err(Failure::with_message(Code::MalformedXML, "The status is Enabled or Suspended.")),
    };
    context.amend_bucket(move |bucket| bucket.versioning = Some(versioning)).await?;
    Ok(Reply::ok())
}
