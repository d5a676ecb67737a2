//! What buckets are configured with: lifecycle, policy, logging, tags.

use oss_protocol::xml::{BucketLoggingStatus, LifecycleConfiguration, Tagging};
use oss_server::RunningServer;

use crate::client::{Answer, builder, call, server};

async fn send(server: &RunningServer, method: &str, kind: &str, body: &str) -> Answer {
    call(server, method, "docs", "").query(kind, "").body(body).send().await
}

#[tokio::test]
async fn lifecycles_are_kept_and_their_rules_get_names() {
    let server = server().await;
    send(&server, "GET", "lifecycle", "").await.refused(404, "NoSuchLifecycle");
    let body = "<LifecycleConfiguration><Rule><Prefix>log/</Prefix><Status>Enabled</Status>\
                <Expiration><Days>3</Days></Expiration></Rule><Rule><ID>mine</ID><Prefix>tmp/</Prefix>\
                <Status>Disabled</Status><Transition><CreatedBeforeDate>2014-10-11T00:00:00.000Z</CreatedBeforeDate>\
                <StorageClass>IA</StorageClass></Transition></Rule></LifecycleConfiguration>";
    send(&server, "PUT", "lifecycle", body).await.expect(200);
    let read = send(&server, "GET", "lifecycle", "").await.expect(200);
    let mut expected = LifecycleConfiguration::read(body.as_bytes()).unwrap();
    expected.rules[0].id = Some("rule-1".into());
    assert_eq!(LifecycleConfiguration::read(&read.body).unwrap(), expected);
    send(&server, "DELETE", "lifecycle", "").await.expect(204);
    send(&server, "GET", "lifecycle", "").await.refused(404, "NoSuchLifecycle");
}

#[tokio::test]
async fn lifecycles_that_make_no_sense_are_refused() {
    let server = server().await;
    let rule = |inner: &str| format!("<Rule><Prefix>a</Prefix><Status>Enabled</Status>{inner}</Rule>");
    let expiration = "<Expiration><Days>1</Days></Expiration>";
    for (rules, code) in [
        (String::new(), "MalformedXML"),
        (rule(""), "InvalidRequest"),
        (rule("<Expiration/>"), "InvalidRequest"),
        (rule("<Expiration><Days>0</Days></Expiration>"), "InvalidRequest"),
        (rule("<Expiration><Days>x</Days></Expiration>"), "MalformedXML"),
        (
            rule(
                "<Expiration><Days>1</Days><CreatedBeforeDate>2014-10-11T00:00:00.000Z</CreatedBeforeDate></Expiration>",
            ),
            "InvalidRequest",
        ),
        (
            rule("<Expiration><CreatedBeforeDate>2014-10-11T01:00:00.000Z</CreatedBeforeDate></Expiration>"),
            "InvalidRequest",
        ),
        (rule("<Transition><Days>1</Days></Transition>"), "InvalidRequest"),
        (rule("<Transition><Days>1</Days><StorageClass>Tape</StorageClass></Transition>"), "InvalidStorageClass"),
        (rule(expiration).replace("Enabled", "On"), "InvalidRequest"),
        (rule(&format!("<ID>x</ID>{expiration}")).repeat(2), "InvalidRequest"),
        (rule(&format!("<ID>{}</ID>{expiration}", "x".repeat(256))), "InvalidRequest"),
        (rule(expiration).repeat(2), "InvalidRequest"),
    ] {
        let body = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        send(&server, "PUT", "lifecycle", &body).await.refused(400, code);
    }
    let body = format!("<LifecycleConfiguration>{}</LifecycleConfiguration>", rule(expiration).repeat(2));
    let overlapping = call(&server, "PUT", "docs", "").query("lifecycle", "").body(body);
    overlapping.header("x-oss-allow-same-action-overlap", "true").send().await.expect(200);
}

#[tokio::test]
async fn policies_come_back_letter_by_letter() {
    let server = server().await;
    for kind in ["policy", "policyStatus"] {
        send(&server, "GET", kind, "").await.refused(404, "NoSuchBucketPolicy");
    }
    let policy = |principal: &str| {
        format!(
            "{{ \"Version\":\"1\", \"Statement\":[{{\"Effect\":\"Allow\",\"Action\":[\"oss:GetObject\"],\
             \"Principal\":[\"{principal}\"],\"Resource\":[\"acs:oss:*:*:docs/*\"]}}]}}"
        )
    };
    for (principal, public) in [("*", "true"), ("123", "false")] {
        send(&server, "PUT", "policy", &policy(principal)).await.expect(200);
        let read = send(&server, "GET", "policy", "").await.expect(200);
        assert_eq!((read.text(), read.header("content-type")), (policy(principal).as_str(), Some("application/json")));
        let status = send(&server, "GET", "policyStatus", "").await.expect(200);
        assert!(status.text().contains(&format!("<IsPublic>{public}</IsPublic>")));
    }
    for wrong in [
        "x".to_owned(),
        "{}".to_owned(),
        policy("*").replace("\"1\"", "\"2\""),
        policy("*").replace("Allow", "Maybe"),
        policy("*").replace("Action", "Actions"),
        "{\"Version\":\"1\",\"Statement\":[]}".to_owned(),
    ] {
        send(&server, "PUT", "policy", &wrong).await.refused(400, "InvalidPolicyDocument");
    }
    send(&server, "DELETE", "policy", "").await.expect(204);
    send(&server, "GET", "policy", "").await.refused(404, "NoSuchBucketPolicy");
}

#[tokio::test]
async fn logging_is_off_until_it_has_a_target() {
    let server = builder().bucket("logs").start().await.unwrap();
    let read =
        || async { BucketLoggingStatus::read(&send(&server, "GET", "logging", "").await.expect(200).body).unwrap() };
    assert_eq!(read().await, BucketLoggingStatus::default());
    let status = BucketLoggingStatus { target_bucket: Some("logs".into()), target_prefix: Some("docs-".into()) };
    send(&server, "PUT", "logging", &status.write()).await.expect(200);
    assert_eq!(read().await, status);
    let nowhere = BucketLoggingStatus { target_bucket: Some("nowhere".into()), target_prefix: None };
    send(&server, "PUT", "logging", &nowhere.write()).await.refused(400, "InvalidArgument");
    send(&server, "DELETE", "logging", "").await.expect(204);
    assert_eq!(read().await, BucketLoggingStatus::default());
}

#[tokio::test]
async fn buckets_have_tags() {
    let server = server().await;
    let read = || async {
        let answer = send(&server, "GET", "tagging", "").await.expect(200);
        Tagging::read(&answer.body).unwrap().tags.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert!(read().await.is_empty());
    let tags = |count: usize| Tagging { tags: (0..count).map(|n| (format!("k{n}"), "v".to_owned())).collect() }.write();
    send(&server, "PUT", "tagging", &tags(21)).await.refused(400, "InvalidTag");
    send(&server, "PUT", "tagging", &tags(20)).await.expect(200);
    send(&server, "PUT", "tagging", &tags(4)).await.expect(200);
    assert_eq!(read().await, ["k0", "k1", "k2", "k3"]);
    call(&server, "DELETE", "docs", "").query("tagging", "k0,k2").send().await.expect(204);
    assert_eq!(read().await, ["k1", "k3"]);
    send(&server, "DELETE", "tagging", "").await.expect(204);
    assert!(read().await.is_empty());
}

#[tokio::test]
async fn a_bucket_of_the_same_name_starts_anew() {
    let server = server().await;
    let tags = Tagging { tags: vec![("k".to_owned(), "v".to_owned())] }.write();
    send(&server, "PUT", "tagging", &tags).await.expect(200);
    call(&server, "DELETE", "docs", "").send().await.expect(204);
    send(&server, "PUT", "tagging", &tags).await.refused(404, "NoSuchBucket");
    call(&server, "PUT", "docs", "").send().await.expect(200);
    let answer = send(&server, "GET", "tagging", "").await.expect(200);
    assert!(Tagging::read(&answer.body).unwrap().tags.is_empty());
}
