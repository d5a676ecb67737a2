//! What is said of signed URLs: good ones, and each that somebody has brought to a support desk.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_protocol::encode::{encode_path, encode_query};
use oss_protocol::endpoint::Style;
use oss_protocol::sign::explain::{Explanation, Fit, Question, Validity, Version};
use oss_protocol::sign::{Request, v1, v4};

const HOST: &str = "docs.oss-cn-hangzhou.aliyuncs.com";
const TOKEN: &str = "CAIS/token+of/somebody==";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_702_743_657)
}

/// A URL to be signed.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    version: Version,
    method: &'a str,
    /// Scheme and host, and the bucket in path style.
    base: &'a str,
    key: &'a str,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
    additional: &'a [&'a str],
    token: Option<&'a str>,
    lifetime: u64,
}

const GET: Wanted<'static> = Wanted {
    version: Version::V4,
    method: "GET",
    base: "https://docs.oss-cn-hangzhou.aliyuncs.com/",
    key: "a/目 b+c.txt",
    query: &[],
    headers: &[],
    additional: &[],
    token: None,
    lifetime: 300,
};

impl Wanted<'_> {
    fn sign(&self) -> String {
        let Self { method, key, query, headers, .. } = *self;
        let request = Request { method, bucket: Some("docs"), key: Some(key), query, headers };
        let lifetime = Duration::from_secs(self.lifetime);
        let parameters = match self.version {
            Version::V1 => {
                let signing = v1::SigningKey::new("the-secret");
                let signer = v1::Signer { access_key_id: "LTAIexample", security_token: self.token, key: &signing };
                signer.sign_query(&request, now() + lifetime)
            }
            Version::V4 => {
                let signing = v4::SigningKey::derive("the-secret", now(), "cn-hangzhou", v4::PRODUCT);
                let signer = v4::Signer { access_key_id: "LTAIexample", security_token: self.token, key: &signing };
                signer.sign_query(&request, self.additional, now(), lifetime).expect("a lifetime that V4 takes")
            }
        };
        let mut url = self.base.to_owned();
        encode_path(key, &mut url);
        url.push('?');
        encode_query(
            query.iter().copied().chain(parameters.iter().map(|(name, value)| (*name, value.as_str()))),
            &mut url,
        );
        url
    }
}

fn both(wanted: Wanted<'_>) -> [String; 2] {
    [Version::V1, Version::V4].map(|version| Wanted { version, ..wanted }.sign())
}

fn ask(url: &str) -> Explanation {
    told(&Question::new(url, now()).with_secret("the-secret"))
}

/// Asks, and looks for what nobody may see in everything that is answered.
fn told(question: &Question<'_>) -> Explanation {
    let told = question.explain();
    let shown = format!("{told}\n{told:?}\n{question:?}");
    assert!(!shown.contains("the-secret") && !shown.contains("somebody"), "{shown}");
    told
}

fn problems(told: &Explanation) -> String {
    told.problems().collect::<Vec<_>>().join("\n")
}

fn fits(method: &str, content_type: Option<&str>) -> Fit {
    Fit::Fits { method: method.to_owned(), content_type: content_type.map(str::to_owned) }
}

#[test]
fn a_good_url_of_v4_is_told_in_full() {
    let query = [("response-content-disposition", "attachment"), ("x-oss-process", "image/resize,w_1"), ("own", "1")];
    let told = ask(&Wanted { query: &query, token: Some(TOKEN), ..GET }.sign());
    assert!(told.is_valid(), "{told}");
    assert_eq!(
        told.to_string(),
        "signature    V4, access key id LTAIexample, temporary credentials\n\
         scope        day 20231216, region cn-hangzhou, product oss\n\
         object       `a/目 b+c.txt` in bucket `docs`\n\
         host         docs.oss-cn-hangzhou.aliyuncs.com (bucket in the host)\n\
         validity     signed 2023-12-16 16:20:57 UTC, ends 2023-12-16 16:25:57 UTC (5 min 0 s long), has 5 min 0 s left\n\
         overrides    response-content-disposition = attachment\n\
         parameters   x-oss-process = image/resize,w_1\n\
         parameters   own (not shown)\n\
         verdict      the signature fits GET without a content type\n\
         note         it is signed with temporary credentials and ends with them, however late it expires"
    );
}

#[test]
fn a_good_url_of_v1_is_told_in_full() {
    let told =
        ask(&Wanted { version: Version::V1, method: "PUT", headers: &[("Content-Type", "image/png")], ..GET }.sign());
    assert!(told.is_valid(), "{told}");
    assert_eq!(
        told.to_string(),
        "signature    V1, access key id LTAIexample\n\
         object       `a/目 b+c.txt` in bucket `docs`\n\
         host         docs.oss-cn-hangzhou.aliyuncs.com (bucket in the host)\n\
         validity     ends 2023-12-16 16:25:57 UTC, has 5 min 0 s left\n\
         binds        content-type\n\
         verdict      the signature fits PUT with `Content-Type: image/png`"
    );
}

#[test]
fn method_and_content_type_are_found_or_given() {
    for method in ["GET", "PUT", "HEAD", "POST", "DELETE"] {
        for url in both(Wanted { method, ..GET }) {
            assert_eq!(ask(&url).signature, fits(method, None), "{url}");
            let told = told(&Question::new(&url, now()).with_secret("the-secret").with_method("PATCH"));
            assert_eq!(told.signature, Fit::DoesNotFit, "{url}");
        }
    }
    let bound =
        [("content-type", "application/x-own"), ("x-oss-meta-a", "1"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")];
    for url in both(Wanted { method: "PUT", headers: &bound, ..GET }) {
        assert_eq!(ask(&url).signature, Fit::DoesNotFit);
        let mut question = Question::new(&url, now()).with_secret("the-secret").with_method("PUT");
        for (name, value) in bound {
            question = question.with_header(name, value);
        }
        assert_eq!(told(&question).signature, fits("PUT", Some("application/x-own")));
    }
}

#[test]
fn every_style_is_recognised() {
    for (base, style, host) in [
        ("https://docs.oss-cn-hangzhou.aliyuncs.com/", Style::VirtualHost, HOST),
        ("http://127.0.0.1:9000/docs/", Style::Path, "127.0.0.1:9000"),
        ("http://[::1]:9000/docs/", Style::Path, "[::1]:9000"),
        ("http://localhost/docs/", Style::Path, "localhost"),
        ("http://docs.localhost:9000/", Style::VirtualHost, "docs.localhost:9000"),
        ("https://docs.oss.corp.example/", Style::VirtualHost, "docs.oss.corp.example"),
        ("https://oss.corp.example/docs/", Style::Path, "oss.corp.example"),
    ] {
        for url in both(Wanted { base, ..GET }) {
            let told = ask(&url);
            assert!(told.is_valid(), "{told}");
            let address = told.address.expect("a URL");
            assert_eq!((address.style, address.host.as_str()), (style, host));
            assert_eq!((address.bucket.as_deref(), address.key.as_str()), (Some("docs"), GET.key));
        }
    }
    for url in both(Wanted { base: "https://img.example.com/", ..GET }) {
        let unknown = ask(&url);
        assert_eq!(unknown.signature, Fit::Unchecked);
        assert!(unknown.to_string().contains("names the bucket, which a custom domain does not tell"), "{unknown}");
        let told = told(&Question::new(&url, now()).with_secret("the-secret").with_bucket("docs"));
        assert!(told.is_valid(), "{told}");
        assert_eq!(told.address.expect("a URL").style, Style::Cname);
    }
}

#[test]
fn times_are_told() {
    for url in both(GET) {
        let at = |seconds: i64| {
            let time = if seconds < 0 {
                now() - Duration::from_secs(seconds.unsigned_abs())
            } else {
                now() + Duration::from_secs(seconds.unsigned_abs())
            };
            Question::new(&url, time).with_secret("the-secret").explain()
        };
        assert_eq!((at(300).validity, at(300).is_valid()), (Validity::Valid, true));
        assert_eq!((at(301).validity, at(301).is_valid()), (Validity::Expired, false));
        assert!(
            at(3700).to_string().contains("expired 56 min 40 s ago") && problems(&at(3700)).contains("it has expired")
        );
        let early = at(-901);
        assert_eq!(early.validity, if early.version == Some(Version::V4) { Validity::NotYet } else { Validity::Valid });
        assert_eq!(at(-900).validity, Validity::Valid);
    }
    let url = GET.sign().replace("x-oss-expires=300", "x-oss-expires=864000");
    let long = ask(&url);
    assert_eq!(problems(&long), "it is signed for 10 d 0 h 0 min 0 s; V4 allows 7 days at most");
    let v1 = Wanted { version: Version::V1, lifetime: 30 * 86_400, ..GET }.sign();
    assert!(ask(&v1).is_valid() && ask(&v1).to_string().contains("lives for more than 7 days"));
    let millis = format!("https://{HOST}/a?OSSAccessKeyId=ak&Expires=1702743657000&Signature=c2ln");
    assert!(problems(&ask(&millis)).contains("not milliseconds"));
}

#[test]
fn without_the_secret_the_rest_is_told() {
    let told = told(&Question::new(&GET.sign(), now()));
    assert_eq!((told.signature.clone(), told.is_valid()), (Fit::Unchecked, false));
    assert_eq!(told.scope.as_ref().map(|scope| scope.region.as_str()), Some("cn-hangzhou"));
    assert_eq!(problems(&told), "");
    assert!(told.to_string().contains("for want of the secret"), "{told}");
}

#[test]
fn bound_headers_are_named() {
    let wanted = Wanted { headers: &[("content-length", "11")], additional: &["content-length"], ..GET };
    let url = wanted.sign();
    let unknown = ask(&url);
    assert_eq!(
        (unknown.signature.clone(), unknown.bound_headers.as_slice()),
        (Fit::Unchecked, &["content-length".to_owned()][..])
    );
    assert!(unknown.to_string().contains("binds the header `content-length`"), "{unknown}");
    let question = Question::new(&url, now()).with_secret("the-secret").with_header("Content-Length", "11");
    assert!(told(&question).is_valid());
    let host = Wanted { headers: &[("host", HOST)], additional: &["host"], ..GET }.sign();
    assert!(ask(&host).is_valid(), "the URL itself tells its host");
    let bound = Wanted { headers: &[("content-type", "image/png")], ..GET }.sign();
    assert!(ask(&bound).to_string().contains("browsers send none and get 403"));
}

#[test]
fn usual_mistakes_are_named() {
    let twice = |url: &str| url.replace('%', "%25");
    for [url, token] in [both(GET), both(Wanted { token: Some(TOKEN), ..GET })].map(|[v1, v4]| [v1, v4]) {
        for url in [url, token] {
            let v4 = url.contains("x-oss-credential");
            let cases = [
                (url.replace('&', "&amp;"), "copied out of HTML"),
                (url.replace('&', "\\u0026"), "copied out of JSON"),
                (format!("\"{url}\""), "quotation marks"),
                (url.replacen("%20", "%20\n", 1), "broken over lines"),
                (format!("{url}#page=2"), "what stands behind `#` is never sent"),
                (url.replace("https://", "ftp://"), "the scheme is `http` or `https`, not `ftp`"),
                (url.replace("https://", "https://me:pw@"), "a user name stands before the host"),
                (url.replace("%2Bc.txt", "%252Bc.txt"), "percent-encoded twice after signing"),
                (url.replace("a/%E7", "a/%ZZ"), "the path is not percent-encoded"),
                (twice(&url), "the URL is percent-encoded twice: `"),
                (
                    url.replace("hangzhou.aliyuncs", "beijing.aliyuncs"),
                    if v4 { "the host is of the region `cn-beijing`" } else { "" },
                ),
                (url.replace("://docs.", "://").replace(".com/", ".com/docs/"), "in front of the host only"),
                (format!("{url}&Signature=c2ln&x-oss-signature=00"), "signatures of both versions"),
            ];
            for (url, expected) in cases {
                let told = ask(&url);
                assert!(problems(&told).contains(expected), "{url}: {expected}\n{told}");
                assert_eq!(told.is_valid(), expected.is_empty(), "{told}");
            }
        }
    }
    let spaces = GET.sign().replace("%20", "%2B");
    assert!(!ask(&spaces).is_valid());
    let plus = Wanted { key: "a b", ..GET }.sign().replace("%20", "+");
    assert!(problems(&ask(&plus)).contains("a space is `%20`"));
    let keys = (0..).map(|number| number.to_string());
    let mut urls = keys.map(|key| Wanted { version: Version::V1, key: &key, ..GET }.sign());
    let bare = urls.find(|url| url.contains("%2B")).unwrap().replace("%2B", "+");
    assert!(problems(&ask(&bare)).contains("`Signature` holds a bare `+`"), "{bare}");
    let encoded = Wanted { key: "a%20b", ..GET }.sign().replace("%2520", "%20");
    assert!(problems(&ask(&encoded)).contains("over the percent-encoded key"));
    let url = GET.sign();
    for secret in ["the-secret\n", " the-secret"] {
        let told = Question::new(&url, now()).with_secret(secret).explain();
        assert!(problems(&told).contains("without the white space around it"), "{told}");
    }
    let other = Question::new(&url, now()).with_secret("another").explain();
    assert!(problems(&other).contains("the secret is another's"), "{other}");
    let sts = url.replace("LTAIexample", "STS.example");
    assert!(problems(&ask(&sts)).contains("its token `x-oss-security-token` is missing"));
    let misplaced = format!("{url}&security-token=CAISsomebody");
    assert!(problems(&ask(&misplaced)).contains("is the parameter `x-oss-security-token` here"));
}

#[test]
fn what_is_no_signed_url_is_told_to_be_none() {
    let long = format!("https://{HOST}/{}", "a".repeat(20_000));
    for (text, expected) in [
        ("", "names no host"),
        ("https://", "names no host"),
        ("not a URL", "is not a host name"),
        ("https://docs.oss-cn-hangzhou.aliyuncs.com/a", "the URL has no signature"),
        ("https://b.s3.amazonaws.com/a?X-Amz-Signature=00", "signed for Amazon S3"),
        ("https://x.aliyuncs.com/a?x-oss-signature=00", "OSS cannot read the signature (`x-oss-signature-version`)"),
        ("https://x.aliyuncs.com/a?Signature=c2ln", "OSS cannot read the signature"),
        (&long, "more than any URL that OSS takes"),
    ] {
        let told = ask(text);
        assert!(!told.is_valid() && problems(&told).contains(expected), "{text}\n{told}");
    }
}

#[test]
fn notes_on_the_address_do_not_make_it_invalid() {
    let internal = "https://docs.oss-cn-hangzhou-internal.aliyuncs.com/";
    let told = ask(&Wanted { base: internal, ..GET }.sign());
    assert!(told.is_valid() && told.to_string().contains("own network only"), "{told}");
    let told = ask(&Wanted { base: "http://docs.oss-cn-hangzhou.aliyuncs.com/", ..GET }.sign());
    assert!(told.is_valid() && told.to_string().contains("plain `http`"), "{told}");
    let told = ask(&Wanted { base: "docs.oss-cn-hangzhou.aliyuncs.com/", ..GET }.sign());
    assert!(told.is_valid() && told.to_string().contains("no scheme"), "{told}");
}

#[test]
fn parameters_that_were_encoded_along_with_the_path_are_not_shown() {
    for encoded in [
        "a%3Fx-oss-signature-version%3DOSS4-HMAC-SHA256%26x-oss-signature%3Ddeadbeef%26x-oss-security-token%3Ddeadbeef",
        "a%3FOSSAccessKeyId%3DLTAI%26Expires%3D1%26Signature%3Ddeadbeef",
        "a%3fsecurity-token%3ddeadbeef?x-oss-process=image/info",
    ] {
        let told = Question::new(&format!("https://{HOST}/{encoded}"), now()).with_secret("the-secret").explain();
        let shown = format!("{told}{told:?}");
        assert!(!shown.contains("deadbeef") && shown.contains("`%3F` stands for the `?`"), "{shown}");
        assert_eq!(told.address.unwrap().key, "a");
    }
    let told = Question::new(&format!("https://{HOST}/what%3Fa%3D1%26b"), now()).explain();
    assert_eq!(told.address.unwrap().key, "what?a=1&b");
}
