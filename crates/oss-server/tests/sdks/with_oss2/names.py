"""Lists, and the keys in them."""

import oss2

from checks import AWKWARD_KEYS, BUCKET, CONTROL_KEY, DOT_SEGMENTS, LONGEST_KEY, check, content, etag, plain, same
from client import OURS, names, read, refused


@check
def lists_by_delimiter():
    keys = ["tree/a/1", "tree/a/2", "tree/b", "tree/c/d/3", "tree/"]
    for key in keys:
        OURS.put_object(key, key)
    for page in (OURS.list_objects("tree/", "/"), OURS.list_objects_v2("tree/", "/")):
        same([item.key for item in page.object_list], ["tree/", "tree/b"])
        same(page.prefix_list, ["tree/a/", "tree/c/"])
        same([(item.size, item.etag, item.type) for item in page.object_list][1], (6, etag(b"tree/b"), "Normal"))
    same(OURS.list_objects_v2("tree/", fetch_owner=False).object_list[0].owner, None)
    assert OURS.list_objects_v2("tree/", fetch_owner=True).object_list[0].owner.id
    same(names("tree/"), sorted(keys))


@check
def lists_in_pages():
    keys = [f"page/{number:03}/{half}" for number in range(12) for half in "ab"]
    for key in keys:
        OURS.put_object(key, b"")
    for size in (1, 5, 24):
        same([item.key for item in oss2.ObjectIterator(OURS, prefix="page/", max_keys=size)], keys, size)
        same([item.key for item in oss2.ObjectIteratorV2(OURS, prefix="page/", max_keys=size)], keys, size)
    folders = [f"page/{number:03}/" for number in range(12)]
    found = oss2.ObjectIteratorV2(OURS, prefix="page/", delimiter="/", max_keys=5)
    same([item.key for item in found], folders)
    page = OURS.list_objects_v2("page/", max_keys=3, start_after=keys[4])
    same(([item.key for item in page.object_list], page.is_truncated), (keys[5:8], True))
    refused(400, "InvalidArgument", OURS.list_objects, max_keys=1001)


@check
def lists_names_with_spaces_and_plus_signs():
    keys = [f"a b+c/{number} {number}+" for number in range(5)]
    for key in keys:
        OURS.put_object(key, key)
    for size in (2, 100):
        same([item.key for item in oss2.ObjectIterator(OURS, prefix="a b+c/", max_keys=size)], keys, size)
        same([item.key for item in oss2.ObjectIteratorV2(OURS, prefix="a b+c/", max_keys=size)], keys, size)
    same(names("a b+c/3 3+"), keys[3:4])


@check
def takes_awkward_keys():
    for index, key in enumerate(AWKWARD_KEYS):
        OURS.put_object(f"awkward/{key}", content(50, index))
    expected = sorted((f"awkward/{key}" for key in AWKWARD_KEYS), key=str.encode)
    same(names("awkward/"), expected)
    for index, key in enumerate(AWKWARD_KEYS):
        data, name = content(50, index), f"awkward/{key}"
        same(read(name), data, name)
        for slash_safe in (False, True):
            same(plain("GET", OURS.sign_url("GET", name, 600, slash_safe=slash_safe)).body, data, name)
        OURS.copy_object(BUCKET, name, f"awkward-copy/{key}")
        same(read(f"awkward-copy/{key}"), data, f"copy of {name}")
    same(sorted(OURS.batch_delete_objects(expected).deleted_keys, key=str.encode), expected)
    same(names("awkward/"), [])
    OURS.put_object("?first", b"a")
    same((read("?first"), names("?")), (b"a", ["?first"]))


@check
def keeps_dot_segments_apart():
    for index, key in enumerate(DOT_SEGMENTS):
        data = content(50, index)
        OURS.put_object(key, data)
        same(read(key), data, key)
        for slash_safe in (False, True):
            same(plain("GET", OURS.sign_url("GET", key, 600, slash_safe=slash_safe)).body, data, key)
    same(names("dots/"), sorted(DOT_SEGMENTS))
    # The HTTP library below the SDK shortens these after they were signed: that must not be taken for other paths.
    for key in (".", ".."):
        refused(403, "SignatureDoesNotMatch", OURS.put_object, key, b"a")
        same(plain("PUT", OURS.sign_url("PUT", key, 600), body=key).status, 200, key)
        same(plain("GET", OURS.sign_url("GET", key, 600)).body, key.encode(), key)
    same(names("."), [".", ".."])


@check
def takes_control_characters():
    OURS.put_object(CONTROL_KEY, b"a")
    same((read(CONTROL_KEY), names("control/")), (b"a", [CONTROL_KEY]))
    OURS.delete_object(CONTROL_KEY)
    same(names("control/"), [])


@check
def takes_the_longest_key():
    OURS.put_object(LONGEST_KEY, b"a")
    same((read(LONGEST_KEY), names("长长")), (b"a", [LONGEST_KEY]))
    refused(400, "InvalidObjectName", OURS.put_object, LONGEST_KEY + "x", b"a")
