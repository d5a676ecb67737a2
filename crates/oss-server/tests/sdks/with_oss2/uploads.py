"""Uploads by parts, and what is resumed."""

import os

import oss2
from oss2.models import PartInfo

from checks import BUCKET, FOLDER, PART, bytes_of, check, content, crc64, etag, fault, file_of, same
from client import OURS, read, refused


@check
def uploads_20_parts():
    data = content(19 * PART + 12_345)
    key = "parts/20"
    upload = OURS.init_multipart_upload(key, headers={"Content-Type": "text/x-test"}).upload_id
    parts = []
    for number in range(20, 0, -1):
        piece = data[(number - 1) * PART : number * PART]
        part = OURS.upload_part(key, upload, number, piece)
        same((part.etag, part.crc), (etag(piece), crc64(piece)))
        parts.append(PartInfo(number, part.etag, size=len(piece), part_crc=part.crc))
    listed = list(oss2.PartIterator(OURS, key, upload, max_parts=7))
    same([(part.part_number, part.size) for part in listed], [(n, PART) for n in range(1, 20)] + [(20, 12_345)])
    assert upload in [item.upload_id for item in oss2.MultipartUploadIterator(OURS, prefix=key)]
    same(read(key), None)
    wrong = [PartInfo(1, "0" * 32, size=PART, part_crc=0)]
    refused(400, "InvalidPart", OURS.complete_multipart_upload, key, upload, wrong)
    done = OURS.complete_multipart_upload(key, upload, sorted(parts, key=lambda part: part.part_number))
    same(done.crc, crc64(data), "CRC of the whole")
    same(read(key), data)
    head = OURS.head_object(key)
    same((head.object_type, head.content_type, head.etag), ("Multipart", "text/x-test", done.etag))
    refused(404, "NoSuchUpload", OURS.abort_multipart_upload, key, upload)
    upload = OURS.init_multipart_upload("parts/aborted").upload_id
    copied = OURS.upload_part_copy(BUCKET, key, (PART, 3 * PART - 1), "parts/aborted", upload, 1)
    same(copied.etag, etag(data[PART : 3 * PART]), "copied part")
    OURS.abort_multipart_upload("parts/aborted", upload)
    refused(404, "NoSuchUpload", OURS.list_parts, "parts/aborted", upload)


@check
def resumes_uploads():
    data = content(20 * PART)
    path, store = file_of("up.bin", data), oss2.ResumableStore(root=FOLDER, dir="up")
    starts = []

    def upload():
        starts.clear()
        progress = lambda consumed, total: starts.append(consumed)
        sizes = {"multipart_threshold": PART, "part_size": PART, "num_threads": 1}
        return oss2.resumable_upload(OURS, "resumed/up", path, store=store, progress_callback=progress, **sizes)

    fault(effect="answer", status=403, code="AccessDenied", method="PUT", parameter="partNumber", skip=12)
    refused(403, "AccessDenied", upload)
    same((starts[0], read("resumed/up")), (0, None))
    same(upload().crc, crc64(data))
    same((starts[0], read("resumed/up")), (12 * PART, data))


@check
def resumes_downloads():
    data = content(20 * PART + 1)
    OURS.put_object("resumed/down", data)
    path, store = os.path.join(FOLDER, "down.bin"), oss2.ResumableDownloadStore(root=FOLDER, dir="down")
    starts = []

    def download():
        starts.clear()
        progress = lambda consumed, total: starts.append(consumed)
        sizes = {"multiget_threshold": PART, "part_size": PART, "num_threads": 1}
        oss2.resumable_download(OURS, "resumed/down", path, store=store, progress_callback=progress, **sizes)

    fault(effect="answer", status=403, code="AccessDenied", method="GET", key="resumed/down", skip=12)
    refused(403, "AccessDenied", download)
    assert not os.path.exists(path)
    download()
    same((starts[0], bytes_of(path)), (12 * PART, data))
