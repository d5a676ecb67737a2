"""Uploads by parts, and what is resumed."""

import os

import alibabacloud_oss_v2 as oss

from checks import BUCKET, FOLDER, PART, bytes_of, check, content, crc64, etag, fault, file_of, forget_faults, same
from client import CLIENT, head, put, read, refused


@check
def uploads_20_parts():
    data = content(19 * PART + 12_345)
    key = "parts/20"

    def start(key):
        request = oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key, content_type="text/x-test")
        return {"bucket": BUCKET, "key": key, "upload_id": CLIENT.initiate_multipart_upload(request).upload_id}

    def complete(parts):
        body = oss.CompleteMultipartUpload(parts=parts)
        return CLIENT.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(complete_multipart_upload=body, **upload)
        )

    upload = start(key)
    parts = []
    for number in range(20, 0, -1):
        piece = data[(number - 1) * PART : number * PART]
        part = CLIENT.upload_part(oss.UploadPartRequest(part_number=number, body=piece, **upload))
        same((part.etag, part.hash_crc64), (f'"{etag(piece)}"', str(crc64(piece))))
        parts.append(oss.UploadPart(part_number=number, etag=part.etag))
    pages = CLIENT.list_parts_paginator().iter_page(oss.ListPartsRequest(max_parts=7, **upload))
    listed = [(part.part_number, part.size) for page in pages for part in page.parts]
    same(listed, [(number, PART) for number in range(1, 20)] + [(20, 12_345)])
    request = oss.ListMultipartUploadsRequest(bucket=BUCKET, prefix=key)
    same([item.upload_id for item in CLIENT.list_multipart_uploads(request).uploads], [upload["upload_id"]])
    same(read(key), None)
    refused(400, "InvalidPartOrder", complete, parts)
    refused(400, "InvalidPart", complete, [oss.UploadPart(part_number=1, etag="0" * 32)])
    done = complete(parts[::-1])
    same(done.hash_crc64, str(crc64(data)), "CRC of the whole")
    found = head(key)
    same((found.object_type, found.content_type, found.etag), ("Multipart", "text/x-test", done.etag))
    same(read(key), data)
    abort = oss.AbortMultipartUploadRequest(**upload)
    refused(404, "NoSuchUpload", CLIENT.abort_multipart_upload, abort)

    upload = start("parts/all")
    source = {"source_key": key, "source_range": f"bytes={PART}-{3 * PART - 1}"}
    copied = CLIENT.upload_part_copy(oss.UploadPartCopyRequest(part_number=1, **source, **upload))
    same(copied.etag, f'"{etag(data[PART : 3 * PART])}"', "copied part")
    CLIENT.complete_multipart_upload(oss.CompleteMultipartUploadRequest(complete_all="yes", **upload))
    same(read("parts/all"), data[PART : 3 * PART])

    upload = start("parts/aborted")
    CLIENT.abort_multipart_upload(oss.AbortMultipartUploadRequest(**upload))
    refused(404, "NoSuchUpload", CLIENT.list_parts, oss.ListPartsRequest(**upload))


@check
def resumes_uploads():
    data = content(20 * PART)
    path = file_of("up.bin", data)
    request = oss.PutObjectRequest(bucket=BUCKET, key="resumed/up")
    settings = {"part_size": PART, "parallel_num": 1, "enable_checkpoint": True, "checkpoint_dir": FOLDER}
    upload = lambda: CLIENT.uploader(**settings).upload_file(request, path)
    fault(effect="answer", status=403, code="AccessDenied", method="PUT", parameter="partNumber", skip=12)
    refused(403, "AccessDenied", upload)
    same(read("resumed/up"), None)
    # The first twelve parts are not sent again: this would meet the thirteenth of those that are.
    fault(effect="answer", status=500, code="InternalError", method="PUT", parameter="partNumber", skip=8)
    result = upload()
    forget_faults()
    same((result.hash_crc64, read("resumed/up")), (str(crc64(data)), data))


@check
def resumes_downloads():
    data = content(20 * PART + 1)
    put("resumed/down", data)
    path = os.path.join(FOLDER, "down.bin")
    starts = []
    progress = lambda increment, written, total: starts.append(written - increment)
    request = oss.GetObjectRequest(bucket=BUCKET, key="resumed/down", progress_fn=progress)
    settings = {"part_size": PART, "parallel_num": 1, "enable_checkpoint": True, "checkpoint_dir": FOLDER}
    download = lambda: CLIENT.downloader(use_temp_file=True, verify_data=True, **settings).download_file(request, path)
    fault(effect="answer", status=403, code="AccessDenied", method="GET", key="resumed/down", skip=12)
    refused(403, "AccessDenied", download)
    assert not os.path.exists(path)
    same(starts[0], 0)
    starts.clear()
    download()
    same((starts[0], bytes_of(path)), (12 * PART, data))
