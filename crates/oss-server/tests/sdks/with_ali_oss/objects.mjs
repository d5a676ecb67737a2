// What is done to single objects.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { BUCKET, PART, check, content, crc64, etag, fails, fault, refused, same } from "../checks.mjs";
import { client, clientOf, inOrder, names, read, text } from "./client.mjs";

check(async function puts_gets_and_heads() {
  const data = content(300_000);
  const headers = { "Cache-Control": "no-cache" };
  const { res } = await client.put("plain", data, { mime: "text/x-test", meta: { Colour: "blue" }, headers });
  same([res.status, res.headers.etag, res.headers["x-oss-hash-crc64ecma"]], [200, etag(data), crc64(data)]);
  same(await read("plain"), data);
  const head = await client.head("plain");
  const found = head.res.headers;
  same([found["content-length"], found.etag, found["x-oss-hash-crc64ecma"]], ["300000", etag(data), crc64(data)]);
  same(
    [found["content-type"], found["x-oss-object-type"], found["cache-control"]],
    ["text/x-test", "Normal", "no-cache"],
  );
  same({ ...head.meta }, { colour: "blue" });
  const meta = (await client.getObjectMeta("plain")).res.headers;
  same([meta["content-length"], meta.etag], ["300000", etag(data)]);
  await refused(404, "NoSuchKey", () => client.get("absent"));
  await refused(404, "NoSuchKey", () => client.head("absent"));
  await refused(404, "NoSuchBucket", () => clientOf({ bucket: "no-such-bucket" }).get("absent"));
  await client.put("empty", text(""));
  same(await read("empty"), text(""));
  // Of unknown length, so in chunks.
  await client.putStream("stream", Readable.from([data.subarray(0, 100_000), data.subarray(100_000)]));
  same(await read("stream"), data);
});

check(async function heeds_conditions() {
  const data = content(100);
  await client.put("conditional", data);
  const get = (headers) => client.get("conditional", { headers });
  same((await get({ "If-Match": etag(data) })).content, data);
  await refused(412, "PreconditionFailed", () => get({ "If-Match": '"0"' }));
  same((await get({ "If-None-Match": etag(data) })).res.status, 304);
  const forbid = { headers: { "x-oss-forbid-overwrite": "true" } };
  await refused(409, "FileAlreadyExists", () => client.put("conditional", text(""), forbid));
  same(await read("conditional"), data);
});

check(async function gets_ranges() {
  const data = content(10_000);
  await client.put("ranged", data);
  const get = (range, more) => client.get("ranged", { headers: { Range: `bytes=${range}`, ...more } });
  for (const [range, start, end] of [
    ["0-0", 0, 1],
    ["100-199", 100, 200],
    ["9000-", 9_000],
    ["-5", -5],
  ]) {
    const { res, content } = await get(range);
    same(res.status, 206, range);
    same(content, data.subarray(start, end), range);
  }
  same((await get("100-199")).res.headers["content-range"], "bytes 100-199/10000");
  // Beyond the end, the service sends everything unless the range is to be taken as HTTP says.
  same((await get("20000-30000")).content, data);
  const standard = { "x-oss-range-behavior": "standard" };
  await refused(416, "InvalidRange", () => get("20000-30000", standard));
  same((await get("9990-30000", standard)).content, data.subarray(9_990));
});

check(async function deletes_many() {
  const keys = Array.from({ length: 120 }, (_, index) => `many/${index}`);
  for (const key of keys) await client.put(key, text(""));
  const asked = [...keys.slice(0, 100), "many/absent"];
  const { deleted } = await client.deleteMulti(asked);
  same(deleted.map((item) => item.Key).sort(), asked.sort());
  same(await names("many/"), inOrder(keys.slice(100)));
  same((await client.deleteMulti(keys, { quiet: true })).deleted, []);
  same(await names("many/"), []);
  same((await client.delete("many/absent")).res.status, 204);
});

check(async function copies() {
  const data = content(50_000);
  await client.put("copy/from 源+", data, { mime: "text/x-test", meta: { a: "1" } });
  same((await client.copy("copy/to", "copy/from 源+")).data.etag, etag(data));
  same(await read("copy/to"), data);
  same({ ...(await client.head("copy/to")).meta }, { a: "1" });
  await client.putMeta("copy/to", { b: "2" });
  same({ ...(await client.head("copy/to")).meta }, { b: "2" });
  const unmet = { headers: { "If-Match": '"0"' } };
  await refused(412, "PreconditionFailed", () => client.copy("copy/x", "copy/to", unmet));
  await refused(404, "NoSuchKey", () => client.copy("copy/x", "copy/absent"));
  const source = { sourceKey: "plain", sourceBucketName: BUCKET };
  await client.multipartUploadCopy("copy/managed", source, { partSize: PART });
  same(await read("copy/managed"), content(300_000));
});

check(async function appends() {
  const [first, second] = [content(1_000, 1), content(2_000, 2)];
  const crc = (result) => result.res.headers["x-oss-hash-crc64ecma"];
  let result = await client.append("log", first);
  same([result.nextAppendPosition, crc(result)], ["1000", crc64(first)]);
  result = await client.append("log", second, { position: "1000" });
  same([result.nextAppendPosition, crc(result)], ["3000", crc64(Buffer.concat([first, second]))]);
  same(await read("log"), Buffer.concat([first, second]));
  same((await client.head("log")).res.headers["x-oss-object-type"], "Appendable");
  await refused(409, "PositionNotEqualToLength", () => client.append("log", second, { position: "1000" }));
  await client.put("normal", first);
  await refused(409, "ObjectNotAppendable", () => client.append("normal", second, { position: "1000" }));
});

check(async function notices_a_flipped_bit() {
  const data = content(50_000);
  await client.put("flipped", data);
  await fault({ effect: "flip", at: 30_000, method: "GET", key: "flipped" });
  const error = await fails(() => read("flipped"));
  assert(String(error).includes("CRC: found"), error);
  same(await read("flipped"), data);
});
