// Signed addresses and forms, used without the SDK.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BUCKET, ENDPOINT, ID, REGION, SECRET, VERSION, check, content, crc64, etag, plain, same } from "../checks.mjs";
import { BY_NAME, client, clientOf, read, signed, text } from "./client.mjs";

check(async function signs_gets() {
  const data = content(70_000);
  const key = "signed/get 1";
  await client.put(key, data);
  const url = await signed("GET", key, { query: { "response-content-disposition": "attachment; filename=a b" } });
  const answer = await plain("GET", url);
  same([answer.status, answer.headers.etag], [200, etag(data)]);
  same(answer.headers["content-disposition"], "attachment; filename=a b");
  same(answer.body, data);
  same((await plain("HEAD", await signed("HEAD", key))).headers["content-length"], "70000");
  const part = await plain("GET", await signed("GET", key), { Range: "bytes=10-19" });
  same([part.status, part.body.equals(data.subarray(10, 20))], [206, true]);
  (await plain("GET", await signed("GET", "signed/absent"))).refused(404, "NoSuchKey");
  (await plain("GET", url.split("?")[0])).refused(403, "AccessDenied");
});

check(async function signs_puts() {
  const data = content(70_000);
  const md5 = createHash("md5").update(data).digest("base64");
  const headers = { "Content-Type": "text/x-test", "Content-MD5": md5, "x-oss-meta-a": "1" };
  const url = await signed("PUT", "signed/put", { headers });
  const answer = await plain("PUT", url, headers, data);
  same([answer.status, answer.headers.etag, answer.headers["x-oss-hash-crc64ecma"]], [200, etag(data), crc64(data)]);
  const head = await client.head("signed/put");
  same([head.res.headers["content-type"], { ...head.meta }], ["text/x-test", { a: "1" }]);
  same(await read("signed/put"), data);
  (await plain("PUT", url, headers, data.subarray(1))).refused(400, "InvalidDigest");
  same(await read("signed/put"), data);
});

/** The fields of an upload form, signed by the SDK. */
function form(key, conditions, { secret = SECRET, minutes = 10 } = {}) {
  const signer = clientOf({ secret });
  const now = new Date();
  const expiration = new Date(now.getTime() + minutes * 60_000).toISOString();
  if (VERSION === "v1") return { key, ...signer.calculatePostSignature({ expiration, conditions }) };
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const signing = {
    "x-oss-signature-version": "OSS4-HMAC-SHA256",
    "x-oss-credential": `${ID}/${date.slice(0, 8)}/${REGION}/oss/aliyun_v4_request`,
    "x-oss-date": date,
  };
  const document = {
    expiration,
    conditions: [...conditions, ...Object.entries(signing).map(([name, value]) => ({ [name]: value }))],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString("base64");
  return { key, policy, ...signing, "x-oss-signature": signer.signPostObjectPolicyV4(document, now) };
}

/** Sends a form as a browser does. */
async function submit(fields, data, name = "upload.bin") {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  body.append("file", new Blob([data]), name);
  const sent = new Request(ENDPOINT, { method: "POST", body });
  const headers = { "Content-Type": sent.headers.get("content-type") };
  return plain("POST", `${ENDPOINT}/${BUCKET}/`, headers, Buffer.from(await sent.arrayBuffer()));
}

check(async function uploads_forms() {
  const data = content(5000, 7);
  const conditions = [{ bucket: BUCKET }, ["starts-with", "$key", "form/"], ["content-length-range", 1, 6000]];
  const answer = await submit(
    { ...form("form/${filename}", conditions), success_action_status: "201" },
    data,
    "文 件.bin",
  );
  same([answer.status, answer.said("Key")], [201, "form/文 件.bin"]);
  same(await read("form/文 件.bin"), data);
  (await submit(form("elsewhere/a", conditions), data)).refused(403, "AccessDenied");
  (await submit(form("form/big", conditions), content(6001))).refused(400, "EntityTooLarge");
  (await submit(form("form/late", conditions, { minutes: -1 }), data)).refused(403, "AccessDenied");
  (await submit(form("form/wrong", conditions, { secret: "wrong" }), data)).refused(403, "SignatureDoesNotMatch");
  const { policy } = form("elsewhere/b", conditions.slice(0, 1));
  (await submit({ ...form("elsewhere/b", conditions), policy }, data)).refused(403, "SignatureDoesNotMatch");
  for (const key of ["elsewhere/a", "elsewhere/b", "form/big", "form/late", "form/wrong"])
    same(await read(key), null, key);
});

check(async function serves_virtual_hosts() {
  const named = clientOf({ endpoint: BY_NAME });
  const { url } = await named.put("virtual +", text("a"));
  assert(url.startsWith(`http://${BUCKET}.localhost:`), url);
  same([await read("virtual +", named), await read("virtual +")], [text("a"), text("a")]);
  for (const host of [`oss-${REGION}.aliyuncs.com`, `oss-${REGION}-internal.aliyuncs.com`, "localhost"]) {
    const url = await signed("GET", "virtual +", { endpoint: `http://${host}` });
    assert(url.startsWith(`http://${BUCKET}.${host}/`), url);
    same((await plain("GET", url)).body, text("a"), host);
  }
});
