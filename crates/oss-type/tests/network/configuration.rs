//! Configuration that contradicts itself is told before anything is sent.

use super::element_at;

fn error(endpoint: &str, more: &[(&str, &str)]) -> String {
    let error = element_at(endpoint, more).unwrap_err().to_string();
    assert!(!error.contains("hidden-secret"), "{error}");
    error
}

#[test]
fn an_endpoint_without_a_region_asks_for_it() {
    for endpoint in ["oss-accelerate.aliyuncs.com", "https://oss.example.com", "10.0.0.1:9000"] {
        let said = error(endpoint, &[]);
        assert!(said.contains("key `region`: it is missing, and `endPoint`"), "{said}");
        assert!(said.contains("add `\"region\": \"cn-hangzhou\"`"), "{said}");
        element_at(endpoint, &[("region", "oss-cn-beijing")]).unwrap();
        element_at(endpoint, &[("signatureVersion", "v1")]).unwrap();
    }
}

#[test]
fn contradictions_are_errors() {
    let hangzhou = "oss-cn-hangzhou.aliyuncs.com";
    for (endpoint, more, expected) in [
        (hangzhou, vec![("region", "cn-beijing")], "`cn-beijing` contradicts `endPoint`, which is in `cn-hangzhou`"),
        (hangzhou, vec![("cname", "true")], "is a host of Alibaba Cloud, not a custom domain"),
        (hangzhou, vec![("region", "Hangzhou!")], "a region is lower-case letters"),
        (
            "other.oss-cn-hangzhou.aliyuncs.com",
            vec![],
            "the endpoint names the bucket `other`, the configuration `docs`",
        ),
        ("ftp://127.0.0.1", vec![], "the endpoint's scheme is `http` or `https`, not `ftp`"),
        ("http://key:secret@127.0.0.1", vec![], "an endpoint holds no user name or password"),
        ("127.0.0.1:99999", vec![], "port is a number from 1 to 65535"),
        ("", vec![], "names no host"),
        (hangzhou, vec![("securityToken", "line\nbreak")], "key `securityToken`: it is empty, or holds white space"),
        (hangzhou, vec![("publicEndPoint", "cdn.example.com/path")], "key `publicEndPoint`: an endpoint holds no path"),
    ] {
        let said = error(endpoint, &more);
        assert!(said.contains(expected), "{said}");
        assert!(said.starts_with("storages."), "{said}");
    }
}

#[test]
fn endpoints_are_understood_in_every_usual_form() {
    for endpoint in [
        "oss-cn-hangzhou.aliyuncs.com",
        "https://oss-cn-hangzhou.aliyuncs.com/",
        "http://oss-cn-hangzhou-internal.aliyuncs.com",
        "docs.oss-cn-hangzhou.aliyuncs.com",
        "HTTPS://OSS-CN-HANGZHOU.ALIYUNCS.COM",
        "cn-hangzhou.oss.aliyuncs.com",
        "127.0.0.1:9000",
        "http://[::1]:9000",
        "localhost:9000",
    ] {
        element_at(endpoint, &[]).unwrap_or_else(|error| panic!("{endpoint}: {error}"));
    }
}

#[tokio::test]
async fn addresses_handed_out_follow_endpoint_and_public_end_point() {
    for (endpoint, more, expected) in [
        ("oss-cn-hangzhou.aliyuncs.com", vec![], "https://docs.oss-cn-hangzhou.aliyuncs.com/a%20b?"),
        (
            "oss-cn-hangzhou-internal.aliyuncs.com",
            vec![("publicEndPoint", "oss-cn-hangzhou.aliyuncs.com")],
            "https://docs.oss-cn-hangzhou.aliyuncs.com/a%20b?",
        ),
        ("oss-cn-hangzhou.aliyuncs.com", vec![("publicEndPoint", "img.example.com")], "https://img.example.com/a%20b?"),
        ("img.example.com", vec![("cname", "true"), ("region", "cn-hangzhou")], "https://img.example.com/a%20b?"),
        ("127.0.0.1:9000", vec![], "http://127.0.0.1:9000/docs/a%20b?"),
        (
            "http://oss.corp",
            vec![("publicEndPoint", "https://oss.corp"), ("region", "corp-1")],
            "https://docs.oss.corp/a%20b?",
        ),
    ] {
        let url = element_at(endpoint, &more).unwrap().get_sign_url("a b", None, None).await.unwrap();
        assert!(url.starts_with(expected), "{url}");
    }
}
