"""What the service must refuse."""

from datetime import timedelta

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.transport import RequestsHttpClient

from checks import (
    BUCKET,
    ENDPOINT_AHEAD,
    ENDPOINT_BEHIND,
    READER_ID,
    STS_EXPIRED_ID,
    STS_EXPIRED_TOKEN,
    STS_ID,
    STS_TOKEN,
    VERSION,
    check,
    check_of_v4,
    plain,
    same,
    tampered,
)
from client import CLIENT, client_of, delete, get, names, put, read, refused, signed, signed_get, signed_put


@check
def refuses_a_wrong_secret():
    stranger = client_of(secret="wrong")
    error = refused(403, "SignatureDoesNotMatch", get, "plain", stranger)
    assert "StringToSign" in error.error_fileds and "wrong" not in str(error), error
    refused(403, "SignatureDoesNotMatch", put, "by-a-stranger", b"a", stranger)
    refused(403, "SignatureDoesNotMatch", stranger.head_object, oss.HeadObjectRequest(bucket=BUCKET, key="plain"))
    refused(403, "InvalidAccessKeyId", get, "plain", client_of(id="nobody"))
    same(read("by-a-stranger"), None)


@check
def refuses_a_tampered_path():
    put("path/a", b"a")
    put("path/b", b"b")
    url = signed_get("path/a")
    same(plain("GET", url).body, b"a")
    plain("GET", tampered(url, "path/a", "path/b")).mismatch()
    plain("GET", tampered(url, "path/a", "path/./a")).mismatch()
    plain("DELETE", url).mismatch()
    plain("GET", url + "&acl").mismatch()
    same(read("path/a"), b"a")


@check
def refuses_a_changed_header():
    # The setting `additional_headers` binds nothing in this version of the SDK.
    url, headers = signed_put("bound", content_type="text/plain", acl="private")
    same(headers, {"Content-Type": "text/plain", "x-oss-object-acl": "private"})
    for change in ({"Content-Type": "text/html"}, {"x-oss-object-acl": "public-read"}, {"x-oss-meta-added": "1"}):
        plain("PUT", url, headers | change, b"a").mismatch()
    for name in headers:
        plain("PUT", url, {other: value for other, value in headers.items() if other != name}, b"a").mismatch()
    same(read("bound"), None)
    same(plain("PUT", url, headers, b"a").status, 200, "unchanged")


class Meddler(RequestsHttpClient):
    """Changes requests after they were signed."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def send(self, request, **more):
        self.change(request)
        return super().send(request, **more)


@check
def refuses_what_was_changed_on_the_way():
    changes = [
        lambda request: setattr(request, "url", request.url + "-elsewhere"),
        lambda request: setattr(request, "method", "POST"),
        lambda request: setattr(request, "url", request.url + "?acl"),
        lambda request: request.headers.update({"Content-Type": "text/html"}),
        lambda request: request.headers.update({"x-oss-meta-a": "2"}),
        lambda request: request.headers.update({"x-oss-meta-added": "1"}),
        lambda request: request.headers.pop("x-oss-meta-a"),
    ]
    meddled = lambda change: put("way", b"a", client_of(http=Meddler(change)), metadata={"a": "1"})
    for change in changes:
        refused(403, "SignatureDoesNotMatch", meddled, change)
    same(names("way"), [])
    meddled(lambda request: request.headers.update({"not-signed": "1"}))
    same(names("way"), ["way"])


@check
def refuses_an_expired_address():
    late = client_of(endpoint=ENDPOINT_AHEAD)
    error = plain("GET", signed_get("plain", late)).refused(403, "AccessDenied")
    same(error["Message"], "Request has expired.")
    request = oss.GetObjectRequest(bucket=BUCKET, key="plain")
    same(plain("GET", signed(request, late, timedelta(minutes=30))[0]).status, 404, "a longer life")


@check
def refuses_a_clock_20_minutes_off():
    for endpoint in (ENDPOINT_AHEAD, ENDPOINT_BEHIND):
        client = client_of(endpoint=endpoint)
        error = refused(403, "RequestTimeTooSkewed", get, "plain", client)
        same(error.error_fileds["MaxAllowedSkewMilliseconds"], "900000")
        refused(403, "RequestTimeTooSkewed", put, "late", b"a", client)


@check_of_v4
def refuses_a_foreign_region():
    foreign = client_of(region="cn-beijing")
    refused(400, "InvalidArgument", get, "plain", foreign)
    plain("GET", signed_get("plain", foreign)).refused(400, "InvalidArgument")


@check
def heeds_rights():
    put("path/b", b"b")
    CLIENT.put_bucket(oss.PutBucketRequest(bucket="not-for-readers"))
    reader = client_of(id=READER_ID)
    same(get("path/b", reader).body.content, b"b")
    refused(403, "AccessDenied", put, "path/b", b"c", reader)
    refused(403, "AccessDenied", delete, "path/b", reader)
    refused(403, "AccessDenied", get, "doc", reader, "not-for-readers")
    same(read("path/b"), b"b")


@check
def believes_known_tokens_only():
    known, unknown = client_of(id=STS_ID, token=STS_TOKEN), client_of(id=STS_ID, token="unknown")
    put("by-token", b"a")
    same(plain("GET", signed_get("by-token", known)).body, b"a")
    plain("GET", signed_get("by-token", unknown)).refused(403, "InvalidSecurityToken")
    expired = client_of(id=STS_EXPIRED_ID, token=STS_EXPIRED_TOKEN)
    plain("GET", signed_get("by-token", expired)).refused(403, "SecurityTokenExpired")
    if VERSION == "v1":
        # With V1 this SDK sends the token in a header `security-token`, unsigned, where nothing says that it may be.
        refused(403, "InvalidAccessKeyId", get, "by-token", known)
        return
    put("by-token", b"b", known)
    same(get("by-token", known).body.content, b"b")
    refused(403, "InvalidSecurityToken", get, "by-token", unknown)
    refused(403, "SecurityTokenExpired", get, "by-token", expired)
    refused(403, "InvalidAccessKeyId", get, "by-token", client_of(id=STS_ID))
