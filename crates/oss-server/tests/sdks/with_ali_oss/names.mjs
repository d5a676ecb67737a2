// Lists, and the keys in them.

import assert from "node:assert/strict";
import {
  AWKWARD_KEYS,
  CONTROL_KEY,
  DOT_SEGMENTS,
  LONGEST_KEY,
  check,
  content,
  etag,
  plain,
  refused,
  same,
} from "../checks.mjs";
import { client, inOrder, names, read, signed, text } from "./client.mjs";

check(async function lists_by_delimiter() {
  const keys = ["tree/a/1", "tree/a/2", "tree/b", "tree/c/d/3", "tree/"];
  for (const key of keys) await client.put(key, text(key));
  for (const page of [
    await client.list({ prefix: "tree/", delimiter: "/" }),
    await client.listV2({ prefix: "tree/", delimiter: "/" }),
  ]) {
    same(
      page.objects.map((object) => object.name),
      ["tree/", "tree/b"],
    );
    same(page.prefixes, ["tree/a/", "tree/c/"]);
    const { size, etag: tag, type } = page.objects[1];
    same([size, tag, type], [6, etag("tree/b"), "Normal"]);
  }
  const first = async (query) => (await client.listV2({ prefix: "tree/", ...query })).objects[0];
  same((await first()).owner, null);
  assert((await first({ "fetch-owner": true })).owner.id);
  same(await names("tree/"), inOrder(keys));
});

check(async function lists_in_pages() {
  const folders = Array.from({ length: 12 }, (_, index) => `page/${String(index).padStart(3, "0")}/`);
  const keys = folders.flatMap((folder) => [`${folder}a`, `${folder}b`]);
  for (const key of keys) await client.put(key, text(""));
  for (const size of [1, 5, 24]) {
    same(await names("page/", { "max-keys": size }), keys, size);
    const found = [];
    let marker;
    do {
      const page = await client.list({ prefix: "page/", "max-keys": size, ...(marker && { marker }) });
      found.push(...page.objects.map((object) => object.name));
      marker = page.nextMarker;
    } while (marker);
    same(found, keys, size);
  }
  const pages = [];
  let token;
  do {
    const page = await client.listV2({
      prefix: "page/",
      delimiter: "/",
      "max-keys": 5,
      ...(token && { "continuation-token": token }),
    });
    pages.push(page.prefixes);
    token = page.nextContinuationToken;
  } while (token);
  same(pages, [folders.slice(0, 5), folders.slice(5, 10), folders.slice(10)]);
  const page = await client.listV2({ prefix: "page/", "max-keys": 3, "start-after": keys[4] });
  same([page.objects.map((object) => object.name), page.isTruncated, page.keyCount], [keys.slice(5, 8), true, 3]);
  await refused(400, "InvalidArgument", () => client.list({ "max-keys": 1001 }));
});

check(async function lists_names_with_spaces_and_plus_signs() {
  const keys = [0, 1, 2, 3, 4].map((number) => `a b+c/${number} ${number}+`);
  for (const key of keys) await client.put(key, text("a"));
  same(await names("a b+c/"), keys);
  const page = await client.list({ prefix: "a b+c/", marker: keys[2] });
  same(page.objects.map((object) => object.name), keys.slice(3));
});

check(async function takes_awkward_keys() {
  const keys = AWKWARD_KEYS.map((key) => `awkward/${key}`);
  for (const [index, key] of keys.entries()) await client.put(key, content(50, index));
  same(await names("awkward/"), inOrder(keys));
  for (const [index, key] of keys.entries()) {
    const data = content(50, index);
    same(await read(key), data, key);
    same((await plain("GET", await signed("GET", key))).body, data, key);
    const copy = key.replace("awkward/", "awkward-copy/");
    await client.copy(copy, key);
    same(await read(copy), data, copy);
  }
  const { deleted } = await client.deleteMulti(keys);
  same(inOrder(deleted.map((item) => item.Key)), inOrder(keys));
  same(await names("awkward/"), []);
  await client.put("?first", text("a"));
  same([String(await read("?first")), await names("?")], ["a", ["?first"]]);
});

check(async function keeps_dot_segments_apart() {
  // The HTTP library below the SDK shortens such paths after they were signed: that must not be taken for the key.
  for (const key of DOT_SEGMENTS) await refused(403, "SignatureDoesNotMatch", () => client.put(key, text("a")));
  const around = async () => (await Promise.all([".", "dots/", "up", "same"].map((prefix) => names(prefix)))).flat();
  same(await around(), []);
  // Signed addresses are another matter: they are as they were signed.
  for (const [index, key] of DOT_SEGMENTS.entries()) {
    const data = content(50, index);
    same((await plain("PUT", await signed("PUT", key), {}, data)).status, 200, key);
    same((await plain("GET", await signed("GET", key))).body, data, key);
  }
  same(await around(), inOrder(DOT_SEGMENTS));
});

check(async function takes_control_characters() {
  await client.put(CONTROL_KEY, text("a"));
  same([String(await read(CONTROL_KEY)), await names("control/")], ["a", [CONTROL_KEY]]);
  await client.delete(CONTROL_KEY);
  same(await names("control/"), []);
});

check(async function takes_the_longest_key() {
  await client.put(LONGEST_KEY, text("a"));
  same([String(await read(LONGEST_KEY)), await names("长长")], ["a", [LONGEST_KEY]]);
  await refused(400, "InvalidObjectName", () => client.put(`${LONGEST_KEY}x`, text("a")));
});
