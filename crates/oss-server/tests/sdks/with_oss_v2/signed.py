"""Signed addresses and forms, used without the SDK."""

import base64
import hashlib
from xml.etree import ElementTree

import alibabacloud_oss_v2 as oss

from checks import BUCKET, REGION, check, check_forms, content, crc64, etag, plain, same
from client import client_of, head, put, read, signed, signed_get, signed_put


@check
def signs_gets():
    data = content(70_000)
    put("signed/get 1", data, content_type="text/x-test")
    url = signed_get("signed/get 1", response_content_disposition="attachment; filename=a b")
    answer = plain("GET", url)
    same((answer.status, answer.body, answer.headers["ETag"]), (200, data, f'"{etag(data)}"'))
    same(answer.headers["Content-Disposition"], "attachment; filename=a b")
    url_of_head, _ = signed(oss.HeadObjectRequest(bucket=BUCKET, key="signed/get 1"))
    same(plain("HEAD", url_of_head).headers["Content-Length"], "70000")
    answer = plain("GET", signed_get("signed/get 1"), {"Range": "bytes=10-19"})
    same((answer.status, answer.body), (206, data[10:20]))
    plain("GET", signed_get("signed/absent")).refused(404, "NoSuchKey")
    plain("GET", url.split("?")[0]).refused(403, "AccessDenied")


@check
def signs_puts():
    data = content(70_000)
    md5 = base64.b64encode(hashlib.md5(data).digest()).decode()
    url, headers = signed_put("signed/put", content_type="text/x-test", content_md5=md5, metadata={"a": "1"})
    answer = plain("PUT", url, headers, data)
    same((answer.status, answer.headers["ETag"]), (200, f'"{etag(data)}"'))
    same(answer.headers["x-oss-hash-crc64ecma"], str(crc64(data)))
    found = head("signed/put")
    same((found.content_type, found.metadata, read("signed/put")), ("text/x-test", {"a": "1"}, data))
    plain("PUT", url, headers, data[1:]).refused(400, "InvalidDigest")
    same(read("signed/put"), data)
    # A multipart upload by signed addresses alone.
    upload = {"bucket": BUCKET, "key": "signed/parts"}
    url, headers = signed(oss.InitiateMultipartUploadRequest(**upload))
    upload["upload_id"] = ElementTree.fromstring(plain("POST", url, headers).body).findtext("UploadId")
    url, headers = signed(oss.UploadPartRequest(part_number=1, **upload))
    tag = plain("PUT", url, headers, data).headers["ETag"]
    url, headers = signed(oss.CompleteMultipartUploadRequest(**upload))
    parts = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>"
    )
    answer = plain("POST", url, headers, parts)
    same(answer.status, 200, f"status of {answer.body}")
    same(read("signed/parts"), data)


@check
def uploads_forms():
    check_forms(read)


@check
def serves_virtual_hosts():
    put("virtual +", b"b")
    for host in (f"oss-{REGION}.aliyuncs.com", f"oss-{REGION}-internal.aliyuncs.com", "localhost"):
        url = signed_get("virtual +", client_of(endpoint=f"http://{host}"))
        assert url.startswith(f"http://{BUCKET}.{host}/"), url
        same(plain("GET", url).body, b"b", host)
