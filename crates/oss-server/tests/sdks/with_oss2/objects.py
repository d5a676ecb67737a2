"""What is done to single objects."""

import os

import oss2
from oss2.exceptions import InconsistentError

from checks import BUCKET, FOLDER, check, content, crc64, etag, fails, fault, same
from client import OURS, bucket_of, names, read, refused


@check
def puts_gets_and_heads():
    data = content(300_000)
    headers = {"Content-Type": "text/x-test", "Cache-Control": "no-cache", "x-oss-meta-Colour": "blue"}
    put = OURS.put_object("plain", data, headers=headers)
    same((put.status, put.etag, put.crc), (200, etag(data), crc64(data)))
    same(read("plain"), data)
    head = OURS.head_object("plain")
    found = (head.content_length, head.etag, head.server_crc, head.content_type, head.object_type)
    same(found, (300_000, etag(data), crc64(data), "text/x-test", "Normal"))
    same((head.headers["Cache-Control"], head.headers["x-oss-meta-colour"]), ("no-cache", "blue"))
    meta = OURS.get_object_meta("plain")
    same((meta.content_length, meta.etag), (300_000, etag(data)))
    same((OURS.object_exists("plain"), OURS.object_exists("absent")), (True, False))
    refused(404, "NoSuchKey", OURS.get_object, "absent")
    refused(404, "NoSuchKey", OURS.head_object, "absent")
    refused(404, "NoSuchBucket", bucket_of(name="no-such-bucket").get_object, "absent")
    OURS.put_object("empty", b"")
    same(read("empty"), b"")
    # Of unknown length, so in chunks.
    OURS.put_object("stream", iter([data[:100_000], data[100_000:]]))
    same(read("stream"), data)


@check
def heeds_conditions():
    data = content(100)
    tag = OURS.put_object("conditional", data).etag
    same(OURS.get_object("conditional", headers={"If-Match": tag}).read(), data)
    refused(412, "PreconditionFailed", OURS.get_object, "conditional", headers={"If-Match": "0" * 32})
    fails(oss2.exceptions.NotModified, OURS.get_object, "conditional", headers={"If-None-Match": tag})
    refused(409, "FileAlreadyExists", OURS.put_object, "conditional", b"", headers={"x-oss-forbid-overwrite": "true"})
    same(read("conditional"), data)


@check
def gets_ranges():
    data = content(10_000)
    OURS.put_object("ranged", data)
    for given, expected in [
        ((0, 0), data[:1]),
        ((100, 199), data[100:200]),
        ((9_000, None), data[9_000:]),
        ((None, 5), data[-5:]),
    ]:
        result = OURS.get_object("ranged", byte_range=given)
        same((result.status, result.read()), (206, expected), given)
    same(OURS.get_object("ranged", byte_range=(100, 199)).content_range, "bytes 100-199/10000")
    # Beyond the end, the service sends everything unless the range is to be taken as HTTP says.
    same(OURS.get_object("ranged", byte_range=(20_000, 30_000)).read(), data)
    standard = {"x-oss-range-behavior": "standard"}
    refused(416, "InvalidRange", OURS.get_object, "ranged", byte_range=(20_000, 30_000), headers=standard)
    same(OURS.get_object("ranged", byte_range=(9_990, 30_000), headers=standard).read(), data[9_990:])


@check
def deletes_many():
    keys = [f"many/{number}" for number in range(120)]
    for key in keys:
        OURS.put_object(key, b"")
    deleted = OURS.batch_delete_objects(keys[:100] + ["many/absent"]).deleted_keys
    same(sorted(deleted), sorted(keys[:100] + ["many/absent"]))
    same(names("many/"), sorted(keys[100:]))
    same(OURS.delete_object("many/absent").status, 204)


@check
def copies():
    data = content(50_000)
    OURS.put_object("copy/from 源+", data, headers={"Content-Type": "text/x-test", "x-oss-meta-a": "1"})
    copied = OURS.copy_object(BUCKET, "copy/from 源+", "copy/to")
    same((copied.etag, read("copy/to")), (etag(data), data))
    same(OURS.head_object("copy/to").headers["x-oss-meta-a"], "1")
    replace = {"x-oss-metadata-directive": "REPLACE", "x-oss-meta-b": "2"}
    OURS.copy_object(BUCKET, "copy/to", "copy/to", headers=replace)
    head = OURS.head_object("copy/to").headers
    same((head.get("x-oss-meta-a"), head.get("x-oss-meta-b")), (None, "2"))
    unmet = {"x-oss-copy-source-if-match": "0" * 32}
    refused(412, "PreconditionFailed", OURS.copy_object, BUCKET, "copy/to", "copy/x", headers=unmet)
    refused(404, "NoSuchKey", OURS.copy_object, BUCKET, "copy/absent", "copy/x")


@check
def appends():
    first, second = content(1_000, 1), content(2_000, 2)
    result = OURS.append_object("log", 0, first, init_crc=0)
    same((result.next_position, result.crc), (1_000, crc64(first)))
    # The SDK goes on with the CRC of what was there, and compares.
    result = OURS.append_object("log", 1_000, second, init_crc=result.crc)
    same((result.next_position, result.crc), (3_000, crc64(first + second)))
    same((read("log"), OURS.head_object("log").object_type), (first + second, "Appendable"))
    error = fails(oss2.exceptions.PositionNotEqualToLength, OURS.append_object, "log", 1_000, second)
    same((error.status, error.next_position), (409, 3_000))
    OURS.put_object("normal", first)
    refused(409, "ObjectNotAppendable", OURS.append_object, "normal", 1_000, second)


@check
def notices_a_flipped_bit():
    data = content(50_000)
    OURS.put_object("flipped", data)
    fault(effect="flip", at=30_000, method="GET", key="flipped")
    fails(InconsistentError, OURS.get_object_to_file, "flipped", os.path.join(FOLDER, "flipped.bin"))
    same(read("flipped"), data)
