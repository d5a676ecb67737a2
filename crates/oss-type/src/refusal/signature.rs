//! What to say of a signature that does not match.

use meta::{Error, ErrorKind};
use oss_protocol::sign::mismatch::{Difference, Part, SignedText};
use oss_protocol::xml::ErrorDocument;

use super::Asked;

/// Why a signature does not match: the secret, or what was changed between signing and checking.
pub(super) fn mismatch(asked: &Asked<'_>, document: Option<&ErrorDocument>) -> Error {
    const MESSAGE: &str = "the signature does not match";
    let denied = |message: &str| Error::new(ErrorKind::PermissionDenied, message);
    let Some(seen) = document.and_then(SignedText::of_document) else {
        return denied(MESSAGE).with_advice(keys_to_check(asked, "accessKeySecret"));
    };
    let Some(difference) = (asked.signed_text)().difference(&seen) else {
        return denied(MESSAGE).with_advice(format!(
            "OSS saw what was signed, so the secret is not that of the access key id; {}",
            keys_to_check(asked, "accessKeySecret")
        ));
    };
    denied(&format!("{MESSAGE}: {difference}")).with_advice(advice_on(&difference, asked))
}

/// Where to look for the key that is wrong.
pub(super) fn keys_to_check(asked: &Asked<'_>, key: &str) -> String {
    match asked.provider {
        Some(provider) => format!("the keys came from {provider}; check them there"),
        None => format!("check `{key}`"),
    }
}

fn advice_on(difference: &Difference, asked: &Asked<'_>) -> String {
    let Asked { bucket, host, .. } = asked;
    let part = &difference.part;
    match part {
        Part::Bucket => match &difference.seen {
            Some(seen) => {
                format!("`{host}` serves the bucket `{seen}`, not `{bucket}`; check `bucketName` and `endPoint`")
            }
            None => "check `bucketName` and `endPoint`".to_owned(),
        },
        Part::Scope => "check `region` and `endPoint`".to_owned(),
        Part::Algorithm => "check `signatureVersion`".to_owned(),
        Part::Key => "something on the way to OSS, such as a proxy, rewrites or encodes paths".to_owned(),
        part => match (&difference.signed, &difference.seen) {
            (Some(_), None) => format!("something on the way to OSS, such as a proxy, removed {part}"),
            (None, Some(_)) => format!("something on the way to OSS, such as a proxy, added {part}"),
            _ => format!("something on the way to OSS, such as a proxy, changed {part}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn told(seen: &str) -> String {
        let signed = || SignedText { string_to_sign: "GET\n\n\n1\n/docs/a.txt".to_owned(), canonical_request: None };
        let asked = Asked {
            action: "oss:GetObject",
            method: &Method::GET,
            key: "a.txt",
            bucket: "docs",
            host: "img.example.com",
            provider: None,
            signed_text: &signed,
        };
        let details = vec![("StringToSign".to_owned(), seen.to_owned())];
        let document = ErrorDocument { code: "SignatureDoesNotMatch".into(), details, ..ErrorDocument::default() };
        mismatch(&asked, Some(&document)).to_string()
    }

    #[test]
    fn a_custom_domain_of_another_bucket_points_to_the_configuration() {
        assert_eq!(
            told("GET\n\n\n1\n/pics/a.txt"),
            "the signature does not match: OSS saw the bucket as `pics` where `docs` was signed: `img.example.com` \
             serves the bucket `pics`, not `docs`; check `bucketName` and `endPoint`"
        );
    }

    #[test]
    fn the_other_version_points_to_its_key() {
        assert!(
            told("OSS4-HMAC-SHA256\n20231216T162057Z\n20231216/r/oss/aliyun_v4_request\n00")
                .contains("`signatureVersion`")
        );
    }
}
