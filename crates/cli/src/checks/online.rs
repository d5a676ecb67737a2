//! What only the service can tell: whether it is reached, believes the key, has the bucket, and lets objects be written.

use std::time::{Duration, SystemTime};

use jit_storages::{Ability, App, Error, FullName, ListOptions, StorageElement};

use super::finding::{Finding, Findings, Severity};

/// OSS refuses what is signed 15 minutes off.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(120);

/// Writes, reads and deletes a small object of each storage of which nothing is known to be wrong. Tells each that is right
/// to `right`.
pub(crate) async fn check_online(
    app: &App,
    names: &[FullName],
    findings: &mut Findings,
    mut right: impl FnMut(&FullName),
) {
    for name in names {
        if findings.has_error_of(name.as_str()) {
            continue;
        }
        let Ok(element) = app.get_element(name.as_str()) else { continue };
        if !resolves(app, name, findings).await {
            continue;
        }
        match probe(&element, findings).await {
            Ok(()) => right(name),
            Err((step, error)) => {
                let mut finding = Finding::from_error(&error).of_element(name.as_str());
                finding.message = format!("{step}: {}", finding.message);
                findings.add(finding);
            }
        }
    }
}

/// Whether the host of the configured endpoint has an address.
async fn resolves(app: &App, name: &FullName, findings: &mut Findings) -> bool {
    let Ok(Ok(config)) = app.inspect(name.as_str()).map(|inspection| inspection.configuration()) else { return true };
    // Through a proxy it is not for this machine to know.
    if config.optional_secret("proxy").is_some() {
        return true;
    }
    let Some(host) = config.optional_text("endPoint").map(host_of) else { return true };
    let found = tokio::net::lookup_host((host, 443)).await;
    match found.is_ok_and(|mut addresses| addresses.next().is_some()) {
        true => true,
        false => {
            let error = config.error("endPoint", format!("the host `{host}` has no address"));
            let finding = Finding::from_error(&error).of_element(name.as_str());
            findings.add(finding.with_remedy(
                "look for a slip of the pen, or whether this machine reaches a name server; `-internal` hosts exist \
                 within Alibaba Cloud only",
            ));
            false
        }
    }
}

fn host_of(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or(rest);
    match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.trim_matches(['[', ']']),
        _ => rest,
    }
}

/// The step that failed, and why.
async fn probe(element: &StorageElement, findings: &mut Findings) -> Result<(), (&'static str, Error)> {
    if element.can(Ability::List) {
        element.list(ListOptions::default().with_limit(1)).await.map_err(|error| ("listing", error))?;
    }
    let mut random = [0; 8];
    // Only another check at the same time could use the same name.
    let _ = getrandom::fill(&mut random);
    let name = format!(".storages-check/{:016x}", u64::from_le_bytes(random));
    let content = b"a check writes, reads and deletes this".as_slice();
    element.upload_by_file(&name, content.to_vec(), "text/plain").await.map_err(|error| ("writing", error))?;
    let told = element.get_object(&name).await;
    let read = element.download(&name).await;
    let deleted = element.delete(&name).await;
    let told = told.map_err(|error| ("inspecting", error))?;
    let read = read.map_err(|error| ("reading", error))?;
    deleted.map_err(|error| ("deleting", error))?;
    if read != content {
        findings.add(
            Finding::new(Severity::Error, "what is read is not what was written")
                .of_element(element.full_name().as_str())
                .with_remedy("look whether a proxy, a CDN or an image style changes what the store sends"),
        );
    }
    if let Some(off) = told.last_modified.and_then(difference).filter(|off| *off > CLOCK_TOLERANCE) {
        findings.add(
            Finding::new(
                Severity::Warning,
                format!("the clocks of this machine and of the service differ by {} s", off.as_secs()),
            )
            .of_element(element.full_name().as_str())
            .with_remedy("set this machine's clock by NTP: from 15 minutes on, signed URLs are refused"),
        );
    }
    Ok(())
}

fn difference(theirs: SystemTime) -> Option<Duration> {
    let ours = SystemTime::now();
    ours.duration_since(theirs).or_else(|error| Ok::<_, std::convert::Infallible>(error.duration())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_endpoints() {
        for (endpoint, host) in [
            ("oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com"),
            ("http://127.0.0.1:9380/", "127.0.0.1"),
            ("https://[::1]:9380", "::1"),
            ("host:80", "host"),
        ] {
            assert_eq!(host_of(endpoint), host);
        }
    }
}
