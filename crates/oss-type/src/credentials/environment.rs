//! Credentials in the environment of the process.

use meta::{Error, ErrorKind, Result, async_trait};

use super::{CredentialProvider, Credentials};

/// Id, secret and token: the names that the OSS SDKs read, then those of Alibaba Cloud's other tools.
const FAMILIES: [[&str; 3]; 2] = [
    ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"],
    ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"],
];

/// The variables of the process, read whenever credentials are asked for.
#[derive(Debug)]
pub(super) struct Environment;

#[async_trait]
impl CredentialProvider for Environment {
    fn name(&self) -> &str {
        "environment"
    }

    async fn credentials(&self) -> Result<Credentials> {
        read(variable)
    }
}

/// A variable of the process that holds something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Credentials> {
    for [id, secret, token] in FAMILIES {
        let (found_id, found_secret) = (variable(id), variable(secret));
        let missing = match (&found_id, &found_secret) {
            (Some(_), None) => Some((id, secret)),
            (None, Some(_)) => Some((secret, id)),
            _ => None,
        };
        if let Some((set, unset)) = missing {
            return Err(Error::new(ErrorKind::Config, format!("`{set}` is set, and `{unset}` is not"))
                .with_advice("set both, or neither"));
        }
        if let (Some(id), Some(secret)) = (found_id, found_secret) {
            let credentials = Credentials::new(id, secret);
            return Ok(match variable(token) {
                Some(token) => credentials.with_security_token(token),
                None => credentials,
            });
        }
    }
    let [[id, secret, _], [other_id, other_secret, _]] = FAMILIES;
    Err(Error::new(ErrorKind::Config, format!("neither `{id}` nor `{other_id}` is set"))
        .with_advice(format!("set `{id}` and `{secret}`, or `{other_id}` and `{other_secret}`")))
}

#[cfg(test)]
mod tests {
    use meta::ExposeSecret;

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<(String, String, Option<String>)> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        let Credentials { access_key_id, access_key_secret, security_token, .. } = read(find)?;
        let token = security_token.map(|token| token.expose_secret().to_owned());
        Ok((access_key_id, access_key_secret.expose_secret().to_owned(), token))
    }

    #[test]
    fn the_names_of_oss_come_first() {
        let cloud = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "id2"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret2"),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", "token2"),
        ];
        assert_eq!(of(&cloud).unwrap(), ("id2".into(), "secret2".into(), Some("token2".into())));
        let mut both = cloud.to_vec();
        both.extend([("OSS_ACCESS_KEY_ID", "id1"), ("OSS_ACCESS_KEY_SECRET", "secret1")]);
        assert_eq!(of(&both).unwrap(), ("id1".into(), "secret1".into(), None), "families do not mix");
        both.push(("OSS_SESSION_TOKEN", "token1"));
        assert_eq!(of(&both).unwrap().2, Some("token1".into()));
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_shown() {
        let error = of(&[]).unwrap_err().to_string();
        assert!(
            error.contains("`OSS_ACCESS_KEY_ID`") && error.contains("`ALIBABA_CLOUD_ACCESS_KEY_SECRET`"),
            "{error}"
        );
        let error = of(&[("OSS_ACCESS_KEY_SECRET", "hidden")]).unwrap_err().to_string();
        assert_eq!(error, "`OSS_ACCESS_KEY_SECRET` is set, and `OSS_ACCESS_KEY_ID` is not: set both, or neither");
    }
}
