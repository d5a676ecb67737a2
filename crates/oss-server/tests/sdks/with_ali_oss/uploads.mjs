// Uploads by parts, and what is resumed.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BUCKET,
  FOLDER,
  PART,
  check,
  content,
  crc64,
  etag,
  fails,
  fault,
  forgetFaults,
  refused,
  same,
} from "../checks.mjs";
import { client, read } from "./client.mjs";

check(async function uploads_20_parts() {
  const data = content(19 * PART + 12_345);
  const key = "parts/20";
  const start = async (key) => (await client.initMultipartUpload(key, { mime: "text/x-test" })).uploadId;
  const upload = await start(key);
  const parts = [];
  for (let number = 20; number > 0; number--) {
    const [from, to] = [(number - 1) * PART, Math.min(number * PART, data.length)];
    const part = await client.uploadPart(key, upload, number, data, from, to);
    const piece = data.subarray(from, to);
    same([part.etag, part.res.headers["x-oss-hash-crc64ecma"]], [etag(piece), crc64(piece)]);
    parts.push({ number, etag: part.etag });
  }
  const sizes = [];
  let marker = "0";
  for (let more = "true"; more === "true";) {
    const page = await client.listParts(key, upload, { "max-parts": 7, "part-number-marker": marker });
    sizes.push(...page.parts.map((part) => Number(part.Size)));
    [more, marker] = [page.isTruncated, page.nextPartNumberMarker];
  }
  same(sizes, [...Array(19).fill(PART), 12_345]);
  const { uploads } = await client.listUploads({ prefix: key });
  same(
    uploads.map((item) => [item.name, item.uploadId]),
    [[key, upload]],
  );
  same(await read(key), null);
  const wrong = [{ number: 1, etag: "0".repeat(32) }];
  await refused(400, "InvalidPart", () => client.completeMultipartUpload(key, upload, wrong));
  const done = await client.completeMultipartUpload(key, upload, parts);
  same(done.res.headers["x-oss-hash-crc64ecma"], crc64(data), "CRC of the whole");
  same(await read(key), data);
  const head = (await client.head(key)).res.headers;
  same([head["x-oss-object-type"], head["content-type"], head.etag], ["Multipart", "text/x-test", done.etag]);
  await refused(404, "NoSuchUpload", () => client.abortMultipartUpload(key, upload));

  const other = await start("parts/aborted");
  const source = { sourceKey: key, sourceBucketName: BUCKET };
  const copied = await client.uploadPartCopy("parts/aborted", other, 1, `${PART}-${3 * PART - 1}`, source);
  same(copied.etag, etag(data.subarray(PART, 3 * PART)), "copied part");
  await client.abortMultipartUpload("parts/aborted", other);
  await refused(404, "NoSuchUpload", () => client.listParts("parts/aborted", other));
});

check(async function resumes_uploads() {
  const data = content(20 * PART);
  const path = join(FOLDER, "up.bin");
  writeFileSync(path, data);
  let checkpoint;
  const settings = { partSize: PART, parallel: 1, progress: (_, state) => (checkpoint = state ?? checkpoint) };
  await fault({
    effect: "answer",
    status: 403,
    code: "AccessDenied",
    method: "PUT",
    parameter: "partNumber",
    skip: 12,
  });
  await refused(403, "AccessDenied", () => client.multipartUpload("resumed/up", path, settings));
  same([checkpoint.doneParts.length, await read("resumed/up")], [12, null]);
  // The first twelve parts are not sent again: this would meet the thirteenth of those that are.
  await fault({
    effect: "answer",
    status: 500,
    code: "InternalError",
    method: "PUT",
    parameter: "partNumber",
    skip: 8,
  });
  // A checkpoint is kept as JSON by who wants to go on in another process.
  const kept = JSON.parse(JSON.stringify(checkpoint));
  const done = await client.multipartUpload("resumed/up", path, { ...settings, checkpoint: kept });
  await forgetFaults();
  same(done.res.headers["x-oss-hash-crc64ecma"], crc64(data), "CRC of the whole");
  same(await read("resumed/up"), data);
});

// This SDK resumes no downloads: who needs it asks for the rest.
check(async function resumes_downloads() {
  const data = content(20 * PART + 1);
  await client.put("resumed/down", data);
  await fault({ effect: "cut", at: 12 * PART, method: "GET", key: "resumed/down" });
  const { stream, res } = await client.getStream("resumed/down");
  const chunks = [];
  await fails(async () => {
    for await (const chunk of stream) chunks.push(chunk);
  });
  const start = Buffer.concat(chunks).length;
  same(start, 12 * PART);
  const headers = { Range: `bytes=${start}-`, "If-Match": res.headers.etag, "x-oss-range-behavior": "standard" };
  const rest = await client.get("resumed/down", { headers });
  const whole = Buffer.concat([...chunks, rest.content]);
  same(whole, data);
  same(rest.res.headers["x-oss-hash-crc64ecma"], crc64(whole), "CRC of the whole, told of a part");
});
