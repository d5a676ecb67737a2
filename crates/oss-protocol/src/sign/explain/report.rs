//! The report on a URL, for people.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Explanation, Fit, Parameter, Severity, Validity, Version};
use crate::endpoint::Style;
use crate::sign::mismatch::cut;
use crate::time::iso8601;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "signature    {version}")?,
            None => f.write_str("signature    none")?,
        }
        if let Some(id) = &self.access_key_id {
            write!(f, ", access key id {id}")?;
        }
        if self.temporary {
            f.write_str(", temporary credentials")?;
        }
        if let Some(scope) = &self.scope {
            write!(f, "\nscope        day {}, region {}, product {}", scope.date, scope.region, scope.product)?;
        }
        if let Some(address) = &self.address {
            write!(f, "\nobject       ")?;
            match address.key.as_str() {
                "" => f.write_str("the bucket itself")?,
                key => write!(f, "`{}`", cut(key))?,
            }
            match &address.bucket {
                Some(bucket) => write!(f, " in bucket `{}`", cut(bucket))?,
                None => f.write_str(" in the bucket of a custom domain")?,
            }
            let style = match address.style {
                Style::VirtualHost => "bucket in the host",
                Style::Path => "bucket in the path",
                Style::Cname => "custom domain",
            };
            write!(f, "\nhost         {} ({style})", address.host)?;
        }
        if self.version.is_some() {
            f.write_str("\nvalidity     ")?;
            self.write_validity(f)?;
        }
        if !self.bound_headers.is_empty() {
            write!(f, "\nbinds        {}", self.bound_headers.join(", "))?;
        }
        write_parameters("overrides", &self.overrides, f)?;
        write_parameters("parameters", &self.parameters, f)?;
        f.write_str("\nverdict      ")?;
        match &self.signature {
            Fit::Unchecked => f.write_str("the signature was not checked")?,
            Fit::DoesNotFit => f.write_str("the signature does not fit")?,
            Fit::Fits { method, content_type: None } => {
                write!(f, "the signature fits {} without a content type", cut(method))?
            }
            Fit::Fits { method, content_type: Some(bound) } => {
                write!(f, "the signature fits {} with `Content-Type: {}`", cut(method), cut(bound))?;
            }
        }
        for finding in &self.findings {
            let label = match finding.severity {
                Severity::Problem => "problem",
                Severity::Note => "note",
            };
            write!(f, "\n{label:<12} {}", finding.text)?;
        }
        Ok(())
    }
}

impl Explanation {
    fn write_validity(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(signed_at) = self.signed_at {
            write!(f, "signed {}, ", moment(signed_at))?;
        }
        let Some(end) = self.expires_at else {
            return f.write_str("ends at no readable time");
        };
        let lived = self.lifetime.map(|lifetime| format!(" ({} long)", span(lifetime))).unwrap_or_default();
        let between = |from: SystemTime, to: SystemTime| span(to.duration_since(from).unwrap_or_default());
        match self.validity {
            Validity::Expired => write!(f, "ended {}{lived}, expired {} ago", moment(end), between(end, self.asked_at)),
            Validity::NotYet => write!(f, "ends {}{lived}, is not valid yet", moment(end)),
            Validity::Valid | Validity::Unknown => {
                write!(f, "ends {}{lived}, has {} left", moment(end), between(self.asked_at, end))
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "V1",
            Self::V4 => "V4",
        })
    }
}

fn write_parameters(label: &str, parameters: &[Parameter], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for parameter in parameters {
        write!(f, "\n{label:<12} {}", cut(&parameter.name))?;
        match parameter.value.as_deref() {
            Some("") => {}
            Some(value) => write!(f, " = {}", cut(value))?,
            None => f.write_str(" (not shown)")?,
        }
    }
    Ok(())
}

/// `2023-12-16 16:20:57 UTC`.
fn moment(time: SystemTime) -> String {
    format!("{} UTC", iso8601(time)[..19].replace('T', " "))
}

/// `2 d 1 h 0 min 7 s`, without leading zeros.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let texts: Vec<_> = units[first..].iter().map(|(count, unit)| format!("{count} {unit}")).collect();
    texts.join(" ")
}
