//! Cross-origin requests: which rules a bucket may have, and what browsers are told by them.

use oss_protocol::code::Code;
use oss_protocol::xml::{CorsConfiguration, CorsRule};

use super::Kind;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::Store;

const MOST_RULES: usize = 20;
const MOST_SECONDS: i64 = 999_999_999;
const METHODS: &[&str] = &["GET", "PUT", "DELETE", "POST", "HEAD"];

/// Headers for an answer.
pub(crate) type Headers = Vec<(&'static str, String)>;

pub(super) fn check(mut configuration: CorsConfiguration) -> Result<CorsConfiguration, Failure> {
    let rules = &configuration.rules;
    if rules.len() > MOST_RULES {
        return Err(Failure::new(Code::CORSRuleBeyondLimit));
    }
    if rules.is_empty() {
        return Err(Failure::new(Code::MalformedXML));
    }
    for rule in rules {
        if rule.allowed_origins.is_empty() || rule.allowed_methods.is_empty() {
            return Err(Failure::with_message(
                Code::InvalidArgument,
                "A CORS rule needs at least one AllowedOrigin and one AllowedMethod.",
            ));
        }
        if let Some(method) = rule.allowed_methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            return Err(Failure::argument("AllowedMethod", method.as_str(), "The method is not valid in a CORS rule."));
        }
        let patterns = rule.allowed_origins.iter().chain(&rule.allowed_headers);
        if let Some(pattern) = patterns.into_iter().find(|pattern| pattern.matches('*').count() > 1) {
            return Err(Failure::argument("AllowedOrigin", pattern.as_str(), "More than one * is not valid."));
        }
        if let Some(name) = rule.expose_headers.iter().find(|name| name.contains('*')) {
            return Err(Failure::argument("ExposeHeader", name.as_str(), "No * is valid in ExposeHeader."));
        }
        if let Some(seconds) = rule.max_age_seconds.filter(|seconds| !(0..=MOST_SECONDS).contains(seconds)) {
            return Err(Failure::argument("MaxAgeSeconds", seconds.to_string(), "The time is 0 to 999999999 seconds."));
        }
    }
    // As the service tells them; names of headers have no case.
    for header in configuration.rules.iter_mut().flat_map(|rule| &mut rule.allowed_headers) {
        header.make_ascii_lowercase();
    }
    Ok(configuration)
}

/// Answers `OPTIONS`, by which a browser asks before it sends a request.
pub(crate) fn preflight(store: &Store, request: &Request) -> Result<Reply, Failure> {
    let (Some(origin), Some(method)) = (request.header("origin"), request.header("access-control-request-method"))
    else {
        return Err(Failure::with_message(
            Code::BadRequest,
            "Insufficient information. Origin request header and Access-Control-Request-Method needed.",
        ));
    };
    let asked = request.header("access-control-request-headers").unwrap_or_default();
    let names = asked.split(',').map(str::trim).filter(|name| !name.is_empty());
    let configuration = read(store, request)?.ok_or_else(|| Failure::new(Code::AccessForbidden))?;
    let allows = |rule: &&CorsRule| {
        allows_origin(rule, origin)
            && rule.allowed_methods.iter().any(|allowed| allowed == method)
            && names.clone().all(|name| rule.allowed_headers.iter().any(|pattern| matches(pattern, name)))
    };
    let rule = configuration.rules.iter().find(allows).ok_or_else(|| Failure::new(Code::AccessForbidden))?;
    let mut headers = describe(rule, origin);
    if !asked.is_empty() {
        headers.push(("access-control-allow-headers", asked.to_owned()));
    }
    Ok(headers.into_iter().fold(Reply::ok(), |reply, (name, value)| reply.header(name, value)))
}

/// What the answer to any other request tells a browser.
pub(crate) fn headers(store: &Store, request: &Request) -> Result<Headers, Failure> {
    let Some(origin) = request.header("origin") else {
        return Ok(Headers::new());
    };
    let Some(configuration) = read(store, request)? else {
        return Ok(Headers::new());
    };
    let method = request.method.as_str();
    let allows =
        |rule: &&CorsRule| allows_origin(rule, origin) && rule.allowed_methods.iter().any(|allowed| allowed == method);
    let mut headers = configuration.rules.iter().find(allows).map_or(Headers::new(), |rule| describe(rule, origin));
    if configuration.response_vary {
        headers.push(("vary", "Origin".to_owned()));
    }
    Ok(headers)
}

fn read(store: &Store, request: &Request) -> Result<Option<CorsConfiguration>, Failure> {
    let Some(bucket) = &request.bucket else {
        return Ok(None);
    };
    let document = store.configuration(bucket, Kind::Cors.name())?;
    document.map(|document| CorsConfiguration::read(document.as_bytes()).map_err(Failure::from)).transpose()
}

fn describe(rule: &CorsRule, origin: &str) -> Headers {
    let is_open = rule.allowed_origins.iter().any(|allowed| allowed == "*");
    let mut headers = vec![
        ("access-control-allow-origin", if is_open { "*".to_owned() } else { origin.to_owned() }),
        ("access-control-allow-methods", rule.allowed_methods.join(", ")),
    ];
    if !rule.expose_headers.is_empty() {
        headers.push(("access-control-expose-headers", rule.expose_headers.join(", ")));
    }
    if let Some(seconds) = rule.max_age_seconds {
        headers.push(("access-control-max-age", seconds.to_string()));
    }
    headers
}

fn allows_origin(rule: &CorsRule, origin: &str) -> bool {
    rule.allowed_origins.iter().any(|pattern| matches(pattern, origin))
}

/// Whether a text is what a pattern with at most one `*` says, in any case.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "http://a", true),
            ("http://*.example.com", "http://a.example.com", true),
            ("http://*.example.com", "http://example.com", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("X-Oss-*", "x-oss-meta-a", true),
            ("x-oss-a", "x-oss-ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
