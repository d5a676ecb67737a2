"""What is kept about buckets and objects."""

import oss2
from oss2.models import (
    BatchDeleteObjectVersion,
    BatchDeleteObjectVersionList,
    BucketVersioningConfig,
    Tagging,
    TaggingRule,
)

from checks import BUCKET, ENDPOINT, ID, REGION, SECRET, VERSION, check, content, plain, same
from client import OURS, bucket_of, read, refused


@check
def makes_and_deletes_buckets():
    bucket = bucket_of(name="made-by-oss2")
    bucket.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    same(bucket.get_bucket_acl().acl, "public-read", "ACL")
    info = bucket.get_bucket_info()
    same((info.name, info.location, info.acl.grant), ("made-by-oss2", f"oss-{REGION}", "public-read"))
    service = oss2.Service(oss2.make_auth(ID, SECRET, VERSION), ENDPOINT, region=REGION)
    assert "made-by-oss2" in [item.name for item in oss2.BucketIterator(service)]
    assert f"oss-{REGION}" in [item.region for item in service.describe_regions().regions]
    bucket.put_object("left", b"")
    refused(409, "BucketNotEmpty", bucket.delete_bucket)
    bucket.delete_object("left")
    bucket.delete_bucket()
    refused(404, "NoSuchBucket", bucket.get_bucket_info)


@check
def tags():
    OURS.put_object("tagged", b"a", headers={"x-oss-tagging": "colour=blue&with%20space=%2B%2F"})
    found = lambda: OURS.get_object_tagging("tagged").tag_set.tagging_rule
    same(found(), {"colour": "blue", "with space": "+/"})
    same(OURS.head_object("tagged").headers["x-oss-tagging-count"], "2")
    rule = TaggingRule()
    rule.add("size", "big")
    OURS.put_object_tagging("tagged", Tagging(rule))
    same(found(), {"size": "big"})
    for number in range(10):
        rule.add(f"more-{number}", "")
    refused(400, "InvalidTag", OURS.put_object_tagging, "tagged", Tagging(rule))
    OURS.delete_object_tagging("tagged")
    same(found(), {})


@check
def controls_access():
    data = content(100)
    OURS.put_object("shared", data)
    url = f"{ENDPOINT}/{BUCKET}/shared"
    same(OURS.get_object_acl("shared").acl, "default")
    plain("GET", url).refused(403, "AccessDenied")
    OURS.put_object_acl("shared", oss2.OBJECT_ACL_PUBLIC_READ)
    same((OURS.get_object_acl("shared").acl, plain("GET", url).body), ("public-read", data))
    plain("PUT", url, body=b"x").refused(403, "AccessDenied")
    OURS.put_object_acl("shared", oss2.OBJECT_ACL_PRIVATE)
    plain("GET", url).refused(403, "AccessDenied")


@check
def links():
    data = content(100)
    OURS.put_object("target/目标 +", data)
    OURS.put_symlink("target/目标 +", "link")
    same((OURS.get_symlink("link").target_key, read("link")), ("target/目标 +", data))
    head = OURS.head_object("link")
    same((head.object_type, head.content_length), ("Symlink", 100))
    OURS.put_symlink("target/absent", "dangling")
    refused(404, "SymlinkTargetNotExist", OURS.get_object, "dangling")
    refused(400, "NotSymlink", OURS.get_symlink, "target/目标 +")


@check
def keeps_versions():
    bucket = bucket_of(name="versions-by-oss2")
    bucket.create_bucket()
    same(bucket.get_bucket_versioning().status, None)
    bucket.put_object("doc", b"zero")
    bucket.put_bucket_versioning(BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    same(bucket.get_bucket_versioning().status, "Enabled")
    first, second = bucket.put_object("doc", b"first").versionid, bucket.put_object("doc", b"second").versionid
    at = lambda version: bucket.get_object("doc", params={"versionId": version}).read()
    same((at("null"), at(first), at(second), read("doc", bucket)), (b"zero", b"first", b"second", b"second"))
    marker = bucket.delete_object("doc")
    same((marker.delete_marker, read("doc", bucket)), (True, None))
    listed = bucket.list_object_versions()
    same(
        [(item.versionid, item.is_latest) for item in listed.versions],
        [(second, False), (first, False), ("null", False)],
    )
    same([(item.versionid, item.is_latest) for item in listed.delete_marker], [(marker.versionid, True)])
    refused(405, "MethodNotAllowed", bucket.get_object, "doc", params={"versionId": marker.versionid})
    refused(404, "NoSuchVersion", bucket.get_object, "doc", params={"versionId": second[::-1]})
    pages, key, version = [], "", ""
    while True:
        page = bucket.list_object_versions(key_marker=key, versionid_marker=version, max_keys=1)
        pages += [item.versionid for item in page.versions + page.delete_marker]
        if not page.is_truncated:
            break
        key, version = page.next_key_marker, page.next_versionid_marker
    same(pages, [marker.versionid, second, first, "null"])
    bucket.delete_object("doc", params={"versionId": marker.versionid})
    same(read("doc", bucket), b"second")
    gone = BatchDeleteObjectVersionList([BatchDeleteObjectVersion("doc", version) for version in (first, second)])
    same(
        sorted(item.versionid for item in bucket.delete_object_versions(gone).delete_versions), sorted([first, second])
    )
    same(read("doc", bucket), b"zero")
    bucket.put_bucket_versioning(BucketVersioningConfig(oss2.BUCKET_VERSIONING_SUSPEND))
    same((bucket.put_object("doc", b"new").versionid, read("doc", bucket)), ("null", b"new"))
