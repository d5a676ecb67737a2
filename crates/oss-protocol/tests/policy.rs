//! Forms as a signer makes them and a verifier reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_protocol::sign::policy::{Condition, Document, Fields, Form, InvalidForm, encode, verify_v1, verify_v4};
use oss_protocol::sign::{v1, v4};

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_702_743_657)
}

fn soon() -> SystemTime {
    now() + Duration::from_secs(600)
}

fn signed_v1(form: &Form, token: Option<&str>) -> Result<Fields, InvalidForm> {
    let key = v1::SigningKey::new("sk");
    let fields = form.sign_v1(&v1::Signer { access_key_id: "ak", security_token: token, key: &key }, now())?;
    let field = |name| fields.get(name).expect("is sent");
    assert!(verify_v1(&key, field("policy"), field("Signature")));
    Ok(fields)
}

fn signed_v4(form: &Form, token: Option<&str>) -> Result<Fields, InvalidForm> {
    let key = v4::SigningKey::derive("sk", now(), "cn-hangzhou", v4::PRODUCT);
    let fields = form.sign_v4(&v4::Signer { access_key_id: "ak", security_token: token, key: &key }, now())?;
    let field = |name| fields.get(name).expect("is sent");
    assert!(verify_v4(&key, field("policy"), field("x-oss-signature")));
    Ok(fields)
}

fn document(fields: &Fields) -> Document {
    Document::decode(fields.get("policy").expect("is sent")).expect("was written by us")
}

fn names(fields: &Fields) -> Vec<&str> {
    fields.iter().map(|(name, _)| name).collect()
}

fn form() -> Form {
    Form::exact("docs", "a/b.png", soon())
        .with_size(1, 1024)
        .with_content_types(["image/png"])
        .with_success_status(201)
        .with_metadata("Author", "alice")
        .with_field("x-oss-forbid-overwrite", "true")
}

#[test]
fn a_form_of_v4_is_what_the_documentation_shows() {
    let fields = signed_v4(&form(), Some("the-token")).unwrap();
    let expected = concat!(
        r#"{"expiration":"2023-12-16T16:30:57.000Z","conditions":[{"bucket":"docs"},["eq","$key","a/b.png"],"#,
        r#"["content-length-range",1,1024],["eq","$content-type","image/png"],["eq","$success_action_status","201"],"#,
        r#"{"x-oss-meta-author":"alice"},{"x-oss-forbid-overwrite":"true"},"#,
        r#"{"x-oss-signature-version":"OSS4-HMAC-SHA256"},"#,
        r#"{"x-oss-credential":"ak/20231216/cn-hangzhou/oss/aliyun_v4_request"},{"x-oss-date":"20231216T162057Z"},"#,
        r#"{"x-oss-security-token":"the-token"}]}"#,
    );
    assert_eq!(fields.get("policy"), Some(encode(expected).as_str()));
    assert_eq!(
        names(&fields),
        [
            "key",
            "Content-Type",
            "success_action_status",
            "x-oss-meta-author",
            "x-oss-forbid-overwrite",
            "x-oss-signature-version",
            "x-oss-credential",
            "x-oss-date",
            "x-oss-security-token",
            "policy",
            "x-oss-signature"
        ]
    );
    assert!(!format!("{fields:?}").contains("the-token"));
}

#[test]
fn a_form_of_v1_names_the_key_id_and_binds_the_token() {
    let fields = signed_v1(&form(), Some("the-token")).unwrap();
    assert_eq!(names(&fields)[5..], ["OSSAccessKeyId", "x-oss-security-token", "policy", "Signature"]);
    let token = Condition::Equals { field: "x-oss-security-token".into(), value: "the-token".into() };
    assert!(document(&fields).conditions.contains(&token));
}

/// The value of a field among those that are sent.
fn among<'a>(sent: &[(&'a str, &'a str)]) -> impl Fn(&str) -> Option<&'a str> {
    |name| sent.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

#[test]
fn every_field_that_is_sent_meets_the_policy_and_no_other_does() {
    for fields in [signed_v1(&form(), None).unwrap(), signed_v4(&form(), None).unwrap()] {
        let document = document(&fields);
        assert_eq!((document.expiration, document.size()), (soon(), Some((1, 1024))));
        let mut sent: Vec<_> = fields.iter().collect();
        sent.push(("bucket", "docs"));
        assert_eq!(document.unmet(among(&sent)), None);
        for (index, (name, _)) in sent.iter().enumerate() {
            let free = ["OSSAccessKeyId", "policy", "Signature", "x-oss-signature"].contains(name);
            let mut changed = sent.clone();
            changed[index].1 = "changed";
            assert_eq!(document.unmet(among(&changed)).is_none(), free, "{name} changed");
            changed.remove(index);
            assert_eq!(document.unmet(among(&changed)).is_none(), free, "{name} left out");
        }
    }
}

#[test]
fn a_prefix_leaves_the_name_and_a_choice_of_types_to_the_sender() {
    let form = Form::under("docs", "in/", soon())
        .with_content_types(["image/png", "image/jpeg"])
        .with_condition(Condition::NotIn { field: "cache-control".into(), values: vec!["no-cache".into()] })
        .with_success_redirect("https://example.com/done?a=$1");
    let fields = signed_v4(&form, None).unwrap();
    assert_eq!(fields.get("key"), Some("in/${filename}"));
    assert_eq!(fields.get("success_action_redirect"), Some("https://example.com/done?a=$1"));
    let document = document(&fields);
    let unmet = |key: &str, kind: &str, cache: &str| {
        let mut sent: Vec<_> = fields.iter().filter(|(name, _)| *name != "key").collect();
        sent.extend([("bucket", "docs"), ("KEY", key), ("Content-Type", kind), ("Cache-Control", cache)]);
        document.unmet(among(&sent)).is_some()
    };
    assert!(!unmet("in/${filename}", "image/png", "") && !unmet("in/x", "image/jpeg", "max-age=1"));
    assert!(unmet("out/x", "image/png", "") && unmet("in/x", "text/html", "") && unmet("in/x", "", ""));
    assert!(unmet("in/x", "image/png", "no-cache"));
    assert_eq!(document.size(), None);
}

#[test]
fn forms_that_would_be_refused_are_refused_at_once() {
    let at = |seconds| Form::exact("docs", "a", now() + Duration::from_secs(seconds));
    let week = 604_800;
    assert!(signed_v4(&at(week), None).is_ok() && signed_v1(&at(week + 1), None).is_ok());
    assert_eq!(signed_v4(&at(week + 1), None), Err(InvalidForm::Lifetime(Duration::from_secs(week + 1))));
    assert_eq!(signed_v4(&at(0), None), Err(InvalidForm::Expired));
    assert_eq!(signed_v1(&Form::exact("docs", "a", UNIX_EPOCH), None), Err(InvalidForm::Expired));
    assert_eq!(signed_v1(&at(1).with_size(2, 1), None), Err(InvalidForm::Size(2, 1)));
    assert_eq!(signed_v1(&at(1).with_success_status(302), None), Err(InvalidForm::Status(302)));
    for name in ["policy", "Key", "file", "x-oss-date", "Signature", "", "X-Oss-Security-Token"] {
        assert_eq!(signed_v1(&at(1).with_field(name, "x"), None), Err(InvalidForm::Field(name.into())), "{name}");
    }
    let twice = at(1).with_field("Expires", "1").with_field("expires", "2");
    assert_eq!(signed_v1(&twice, None), Err(InvalidForm::Field("expires".into())));
}

#[test]
fn conditions_are_read_in_every_form_that_clients_write() {
    let read = |conditions: &str| {
        let json = format!("{{\"expiration\":\"2024-12-01T12:00:00Z\",\"conditions\":[{conditions}]}}");
        Document::read(&json).map(|document| document.conditions)
    };
    let equals = |field: &str, value: &str| Condition::Equals { field: field.into(), value: value.into() };
    assert_eq!(read(r#"{"a":"1","b":"2"}"#).unwrap(), [equals("a", "1"), equals("b", "2")]);
    assert_eq!(read(r#"["EQ","$success_action_status",201]"#).unwrap(), [equals("success_action_status", "201")]);
    assert_eq!(read(r#"["eq","$key","a\$b\\$c$d"]"#).unwrap(), [equals("key", "a$b$c$d")]);
    assert_eq!(read(r#"["eq","$key","a\\\\b\"\u0024\n"]"#).unwrap(), [equals("key", "a\\\\b\"$\n")]);
    assert_eq!(
        read(r#"["content-length-range",1,10],["content-length-range","5","20"]"#).unwrap(),
        [Condition::Size { least: 1, most: 10 }, Condition::Size { least: 5, most: 20 }]
    );
    for unknown in [
        r#"["eq","key","a"]"#,
        r#"["eq","$key"]"#,
        r#"["eq","$key",["a"]]"#,
        r#"["in","$key","a"]"#,
        r#"["like","$key","a"]"#,
        r#"["content-length-range",-1,10]"#,
        r#"["content-length-range",1]"#,
        "7",
        "null",
        r#"{"a":null}"#,
    ] {
        assert!(read(unknown).unwrap_err().to_string().contains("no known form"), "{unknown}");
    }
    for json in
        ["", "{", "[]", "{}", r#"{"expiration":"soon","conditions":[]}"#, r#"{"expiration":"2024-12-01T12:00:00Z"}"#]
    {
        assert!(Document::read(json).is_err(), "{json}");
    }
    assert!(Document::decode("%").is_err() && Document::decode("/w==").is_err());
}

#[test]
fn what_is_written_is_read_again() {
    let awkward = "a\"\\$\\\\${filename}\u{1}\n目$";
    let texts = || vec![awkward.to_owned(), String::new()];
    let document = Document {
        expiration: soon(),
        conditions: vec![
            Condition::Equals { field: "key".into(), value: awkward.into() },
            Condition::Equals { field: "x-oss-meta-a".into(), value: awkward.into() },
            Condition::StartsWith { field: "key".into(), prefix: awkward.into() },
            Condition::In { field: "content-type".into(), values: texts() },
            Condition::NotIn { field: "cache-control".into(), values: Vec::new() },
            Condition::Size { least: 0, most: u64::MAX },
        ],
    };
    assert_eq!(Document::read(&document.write()), Ok(document.clone()));
    assert_eq!(Document::decode(&encode(&document.write())), Ok(document));
}
