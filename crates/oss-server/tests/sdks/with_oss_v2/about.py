"""What is kept about buckets and objects."""

from urllib.parse import unquote

import alibabacloud_oss_v2 as oss

from checks import BUCKET, ENDPOINT, REGION, check, content, plain, same
from client import CLIENT, delete, delete_many, get, head, put, read, refused


@check
def makes_and_deletes_buckets():
    name = "made-by-oss-v2"
    CLIENT.put_bucket(oss.PutBucketRequest(bucket=name, acl="public-read"))
    same(CLIENT.get_bucket_acl(oss.GetBucketAclRequest(bucket=name)).acl, "public-read", "ACL")
    info = CLIENT.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)).bucket_info
    same((info.name, info.location, info.acl), (name, f"oss-{REGION}", "public-read"))
    same(CLIENT.get_bucket_location(oss.GetBucketLocationRequest(bucket=name)).location, f"oss-{REGION}")
    pages = CLIENT.list_buckets_paginator().iter_page(oss.ListBucketsRequest(max_keys=1))
    assert name in [item.name for page in pages for item in page.buckets]
    regions = CLIENT.describe_regions(oss.DescribeRegionsRequest()).region_info
    assert f"oss-{REGION}" in [item.region for item in regions]
    put("left", b"", bucket=name)
    gone = oss.DeleteBucketRequest(bucket=name)
    refused(409, "BucketNotEmpty", CLIENT.delete_bucket, gone)
    delete("left", bucket=name)
    same(CLIENT.is_bucket_exist(name), True)
    CLIENT.delete_bucket(gone)
    refused(404, "NoSuchBucket", CLIENT.get_bucket_info, oss.GetBucketInfoRequest(bucket=name))
    same(CLIENT.is_bucket_exist(name), False)


@check
def tags():
    where = {"bucket": BUCKET, "key": "tagged"}

    def found():
        tagging = CLIENT.get_object_tagging(oss.GetObjectTaggingRequest(**where)).tag_set
        return {tag.key: tag.value or "" for tag in tagging.tags or []}

    def tag(pairs):
        tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key=key, value=value) for key, value in pairs.items()]))
        return CLIENT.put_object_tagging(oss.PutObjectTaggingRequest(tagging=tagging, **where))

    put("tagged", b"a", tagging="colour=blue&with%20space=%2B%2F")
    same(found(), {"colour": "blue", "with space": "+/"})
    same(head("tagged").tagging_count, 2)
    tag({"size": "big"})
    same(found(), {"size": "big"})
    refused(400, "InvalidTag", tag, {f"tag-{number}": "" for number in range(11)})
    CLIENT.delete_object_tagging(oss.DeleteObjectTaggingRequest(**where))
    same(found(), {})


@check
def controls_access():
    data = content(100)
    where = {"bucket": BUCKET, "key": "shared"}
    acl = lambda: CLIENT.get_object_acl(oss.GetObjectAclRequest(**where)).acl
    put("shared", data)
    url = f"{ENDPOINT}/{BUCKET}/shared"
    same(acl(), "default")
    plain("GET", url).refused(403, "AccessDenied")
    CLIENT.put_object_acl(oss.PutObjectAclRequest(acl="public-read", **where))
    same((acl(), plain("GET", url).body), ("public-read", data))
    plain("PUT", url, body=b"x").refused(403, "AccessDenied")
    CLIENT.put_object_acl(oss.PutObjectAclRequest(acl="private", **where))
    plain("GET", url).refused(403, "AccessDenied")


@check
def links():
    data = content(100)
    link = lambda key, target: CLIENT.put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key=key, target=target))
    target_of = lambda key: CLIENT.get_symlink(oss.GetSymlinkRequest(bucket=BUCKET, key=key)).target
    put("target/目标 +", data)
    # This SDK leaves the encoding of the header to its caller, and the decoding too.
    encoded = "target%2F%E7%9B%AE%E6%A0%87%20%2B"
    link("link", encoded)
    same((unquote(target_of("link")), read("link")), ("target/目标 +", data))
    found = head("link")
    same((found.object_type, found.content_length), ("Symlink", 100))
    link("dangling", "target/absent")
    refused(404, "SymlinkTargetNotExist", get, "dangling")
    refused(400, "NotSymlink", target_of, "target/目标 +")


@check
def keeps_versions():
    bucket = "versions-by-oss-v2"
    CLIENT.put_bucket(oss.PutBucketRequest(bucket=bucket))
    status = lambda: CLIENT.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket)).version_status

    def set_status(value):
        setting = oss.VersioningConfiguration(status=value)
        CLIENT.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=setting))

    same(status(), None)
    put("doc", b"zero", bucket=bucket)
    set_status("Enabled")
    same(status(), "Enabled")
    first, second = (put("doc", data, bucket=bucket).version_id for data in (b"first", b"second"))
    at = lambda version: get("doc", bucket=bucket, version_id=version).body.content
    same((at("null"), at(first), at(second), read("doc", bucket)), (b"zero", b"first", b"second", b"second"))
    marker = delete("doc", bucket=bucket)
    same((marker.delete_marker, read("doc", bucket)), (True, None))
    listed = CLIENT.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))
    same(
        [(item.version_id, item.is_latest) for item in listed.version],
        [(second, False), (first, False), ("null", False)],
    )
    same([(item.version_id, item.is_latest) for item in listed.delete_marker], [(marker.version_id, True)])
    refused(405, "MethodNotAllowed", at, marker.version_id)
    refused(404, "NoSuchVersion", at, second[::-1])
    pages = CLIENT.list_object_versions_paginator().iter_page(oss.ListObjectVersionsRequest(bucket=bucket, max_keys=1))
    found = [item.version_id for page in pages for item in (page.version or []) + (page.delete_marker or [])]
    same(found, [marker.version_id, second, first, "null"])
    delete("doc", bucket=bucket, version_id=marker.version_id)
    same(read("doc", bucket), b"second")
    gone = delete_many([oss.DeleteObject(key="doc", version_id=version) for version in (first, second)], bucket)
    same(sorted(item.version_id for item in gone), sorted([first, second]))
    same(read("doc", bucket), b"zero")
    set_status("Suspended")
    same((put("doc", b"new", bucket=bucket).version_id, read("doc", bucket)), ("null", b"new"))
