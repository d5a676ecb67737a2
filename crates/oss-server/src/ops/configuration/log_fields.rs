//! What the log notes beside the usual.

use oss_protocol::xml::UserDefinedLogFieldsConfiguration;

use crate::failure::Failure;

/// How many headers and parameters the log notes (PutUserDefinedLogFieldsConfig).
const MOST_FIELDS: usize = 6;

pub(super) fn check(
    configuration: UserDefinedLogFieldsConfiguration,
) -> Result<UserDefinedLogFieldsConfiguration, Failure> {
    let UserDefinedLogFieldsConfiguration { headers, parameters } = &configuration;
    let count = headers.len() + parameters.len();
    if count > MOST_FIELDS {
        let message = "A log has at most 6 user-defined headers and parameters.";
        return Err(Failure::argument("UserDefinedLogFieldsConfiguration", count.to_string(), message));
    }
    let fits =
        |name: &&String| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'_' | b':'));
    if let Some(name) = headers.iter().find(|name| !fits(name)) {
        let message = "The name of a header has printable ASCII characters but for `_` and `:`.";
        return Err(Failure::argument("header", name.as_str(), message));
    }
    if let Some(name) = parameters.iter().find(|name| name.is_empty()) {
        return Err(Failure::argument("parameter", name.as_str(), "A parameter has a name."));
    }
    Ok(configuration)
}
