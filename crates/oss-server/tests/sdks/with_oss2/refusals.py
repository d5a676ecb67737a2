"""What the service must refuse."""

import oss2

from checks import (
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
from client import OURS, bucket_of, names, read, refused


@check
def refuses_a_wrong_secret():
    error = refused(403, "SignatureDoesNotMatch", bucket_of(secret="wrong").get_object, "plain")
    assert error.details["StringToSign"] and "wrong" not in str(error), error
    refused(403, "SignatureDoesNotMatch", bucket_of(secret="wrong").put_object, "by-a-stranger", b"a")
    refused(403, "SignatureDoesNotMatch", bucket_of(secret="wrong").head_object, "plain")
    refused(403, "InvalidAccessKeyId", bucket_of(id="nobody").get_object, "plain")
    same(read("by-a-stranger"), None)


@check
def refuses_a_tampered_path():
    OURS.put_object("path/a", b"a")
    OURS.put_object("path/b", b"b")
    url = OURS.sign_url("GET", "path/a", 600, slash_safe=True)
    same(plain("GET", url).body, b"a")
    plain("GET", tampered(url, "path/a", "path/b")).mismatch()
    plain("GET", tampered(url, "path/a", "path/./a")).mismatch()
    plain("DELETE", url).mismatch()
    plain("GET", url + "&acl").mismatch()
    same(read("path/a"), b"a")


@check
def refuses_a_changed_header():
    headers = {"Content-Type": "text/plain", "x-oss-object-acl": "private", "Content-Language": "en"}
    bound = {"content-language"} if VERSION == "v4" else None
    url = lambda: OURS.sign_url("PUT", "bound", 600, headers=dict(headers), additional_headers=bound)
    changes = [{"Content-Type": "text/html"}, {"x-oss-object-acl": "public-read"}, {"x-oss-meta-added": "1"}]
    if bound:
        changes.append({"Content-Language": "zh"})
    for change in changes:
        plain("PUT", url(), headers | change, b"a").mismatch()
    without = {name: value for name, value in headers.items() if name != "x-oss-object-acl"}
    plain("PUT", url(), without, b"a").mismatch()
    same(read("bound"), None)
    same(plain("PUT", url(), headers, b"a").status, 200, "unchanged")


class Meddler(oss2.Session):
    """Changes requests after they were signed."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def do_request(self, req, timeout):
        self.change(req)
        return super().do_request(req, timeout)


@check
def refuses_what_was_changed_on_the_way():
    changes = [
        lambda request: setattr(request, "url", request.url + "-elsewhere"),
        lambda request: setattr(request, "method", "POST"),
        lambda request: request.params.update({"acl": ""}),
        lambda request: request.headers.update({"Content-Type": "text/html"}),
        lambda request: request.headers.update({"x-oss-meta-a": "2"}),
        lambda request: request.headers.update({"x-oss-meta-added": "1"}),
        lambda request: request.headers.pop("x-oss-meta-a"),
    ]
    put = lambda change: bucket_of(session=Meddler(change)).put_object("way", b"a", headers={"x-oss-meta-a": "1"})
    for change in changes:
        refused(403, "SignatureDoesNotMatch", put, change)
    same(names("way"), [])
    put(lambda request: request.headers.update({"not-signed": "1"}))
    same(names("way"), ["way"])


@check
def refuses_an_expired_address():
    url = bucket_of(endpoint=ENDPOINT_AHEAD).sign_url("GET", "plain", 600)
    error = plain("GET", url).refused(403, "AccessDenied")
    same(error["Message"], "Request has expired.")
    same(plain("GET", bucket_of(endpoint=ENDPOINT_AHEAD).sign_url("GET", "plain", 1_800)).status, 404, "a longer life")


@check
def refuses_a_clock_20_minutes_off():
    for endpoint in (ENDPOINT_AHEAD, ENDPOINT_BEHIND):
        error = refused(403, "RequestTimeTooSkewed", bucket_of(endpoint=endpoint).get_object, "plain")
        same(error.details["MaxAllowedSkewMilliseconds"], "900000")
        refused(403, "RequestTimeTooSkewed", bucket_of(endpoint=endpoint).put_object, "late", b"a")


@check_of_v4
def refuses_a_foreign_region():
    foreign = bucket_of(region="cn-beijing")
    refused(400, "InvalidArgument", foreign.get_object, "plain")
    plain("GET", foreign.sign_url("GET", "plain", 600)).refused(400, "InvalidArgument")


@check
def heeds_rights():
    OURS.put_object("path/b", b"b")
    bucket_of(name="not-for-readers").create_bucket()
    reader = bucket_of(id=READER_ID)
    same(reader.get_object("path/b").read(), b"b")
    refused(403, "AccessDenied", reader.put_object, "path/b", b"c")
    refused(403, "AccessDenied", reader.delete_object, "path/b")
    refused(403, "AccessDenied", bucket_of(id=READER_ID, name="not-for-readers").get_object, "doc")
    same(read("path/b"), b"b")


@check
def believes_known_tokens_only():
    known = bucket_of(id=STS_ID, token=STS_TOKEN)
    known.put_object("by-token", b"a")
    same(known.get_object("by-token").read(), b"a")
    same(plain("GET", known.sign_url("GET", "by-token", 600)).body, b"a")
    unknown = bucket_of(id=STS_ID, token="unknown")
    refused(403, "InvalidSecurityToken", unknown.get_object, "by-token")
    plain("GET", unknown.sign_url("GET", "by-token", 600)).refused(403, "InvalidSecurityToken")
    refused(403, "InvalidAccessKeyId", bucket_of(id=STS_ID).get_object, "by-token")
    expired = bucket_of(id=STS_EXPIRED_ID, token=STS_EXPIRED_TOKEN)
    refused(403, "SecurityTokenExpired", expired.get_object, "by-token")
