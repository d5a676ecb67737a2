//! A URL taken apart, forgivingly: what is wrong becomes a finding, not an end.

use super::{Address, Finding, LONGEST_URL, Question, Severity};
use std::borrow::Cow;

use crate::encode::{DecodeError, decode, decode_parameter};
use crate::endpoint::{Endpoint, Scheme, Style};
use crate::sign::mismatch::cut;
use crate::sign::redact::is_secret;

/// What a URL consists of.
pub(super) struct Parts {
    pub(super) scheme: Option<Scheme>,
    pub(super) endpoint: Endpoint,
    /// The host as a client sends it, for signatures that bind it.
    pub(super) authority: String,
    /// The decoded path without its first slash.
    pub(super) path: String,
    /// Decoded names and values in order.
    pub(super) query: Vec<(String, String)>,
    /// Whether every escape could be decoded.
    pub(super) is_clean: bool,
}

impl Parts {
    /// Takes a URL apart; `None` where there is no host to be found.
    pub(super) fn read(url: &str, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut problem = |text: String| findings.push(Finding { severity: Severity::Problem, text });
        if url.len() > LONGEST_URL {
            problem(format!("the text has {} bytes, more than any URL that OSS takes", url.len()));
            return None;
        }
        let bare = url.trim().trim_matches(['"', '\'', '<', '>', '`']);
        if bare.len() != url.trim().len() {
            problem("quotation marks or brackets stand around the URL".to_owned());
        }
        if bare.contains(|c: char| c.is_whitespace() || c.is_control()) {
            problem("white space stands inside the URL; it may have been broken over lines".to_owned());
        }
        let (scheme, rest) = match bare.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Scheme::Https), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(Scheme::Http), rest),
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                problem(format!("the scheme is `http` or `https`, not `{}`", cut(scheme)));
                (None, rest)
            }
            _ => (None, bare),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        if !fragment.is_empty() {
            problem("what stands behind `#` is never sent; a `#` in a name is written `%23`".to_owned());
        }
        let (target, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = target.split_once('/').unwrap_or((target, ""));
        let (user, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        if !user.is_empty() {
            problem("a user name stands before the host; clients send it as a second authorization".to_owned());
        }
        let endpoint = match Endpoint::parse(authority, None) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                problem(cut(&error.to_string()));
                return None;
            }
        };
        if query.contains("\\u0026") {
            problem("`\\u0026` stands for `&`; the URL was copied out of JSON without being decoded".to_owned());
        }
        let mut is_clean = true;
        let mut told = |decoded: Result<Cow<'_, str>, DecodeError>, text: &str, place: &str| match decoded {
            Ok(decoded) => decoded.into_owned(),
            Err(error) => {
                is_clean = false;
                problem(format!("{place} is not percent-encoded: {error}"));
                text.to_owned()
            }
        };
        let mut path = told(decode(path), path, "the path");
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let decoded = [(name, "the name of a parameter"), (value, "the value of a parameter")];
                let [name, value] = decoded.map(|(text, place)| told(decode_parameter(text), text, place));
                (name, value)
            })
            .collect();
        if let Some(at) = encoded_query(&path) {
            path.truncate(at);
            problem("`%3F` stands for the `?` before the parameters; the URL was encoded once too often".to_owned());
        }
        let authority = endpoint.authority(scheme.unwrap_or(Scheme::Https), Style::Cname, None);
        Some(Self { scheme, endpoint, authority, path, query, is_clean })
    }

    /// The value of the first parameter of that name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The objects that the URL can name, the likeliest first.
    pub(super) fn addresses(&self, question: &Question<'_>) -> Vec<Address> {
        let address = |style, bucket: Option<&str>, key: &str| Address {
            scheme: self.scheme,
            host: self.authority.clone(),
            style,
            bucket: bucket.map(str::to_owned),
            key: key.to_owned(),
        };
        let path_style = || {
            let (bucket, key) = self.path.split_once('/').unwrap_or((&self.path, ""));
            address(Style::Path, Some(bucket).filter(|bucket| !bucket.is_empty()), key)
        };
        if let (Some(bucket), _) = self.endpoint.split_bucket() {
            return vec![address(Style::VirtualHost, Some(bucket), &self.path)];
        }
        let cname = question.bucket.map(|bucket| address(Style::Cname, Some(bucket), &self.path));
        if self.endpoint.is_cloud() || self.endpoint.default_style() == Style::Path {
            return [Some(path_style()), cname].into_iter().flatten().collect();
        }
        let first = self.endpoint.host().split_once('.').map(|(first, _)| first);
        let virtual_host = first
            .filter(|first| crate::bucket::check(first).is_ok())
            .map(|first| address(Style::VirtualHost, Some(first), &self.path));
        match question.bucket {
            // What the caller knows decides which of the styles it is.
            Some(bucket) if first == Some(bucket) => [virtual_host, cname].into_iter().flatten().collect(),
            Some(bucket) if path_style().bucket.as_deref() == Some(bucket) => {
                [Some(path_style()), cname].into_iter().flatten().collect()
            }
            Some(_) => cname.into_iter().collect(),
            None => [Some(address(Style::Cname, None, &self.path)), virtual_host, Some(path_style())]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

/// Where a decoded path goes on with parameters of a signature, which are nobody's to see.
fn encoded_query(path: &str) -> Option<usize> {
    let at = path.find('?')?;
    let mut names = path[at + 1..].split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    names.any(is_secret).then_some(at)
}
