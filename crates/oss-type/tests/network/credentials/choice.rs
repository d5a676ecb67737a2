//! Configuration that chooses a provider.

use super::element_at;

const HERE: &str = "127.0.0.1:1";

fn error(more: &[(&str, &str)]) -> String {
    let error = element_at(HERE, more).unwrap_err();
    assert_eq!(error.kind(), meta::ErrorKind::Config, "{error}");
    error.to_string()
}

#[test]
fn the_two_keys_are_missing_only_where_they_are_needed() {
    let both = error(&[]);
    let expected = "`storages/UnderTest/UnderTest.json`: key `accessKeyId`: it and `accessKeySecret` are missing, and \
                    `credentials` is `static`, which needs them: add `accessKeyId` and `accessKeySecret`, or say in \
                    `credentials` where keys come from, such as `\"environment\"`";
    assert!(both.ends_with(expected), "{both}");
    let one = error(&[("accessKeyId", "id")]);
    assert!(one.contains("key `accessKeySecret`: it is missing, and `credentials` is `static`"), "{one}");
    let role = error(&[("credentials", "assumeRole"), ("roleArn", "acs:ram::1:role/a"), ("accessKeySecret", "s")]);
    assert!(role.contains("key `accessKeyId`: it is missing, and `credentials` is `assumeRole`"), "{role}");
    for choice in ["environment", "profile", "ecsRamRole", "oidc"] {
        element_at(HERE, &[("credentials", choice)]).unwrap();
    }
}

#[test]
fn what_a_choice_needs_is_asked_for() {
    let keys = [("credentials", "assumeRole"), ("accessKeyId", "id"), ("accessKeySecret", "secret")];
    assert!(error(&keys).contains("key `roleArn`: it is missing, and `credentials` is `assumeRole`"));
    assert!(error(&[("credentials", "process")]).contains("key `credentialProcess`: it is missing"));
}

#[test]
fn keys_of_another_choice_are_contradictions() {
    for (choice, key, value, expected) in [
        (
            "environment",
            "accessKeyId",
            "id",
            "it belongs to `credentials` `static` and `assumeRole`, and `credentials` is `environment`: remove it, or set `\"credentials\": \"static\"`",
        ),
        ("ecsRamRole", "accessKeySecret", "hidden-secret", "it belongs to `credentials` `static` and `assumeRole`"),
        ("static", "roleArn", "acs:ram::1:role/a", "set `\"credentials\": \"assumeRole\"`"),
        ("static", "ramRoleName", "a", "set `\"credentials\": \"ecsRamRole\"`"),
        ("oidc", "externalId", "a", "it belongs to `credentials` `assumeRole`"),
        ("profile", "credentialProcess", "a", "it belongs to `credentials` `process`"),
        ("static", "stsEndPoint", "a", "it belongs to `credentials` `assumeRole` and `oidc` and `profile`"),
    ] {
        let said = error(&[("credentials", choice), (key, value)]);
        assert!(said.contains(&format!("key `{key}`: ")) && said.contains(expected), "{said}");
        assert!(!said.contains("hidden-secret"), "{said}");
    }
}

#[test]
fn wrong_values_are_told_at_once() {
    let role = [("credentials", "assumeRole"), ("accessKeyId", "id"), ("accessKeySecret", "secret")];
    for (key, value, expected) in [
        ("roleArn", "reader", "it is no ARN of a role"),
        ("roleArn", "acs:ram::1:role/", "it is no ARN of a role"),
        ("roleSessionName", "x", "it has 2 to 64 letters"),
        ("roleSessionName", "a b", "it has 2 to 64 letters"),
        ("roleDurationSeconds", "60", "is not what it takes: a whole number from 900 to 43200"),
        ("stsEndPoint", "ftp://sts", "the endpoint's scheme is `http` or `https`"),
        ("securityToken", "a b", "it is empty, or holds white space"),
    ] {
        let mut keys = role.to_vec();
        if key != "roleArn" {
            keys.push(("roleArn", "acs:ram::1:role/a"));
        }
        keys.push((key, value));
        let said = error(&keys);
        assert!(said.contains(&format!("key `{key}`")) && said.contains(expected), "{said}");
    }
    let said = error(&[("credentials", "process"), ("credentialProcess", "tool 'a")]);
    assert!(said.contains("key `credentialProcess`: a quotation mark is not closed"), "{said}");
    let said = error(&[("credentials", "ecsRamRole"), ("metadataEndPoint", "http://a/b")]);
    assert!(said.contains("key `metadataEndPoint`: an endpoint holds no path"), "{said}");
    let said = error(&[("credentials", "vault")]);
    assert!(said.contains("one of `static`, `environment`"), "{said}");
}
