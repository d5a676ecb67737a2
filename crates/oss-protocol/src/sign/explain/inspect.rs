//! From the parts of a URL to what there is to say of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::fit::{self, Key};
use super::url::Parts;
use super::{
    Address, Explanation, Finding, Fit, Parameter, Question, Scope, Severity, Validity, Version, report::span,
};
use crate::endpoint::{Scheme, Style};
use crate::sign::mismatch::cut;
use crate::sign::v1::{MAX_SKEW, is_sub_resource};
use crate::sign::{Claim, Request, redact, v1, v4};
use crate::time::BasicTime;

/// Parameters of the signatures themselves.
const OWN: [&str; 11] = [
    "OSSAccessKeyId",
    "Expires",
    "Signature",
    "security-token",
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-additional-headers",
    "x-oss-security-token",
    "x-oss-signature",
];

/// Parameters with values that say what is asked for, beside the sub-resources.
const PLAIN: [&str; 18] = [
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-request-payer",
    "x-oss-traffic-limit",
];

/// A name longer than this is none of OSS's, and may be anything.
const LONGEST_NAME: usize = 64;

pub(super) fn explain(question: &Question<'_>) -> Explanation {
    let mut told = Explanation {
        version: None,
        access_key_id: None,
        temporary: false,
        address: None,
        scope: None,
        signed_at: None,
        expires_at: None,
        lifetime: None,
        validity: Validity::Unknown,
        bound_headers: Vec::new(),
        overrides: Vec::new(),
        parameters: Vec::new(),
        signature: Fit::Unchecked,
        findings: Vec::new(),
        asked_at: question.now,
    };
    let Some(parts) = Parts::read(question.url, &mut told.findings) else {
        return told;
    };
    let addresses = parts.addresses(question);
    told.address = addresses.first().cloned();
    told.read_parameters(&parts);
    told.read_signature(&parts);
    told.read_time(&parts);
    told.check_signature(question, &parts, &addresses);
    told.look_at_address(&parts);
    told
}

impl Explanation {
    fn problem(&mut self, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Problem, text: text.into() });
    }

    fn note(&mut self, text: impl Into<String>) {
        self.findings.push(Finding { severity: Severity::Note, text: text.into() });
    }

    fn read_parameters(&mut self, parts: &Parts) {
        for (name, value) in parts.query.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            let is_override = name.starts_with("response-");
            let is_known = PLAIN.contains(&name.as_str())
                || (is_sub_resource(name) && !name.starts_with("x-oss-") && !name.starts_with("callback"));
            let shown = (is_known && !redact::is_secret(name)).then(|| value.clone());
            let name = if name.len() > LONGEST_NAME { "(a long name)" } else { name };
            let parameter = Parameter { name: name.to_owned(), value: shown };
            if is_override { &mut self.overrides } else { &mut self.parameters }.push(parameter);
        }
        if parts.query.iter().any(|(name, _)| name.starts_with("amp;")) {
            self.problem("`&amp;` stands for `&`; the URL was copied out of HTML without being decoded");
        }
    }

    fn read_signature(&mut self, parts: &Parts) {
        let has = |names: &[&str]| names.iter().any(|name| parts.parameter(name).is_some());
        let is_v4 = has(&["x-oss-signature-version", "x-oss-signature", "x-oss-credential"]);
        let is_v1 = has(&["OSSAccessKeyId", "Signature"]);
        let token = match (is_v4, is_v1) {
            (true, _) => {
                self.version = Some(Version::V4);
                self.read_credential(parts.parameter("x-oss-credential").unwrap_or_default());
                let additional = parts.parameter("x-oss-additional-headers").unwrap_or_default();
                let names = additional.split(';').map(str::trim).filter(|name| !name.is_empty());
                self.bound_headers.extend(names.map(|name| cut(&name.to_ascii_lowercase())));
                ("x-oss-security-token", "security-token")
            }
            (false, true) => {
                self.version = Some(Version::V1);
                self.access_key_id = parts.parameter("OSSAccessKeyId").map(cut);
                ("security-token", "x-oss-security-token")
            }
            (false, false) => {
                let amazon = parts.query.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amz-"));
                self.problem(if amazon {
                    "the URL is signed for Amazon S3 (`X-Amz-…`), which OSS does not read"
                } else {
                    "the URL has no signature, neither of V4 (`x-oss-signature`) nor of V1 (`Signature`)"
                });
                return;
            }
        };
        if is_v4 && is_v1 {
            self.problem("the URL has signatures of both versions; OSS takes one");
        }
        // None of the signature's own values holds a percent sign once it is decoded.
        if let Some(name) = OWN.iter().find(|name| parts.parameter(name).is_some_and(|value| value.contains('%'))) {
            self.problem(format!("the URL is percent-encoded twice: `{name}` still holds a `%`"));
        }
        // Nor a space, and only the signature and the token may hold a plus sign.
        if let Some(name) = OWN.iter().find(|name| parts.parameter(name).is_some_and(|value| value.contains(' '))) {
            self.problem(format!("`{name}` holds a bare `+`, which OSS takes for a space; it is written `%2B`"));
        }
        let (right, wrong) = token;
        self.temporary = parts.parameter(right).is_some();
        if parts.parameter(wrong).is_some() {
            self.problem(format!("the token of temporary credentials is the parameter `{right}` here, not `{wrong}`"));
        }
        let is_sts = self.access_key_id.as_deref().is_some_and(|id| id.starts_with("STS."));
        if is_sts && !self.temporary {
            self.problem(format!("the access key id is a temporary one (`STS.…`), but its token `{right}` is missing"));
        }
        if self.temporary {
            self.note("it is signed with temporary credentials and ends with them, however late it expires");
        }
    }

    fn read_credential(&mut self, credential: &str) {
        let mut pieces = credential.rsplitn(5, '/').map(cut);
        let (_, product, region, date, id) =
            (pieces.next(), pieces.next(), pieces.next(), pieces.next(), pieces.next());
        if let (Some(product), Some(region), Some(date), Some(id)) = (product, region, date, id) {
            self.access_key_id = Some(id);
            self.scope = Some(Scope { date, region, product });
        }
    }

    fn read_time(&mut self, parts: &Parts) {
        let seconds = |name: &str| {
            let text = parts.parameter(name).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
            text.parse::<u64>().ok()
        };
        match self.version {
            Some(Version::V4) => {
                self.signed_at =
                    parts.parameter("x-oss-date").and_then(BasicTime::parse).map(BasicTime::to_system_time);
                self.lifetime = seconds("x-oss-expires").map(Duration::from_secs);
                let end = self.signed_at.zip(self.lifetime);
                self.expires_at = end.and_then(|(start, lifetime)| start.checked_add(lifetime));
            }
            Some(Version::V1) => {
                self.expires_at =
                    seconds("Expires").and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
            }
            None => return,
        }
        let now = self.asked_at;
        let is_early = |start: SystemTime| start.duration_since(now).is_ok_and(|early| early > MAX_SKEW);
        self.validity = match (self.signed_at, self.expires_at) {
            (_, None) => Validity::Unknown,
            (_, Some(end)) if now > end => Validity::Expired,
            (Some(start), _) if is_early(start) => Validity::NotYet,
            _ => Validity::Valid,
        };
        match self.validity {
            Validity::Expired => self.problem("it has expired; sign a new one"),
            Validity::NotYet => self.problem("it was signed for a later time; the clock of the signer is ahead"),
            Validity::Valid | Validity::Unknown => {}
        }
        if let Some(lifetime) = self.lifetime.filter(|lifetime| *lifetime > v4::MAX_LIFETIME) {
            self.problem(format!("it is signed for {}; V4 allows 7 days at most", span(lifetime)));
        }
        let left = self.expires_at.and_then(|end| end.duration_since(now).ok()).unwrap_or_default();
        if self.version == Some(Version::V1) && left > Duration::from_secs(100 * 365 * 86_400) {
            self.problem("`Expires` lies centuries ahead; it counts seconds since 1970, not milliseconds");
        } else if self.version == Some(Version::V1) && left > v4::MAX_LIFETIME {
            self.note("it lives for more than 7 days, which V1 allows; whoever has it can use it as long");
        }
    }

    /// Checks the form strictly, as a server does, and the signature, where there is a secret for it.
    fn check_signature(&mut self, question: &Question<'_>, parts: &Parts, addresses: &[Address]) {
        if self.version.is_none() {
            return;
        }
        let query: Vec<_> = parts.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request { method: "GET", bucket: None, key: None, query: &query, headers: &[] };
        let claim = match self.version {
            Some(Version::V4) => v4::Claim::from_query(&request).map(Claim::V4),
            _ => v1::Claim::from_query(&request).map(Claim::V1),
        };
        let claim = match claim {
            Ok(claim) => claim,
            Err(refusal) => {
                let argument = refusal.details.iter().find(|(name, _)| *name == "ArgumentName");
                if argument.is_some_and(|(_, name)| name == "x-oss-expires")
                    && self.lifetime.is_some_and(|lifetime| lifetime > v4::MAX_LIFETIME)
                {
                    // Told already, with how long it is.
                    return;
                }
                let argument = argument.map(|(_, name)| format!(" (`{name}`)")).unwrap_or_default();
                let said = refusal.message.trim_end_matches('.');
                return self.problem(format!("OSS cannot read the signature{argument}: {said}"));
            }
        };
        let Some(secret) = question.secret else {
            return self.note("the signature was not checked, for want of the secret");
        };
        if !parts.is_clean {
            return;
        }
        let given =
            |name: &str| name == "host" || question.headers.iter().any(|(had, _)| had.eq_ignore_ascii_case(name));
        if let Some(missing) = self.bound_headers.iter().find(|name| !given(name)) {
            let text =
                format!("the signature binds the header `{missing}`, whose value the URL does not tell; give it");
            return self.note(text);
        }
        let known: Vec<_> = addresses.iter().filter(|address| address.bucket.is_some()).collect();
        let key = Key::new(secret, &claim);
        let fitting =
            known.iter().find_map(|address| Some((address, fit::find(question, parts, address, &claim, &key)?)));
        if let Some((address, fit)) = fitting {
            self.address = Some((*address).clone());
            if let Fit::Fits { method, content_type: Some(_) } = &fit {
                if matches!(method.as_str(), "GET" | "HEAD") {
                    self.note("it binds a `Content-Type` to a request without a body; browsers send none and get 403");
                }
                self.bound_headers.insert(0, "content-type".to_owned());
            }
            self.signature = fit;
            return;
        }
        let mistake = known.iter().find_map(|address| fit::find_mistake(question, parts, address, &claim, secret));
        self.signature = Fit::DoesNotFit;
        match mistake {
            Some(mistake) => self.problem(mistake),
            None if addresses.iter().any(|address| address.bucket.is_none()) && question.bucket.is_none() => {
                self.signature = Fit::Unchecked;
                self.note("the signature names the bucket, which a custom domain does not tell; give it");
            }
            None => self.problem(
                "the signature fits no method: the secret is another's, the URL was changed after signing, or it binds \
                 headers that a URL does not tell, such as `Content-Type`; give method and headers",
            ),
        }
    }

    fn look_at_address(&mut self, parts: &Parts) {
        let Some(address) = self.address.clone() else {
            return;
        };
        let host = parts.endpoint.host();
        if let (Some(scope), Some(region)) = (&self.scope, parts.endpoint.region())
            && scope.region != region
        {
            self.problem(format!("the host is of the region `{region}`, the signature for `{}`", scope.region));
        }
        if let Some(scope) = self.scope.as_ref().filter(|scope| scope.product != parts.endpoint.product()) {
            self.problem(format!(
                "the host serves `{}`, the signature is for `{}`",
                parts.endpoint.product(),
                scope.product
            ));
        }
        if parts.endpoint.is_cloud() && address.style == Style::Path && address.bucket.is_some() {
            self.problem(format!("`{host}` takes the bucket in front of the host only, not in the path"));
        }
        if let Some(Err(error)) = address.bucket.as_deref().map(crate::bucket::check) {
            self.problem(error.to_string());
        }
        if !address.key.is_empty()
            && let Err(error) = crate::key::check(&address.key)
        {
            self.problem(error.to_string());
        }
        if parts.endpoint.is_cloud() && host.contains("-internal.") {
            self.note(format!("`{host}` is reached from inside Alibaba Cloud's own network only"));
        }
        match address.scheme {
            Some(Scheme::Http) if !parts.endpoint.is_loopback() => {
                self.note("it goes over plain `http`: whoever is on the way can read and use it");
            }
            None => self.note("it has no scheme; `https` is taken for granted"),
            _ => {}
        }
    }
}
