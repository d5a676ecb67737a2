"""What is done to single objects."""

import os

import alibabacloud_oss_v2 as oss

from checks import BUCKET, FOLDER, PART, check, content, crc64, etag, fails, fault, same
from client import CLIENT, client_of, copy, delete, delete_many, get, head, names, put, read, refused


@check
def puts_gets_and_heads():
    data = content(300_000)
    result = put("plain", data, content_type="text/x-test", cache_control="no-cache", metadata={"Colour": "blue"})
    same((result.status_code, result.etag, result.hash_crc64), (200, f'"{etag(data)}"', str(crc64(data))))
    same(read("plain"), data)
    found = head("plain")
    same((found.content_length, found.etag, found.hash_crc64), (300_000, f'"{etag(data)}"', str(crc64(data))))
    same((found.content_type, found.object_type, found.cache_control), ("text/x-test", "Normal", "no-cache"))
    same(found.metadata, {"colour": "blue"})
    meta = CLIENT.get_object_meta(oss.GetObjectMetaRequest(bucket=BUCKET, key="plain"))
    same((meta.content_length, meta.etag), (300_000, f'"{etag(data)}"'))
    same((CLIENT.is_object_exist(BUCKET, "plain"), CLIENT.is_object_exist(BUCKET, "absent")), (True, False))
    refused(404, "NoSuchKey", get, "absent")
    refused(404, "NoSuchKey", head, "absent")
    refused(404, "NoSuchBucket", get, "absent", bucket="no-such-bucket")
    put("empty", b"")
    same(read("empty"), b"")
    # Of unknown length, so in chunks.
    put("stream", iter([data[:100_000], data[100_000:]]))
    same(read("stream"), data)


@check
def heeds_conditions():
    data = content(100)
    tag = put("conditional", data).etag
    same(get("conditional", if_match=tag).body.content, data)
    refused(412, "PreconditionFailed", get, "conditional", if_match='"0"')
    error = fails(oss.exceptions.OperationError, get, "conditional", if_none_match=tag)
    same(error.unwrap().status_code, 304)
    refused(409, "FileAlreadyExists", put, "conditional", b"", forbid_overwrite=True)
    same(read("conditional"), data)


@check
def gets_ranges():
    data = content(10_000)
    put("ranged", data)
    for given, expected in [("0-0", data[:1]), ("100-199", data[100:200]), ("9000-", data[9_000:]), ("-5", data[-5:])]:
        result = get("ranged", range_header=f"bytes={given}")
        same((result.status_code, result.body.content), (206, expected), given)
    same(get("ranged", range_header="bytes=100-199").content_range, "bytes 100-199/10000")
    # Beyond the end, the service sends everything unless the range is to be taken as HTTP says.
    same(get("ranged", range_header="bytes=20000-30000").body.content, data)
    refused(416, "InvalidRange", get, "ranged", range_header="bytes=20000-30000", range_behavior="standard")
    same(get("ranged", range_header="bytes=9990-30000", range_behavior="standard").body.content, data[9_990:])


@check
def deletes_many():
    keys = [f"many/{number}" for number in range(120)]
    for key in keys:
        put(key, b"")
    asked = keys[:100] + ["many/absent"]
    same(sorted(item.key for item in delete_many(asked)), sorted(asked))
    same(names("many/"), sorted(keys[100:]))
    same(delete("many/absent").status_code, 204)


@check
def copies():
    data = content(50_000)
    put("copy/from 源+", data, content_type="text/x-test", metadata={"a": "1"})
    same((copy("copy/from 源+", "copy/to").etag, read("copy/to")), (f'"{etag(data)}"', data))
    same(head("copy/to").metadata, {"a": "1"})
    copy("copy/to", "copy/to", metadata_directive="REPLACE", metadata={"b": "2"})
    same(head("copy/to").metadata, {"b": "2"})
    refused(412, "PreconditionFailed", copy, "copy/to", "copy/x", if_match='"0"')
    refused(404, "NoSuchKey", copy, "copy/absent", "copy/x")
    # The copier takes parts for what is larger than its threshold.
    request = oss.CopyObjectRequest(bucket=BUCKET, key="copy/managed", source_key="plain", metadata_directive="REPLACE")
    CLIENT.copier().copy(request, multipart_copy_threshold=PART, part_size=PART, disable_shallow_copy=True)
    same((read("copy/managed"), head("copy/managed").object_type), (content(300_000), "Multipart"))


@check
def appends():
    first, second = content(1_000, 1), content(2_000, 2)

    def append(key, position, data):
        return CLIENT.append_object(oss.AppendObjectRequest(bucket=BUCKET, key=key, position=position, body=data))

    result = append("log", 0, first)
    same((result.next_position, result.hash_crc64), (1_000, str(crc64(first))))
    result = append("log", 1_000, second)
    same((result.next_position, result.hash_crc64), (3_000, str(crc64(first + second))))
    same((read("log"), head("log").object_type), (first + second, "Appendable"))
    error = refused(409, "PositionNotEqualToLength", append, "log", 1_000, second)
    same(error.headers["x-oss-next-append-position"], "3000")
    put("normal", first)
    refused(409, "ObjectNotAppendable", append, "normal", 1_000, second)
    with CLIENT.append_file(BUCKET, "log") as file:
        file.write(first)
    same(read("log"), first + second + first)


@check
def notices_a_flipped_bit():
    data = content(50_000)
    put("flipped", data)
    fault(effect="flip", at=30_000, method="GET", key="flipped")
    request = oss.GetObjectRequest(bucket=BUCKET, key="flipped")
    # This function makes one attempt less than it is told to.
    to_file = client_of(attempts=2).get_object_to_file
    fails(oss.exceptions.InconsistentError, to_file, request, os.path.join(FOLDER, "flipped.bin"))
    same(read("flipped"), data)
