"""Lists, and the keys in them."""

import alibabacloud_oss_v2 as oss

from checks import AWKWARD_KEYS, BUCKET, CONTROL_KEY, DOT_SEGMENTS, LONGEST_KEY, check, content, etag, plain, same
from client import CLIENT, copy, delete, delete_many, names, put, read, refused, signed_get, signed_put


@check
def lists_by_delimiter():
    keys = ["tree/a/1", "tree/a/2", "tree/b", "tree/c/d/3", "tree/"]
    for key in keys:
        put(key, key)
    where = {"bucket": BUCKET, "prefix": "tree/"}
    pages = [
        CLIENT.list_objects(oss.ListObjectsRequest(delimiter="/", **where)),
        CLIENT.list_objects_v2(oss.ListObjectsV2Request(delimiter="/", **where)),
    ]
    for page in pages:
        same([item.key for item in page.contents], ["tree/", "tree/b"])
        same([item.prefix for item in page.common_prefixes], ["tree/a/", "tree/c/"])
        found = page.contents[1]
        same((found.size, found.etag, found.object_type), (6, f'"{etag(b"tree/b")}"', "Normal"))
    same(pages[1].contents[0].owner, None)
    same(pages[1].key_count, 4)
    assert CLIENT.list_objects_v2(oss.ListObjectsV2Request(fetch_owner=True, **where)).contents[0].owner.id
    same(names("tree/"), sorted(keys))


@check
def lists_in_pages():
    keys = [f"page/{number:03}/{half}" for number in range(12) for half in "ab"]
    for key in keys:
        put(key, b"")
    where = {"bucket": BUCKET, "prefix": "page/"}
    for size in (1, 5, 24):
        for paginator, request in [
            (CLIENT.list_objects_paginator(), oss.ListObjectsRequest(max_keys=size, **where)),
            (CLIENT.list_objects_v2_paginator(), oss.ListObjectsV2Request(max_keys=size, **where)),
        ]:
            same([item.key for page in paginator.iter_page(request) for item in page.contents], keys, size)
    request = oss.ListObjectsV2Request(delimiter="/", max_keys=5, **where)
    pages = list(CLIENT.list_objects_v2_paginator().iter_page(request))
    same(
        [item.prefix for page in pages for item in page.common_prefixes], [f"page/{number:03}/" for number in range(12)]
    )
    page = CLIENT.list_objects_v2(oss.ListObjectsV2Request(max_keys=3, start_after=keys[4], **where))
    same(([item.key for item in page.contents], page.is_truncated), (keys[5:8], True))
    refused(400, "InvalidArgument", CLIENT.list_objects, oss.ListObjectsRequest(max_keys=1001, **where))


@check
def lists_names_with_spaces_and_plus_signs():
    keys = [f"a b+c/{number} {number}+" for number in range(5)]
    for key in keys:
        put(key, b"a")
    same(names("a b+c/"), keys)
    page = CLIENT.list_objects(oss.ListObjectsRequest(bucket=BUCKET, prefix="a b+c/", marker=keys[2]))
    same([item.key for item in page.contents], keys[3:])


@check
def takes_awkward_keys():
    for index, key in enumerate(AWKWARD_KEYS):
        put(f"awkward/{key}", content(50, index))
    expected = sorted((f"awkward/{key}" for key in AWKWARD_KEYS), key=str.encode)
    same(names("awkward/"), expected)
    for index, key in enumerate(AWKWARD_KEYS):
        data, name = content(50, index), f"awkward/{key}"
        same(read(name), data, name)
        same(plain("GET", signed_get(name)).body, data, name)
        copy(name, f"awkward-copy/{key}")
        same(read(f"awkward-copy/{key}"), data, f"copy of {name}")
    same(sorted((item.key for item in delete_many(expected)), key=str.encode), expected)
    same(names("awkward/"), [])
    put("?first", b"a")
    same((read("?first"), names("?")), (b"a", ["?first"]))


@check
def keeps_dot_segments_apart():
    # The HTTP library below the SDK shortens such paths after they were signed: that must not be taken for the key.
    for key in DOT_SEGMENTS + [".", ".."]:
        refused(403, "SignatureDoesNotMatch", put, key, b"a")
    same(names("dots/") + names("up") + names("same") + names("."), [])
    # Signed addresses are another matter: they are as they were signed.
    for index, key in enumerate(DOT_SEGMENTS + [".", ".."]):
        data = content(50, index)
        same(plain("PUT", signed_put(key)[0], body=data).status, 200, key)
        same(plain("GET", signed_get(key)).body, data, key)
    same(names("dots/") + names("."), sorted(DOT_SEGMENTS) + [".", ".."])


@check
def takes_control_characters():
    put(CONTROL_KEY, b"a")
    same((read(CONTROL_KEY), names("control/")), (b"a", [CONTROL_KEY]))
    delete(CONTROL_KEY)
    same(names("control/"), [])


@check
def takes_the_longest_key():
    put(LONGEST_KEY, b"a")
    same((read(LONGEST_KEY), names("长长")), (b"a", [LONGEST_KEY]))
    refused(400, "InvalidObjectName", put, LONGEST_KEY + "x", b"a")
