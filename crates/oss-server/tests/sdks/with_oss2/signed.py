"""Signed addresses and forms, used without the SDK."""

import oss2

from checks import BUCKET, REGION, check, check_forms, content, crc64, etag, plain, same
from client import OURS, bucket_of, read


@check
def signs_gets():
    data = content(70_000)
    OURS.put_object("signed/get 1", data, headers={"Content-Type": "text/x-test"})
    url = OURS.sign_url("GET", "signed/get 1", 600, params={"response-content-disposition": "attachment; filename=a b"})
    answer = plain("GET", url)
    same((answer.status, answer.body, answer.headers["ETag"]), (200, data, f'"{etag(data)}"'))
    same(answer.headers["Content-Disposition"], "attachment; filename=a b")
    same(plain("HEAD", OURS.sign_url("HEAD", "signed/get 1", 600)).headers["Content-Length"], "70000")
    answer = plain("GET", OURS.sign_url("GET", "signed/get 1", 600), {"Range": "bytes=10-19"})
    same((answer.status, answer.body), (206, data[10:20]))
    plain("GET", OURS.sign_url("GET", "signed/absent", 600)).refused(404, "NoSuchKey")
    plain("GET", url.split("?")[0]).refused(403, "AccessDenied")


@check
def signs_puts():
    data = content(70_000)
    headers = {"Content-Type": "text/x-test", "x-oss-meta-a": "1", "Content-MD5": oss2.utils.content_md5(data)}
    answer = plain("PUT", OURS.sign_url("PUT", "signed/put", 600, headers=headers), headers, data)
    same((answer.status, answer.headers["ETag"]), (200, f'"{etag(data)}"'))
    same(answer.headers["x-oss-hash-crc64ecma"], str(crc64(data)))
    head = OURS.head_object("signed/put")
    same((head.content_type, head.headers["x-oss-meta-a"], read("signed/put")), ("text/x-test", "1", data))
    other = plain("PUT", OURS.sign_url("PUT", "signed/put", 600, headers=headers), headers, data[1:])
    other.refused(400, "InvalidDigest")
    same(read("signed/put"), data)


@check
def uploads_forms():
    check_forms(read)


@check
def serves_virtual_hosts():
    OURS.put_object("virtual +", b"b")
    for host in (f"oss-{REGION}.aliyuncs.com", f"oss-{REGION}-internal.aliyuncs.com"):
        url = bucket_of(endpoint=f"http://{host}").sign_url("GET", "virtual +", 600)
        assert url.startswith(f"http://{BUCKET}.{host}/"), url
        same(plain("GET", url).body, b"b", host)
