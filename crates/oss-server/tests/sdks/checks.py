"""What the Python programs share: settings, checks and how they are run, plain HTTP without an SDK, and forms."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import sys
import traceback
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit
from xml.etree import ElementTree

import crcmod

VERSION = os.environ["OSS_SIGNATURE_VERSION"]
ENDPOINT = os.environ["OSS_ENDPOINT"]
# The same service with its clock 20 minutes ahead, and 20 minutes behind.
ENDPOINT_AHEAD = os.environ["OSS_ENDPOINT_AHEAD"]
ENDPOINT_BEHIND = os.environ["OSS_ENDPOINT_BEHIND"]
REGION = os.environ["OSS_REGION"]
BUCKET = os.environ["OSS_BUCKET"]
ID = os.environ["OSS_ACCESS_KEY_ID"]
SECRET = os.environ["OSS_ACCESS_KEY_SECRET"]
# May read the bucket, not write it.
READER_ID = os.environ["OSS_READER_ID"]
STS_ID = os.environ["OSS_STS_ID"]
STS_TOKEN = os.environ["OSS_STS_TOKEN"]
STS_EXPIRED_ID = os.environ["OSS_STS_EXPIRED_ID"]
STS_EXPIRED_TOKEN = os.environ["OSS_STS_EXPIRED_TOKEN"]
ADMIN_TOKEN = os.environ["OSS_ADMIN_TOKEN"]
FOLDER = os.environ["OSS_TEST_FOLDER"]

PART = 102_400

AWKWARD_KEYS = [
    "a b  c",
    " leading and trailing ",
    "plus+plus",
    "100%",
    "%41",
    "a%2Fb",
    "中文/文件.txt",
    "emoji-😀",
    "what?yes=no&a=b",
    "photo?acl",
    "hash#tag",
    "amp&<>\"'`",
    "a//b",
    "a///",
    "trailing/",
    "back\\slash",
    "semi;colon,comma=equals",
    "~!@$^*(){}[]|:",
    "caf\u00e9",
    "cafe\u0301",
    ".hidden",
    "...",
    "a/.../b",
    "-",
    "_",
]
DOT_SEGMENTS = ["dots/../up", "dots/./same", "dots/..", "dots/."]
CONTROL_KEY = "control/\x01\t\n\x1f\x7f."
# 1023 bytes, in characters of three.
LONGEST_KEY = "长" * 341

_checks = []
_crc = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)


def check(function):
    """Takes a function for a check, by its name."""
    _checks.append(function)
    return function


def check_of_v4(function):
    """Takes a function for a check of what signatures V1 do not have."""
    return check(function) if VERSION == "v4" else function


def run():
    """Runs every check, prints a line for each, and ends the process: with 1 if any failed."""
    failed = 0
    for function in _checks:
        try:
            function()
        except Exception as error:  # Whatever goes wrong, the other checks still run.
            failed += 1
            print(f"FAILED {function.__name__}: {type(error).__name__}: {error}".replace("\n", " "), flush=True)
            traceback.print_exc()
        else:
            print(f"ok {function.__name__}", flush=True)
    sys.exit(1 if failed else 0)


def same(found, expected, what="value"):
    """Fails unless both are equal."""
    if found != expected:
        raise AssertionError(f"{what}: found {_short(found)}, expected {_short(expected)}")


def fails(kind, action, *arguments, **named):
    """Runs what must fail with this kind of exception, and returns the exception."""
    try:
        action(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"it did not fail, but should have with {kind.__name__}")


def content(size, seed=0):
    """Bytes that look random and are the same in every run."""
    return random.Random(seed).randbytes(size)


def crc64(data):
    """The CRC-64 that OSS tells of these bytes."""
    return _crc(data)


def etag(data):
    """The ETag of an object that was put whole."""
    return hashlib.md5(data).hexdigest().upper()


def file_of(name, data):
    """Writes a file for this run, and returns its path."""
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def bytes_of(path):
    """What a file holds."""
    with open(path, "rb") as file:
        return file.read()


class Answer:
    """What came back over plain HTTP."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def refused(self, status, code):
        """Fails unless this is that refusal; returns what the error document says."""
        same(self.status, status, f"status of {self.body[:300]}")
        error = {child.tag: child.text for child in ElementTree.fromstring(self.body)}
        same(error["Code"], code, "code")
        return error

    def mismatch(self):
        """Fails unless this says that the signature does not match, and shows what the service signed."""
        error = self.refused(403, "SignatureDoesNotMatch")
        assert error["StringToSign"] and error["SignatureProvided"], error
        assert VERSION == "v1" or error["CanonicalRequest"], error


def plain(method, url, headers=None, body=None):
    """Sends a request without any SDK, its address exactly as given. Hosts with a name are taken for the first server:
    systems differ in whether they resolve `*.localhost`."""
    parts = urlsplit(url)
    server = parts if parts.hostname == "127.0.0.1" else urlsplit(ENDPOINT)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
    try:
        target = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, target, body=body, headers={"Host": parts.netloc} | (headers or {}))
        return Answer(connection.getresponse())
    finally:
        connection.close()


def fault(**script):
    """Lets a fault meet one of the next requests."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    same(plain("POST", f"{ENDPOINT}/-/faults", headers, json.dumps(script)).status, 204, "the fault")


def forget_faults():
    """Forgets the faults that have met no request."""
    same(plain("DELETE", f"{ENDPOINT}/-/faults", {"Authorization": f"Bearer {ADMIN_TOKEN}"}).status, 204, "the faults")


def tampered(url, key, other):
    """A signed address with another key in its path."""
    path, query = url.split("?", 1)
    assert path.endswith(key), path
    return f"{path.removesuffix(key)}{other}?{query}"


def form(key, conditions, secret=SECRET, lifetime=timedelta(minutes=10)):
    """The fields of an upload form, signed by hand as the documentation shows: no Python SDK has a function for it."""
    now = datetime.now(timezone.utc)
    expiration = (now + lifetime).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fields = {"key": key}
    signing = {}
    if VERSION == "v4":
        date, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        signing = {
            "x-oss-signature-version": "OSS4-HMAC-SHA256",
            "x-oss-credential": f"{ID}/{day}/{REGION}/oss/aliyun_v4_request",
            "x-oss-date": date,
        }
        conditions = conditions + [{name: value} for name, value in signing.items()]
    policy = base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode())
    fields["policy"] = policy.decode()
    if VERSION == "v4":
        signing_key = f"aliyun_v4{secret}".encode()
        for part in (day, REGION, "oss", "aliyun_v4_request"):
            signing_key = hmac.digest(signing_key, part.encode(), "sha256")
        fields |= signing | {"x-oss-signature": hmac.new(signing_key, policy, "sha256").hexdigest()}
    else:
        fields |= {
            "OSSAccessKeyId": ID,
            "Signature": base64.b64encode(hmac.digest(secret.encode(), policy, "sha1")).decode(),
        }
    return fields


def submit(fields, data, name="upload.bin"):
    """Sends a form as a browser does."""
    boundary = "a-boundary-that-no-file-has"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return plain("POST", f"{ENDPOINT}/{BUCKET}/", headers, body)


def check_forms(read):
    """Uploads by a form, and is refused where it must be; `read` gets an object, or `None` where there is none."""
    data = content(5000, 7)
    conditions = [{"bucket": BUCKET}, ["starts-with", "$key", "form/"], ["content-length-range", 1, 6000]]
    fields = form("form/${filename}", conditions) | {"success_action_status": "201"}
    answer = submit(fields, data, "文 件.bin")
    same(answer.status, 201, f"status of {answer.body[:300]}")
    same(ElementTree.fromstring(answer.body).findtext("Key"), "form/文 件.bin", "key")
    same(read("form/文 件.bin"), data, "content")

    submit(form("elsewhere/a", conditions), data).refused(403, "AccessDenied")
    submit(form("form/big", conditions), content(6001)).refused(400, "EntityTooLarge")
    submit(form("form/late", conditions, lifetime=timedelta(minutes=-1)), data).refused(403, "AccessDenied")
    submit(form("form/wrong", conditions, secret="wrong"), data).refused(403, "SignatureDoesNotMatch")
    wider = form("elsewhere/b", conditions[:1])["policy"]
    submit(form("elsewhere/b", conditions) | {"policy": wider}, data).refused(403, "SignatureDoesNotMatch")
    for key in ("elsewhere/a", "elsewhere/b", "form/big", "form/late", "form/wrong"):
        same(read(key), None, key)


def _short(value):
    if isinstance(value, bytes) and len(value) > 60:
        return f"{len(value)} bytes with MD5 {hashlib.md5(value).hexdigest()}"
    text = repr(value)
    return text if len(text) < 600 else f"{text[:600]}…"
