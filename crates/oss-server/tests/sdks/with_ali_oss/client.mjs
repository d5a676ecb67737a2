// The SDK `ali-oss`, set up, and what all modules here do with it.

import { Agent } from "node:http";
import { createRequire } from "node:module";
import { BUCKET, ENDPOINT, ID, REGION, SECRET, VERSION, crc64, same } from "../checks.mjs";

const require = createRequire(`${process.env.OSS_SDK_FOLDER}/`);
const OSS = require("ali-oss");
export const urllib = require("urllib");
// All names are this machine: systems differ in whether they resolve `*.localhost`.
const agent = new Agent({
  lookup: (_, { all }, done) => (all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)),
});

/** The bucket as somebody sees it. */
export function clientOf(options = {}) {
  const { id = ID, secret = SECRET, endpoint = ENDPOINT, region = REGION, bucket = BUCKET, token, urllib } = options;
  // A time for refreshing them keeps the SDK from warning that nothing refreshes the keys.
  const sts = token ? { stsToken: token, refreshSTSTokenInterval: 3_600_000 } : {};
  const keys = { accessKeyId: id, accessKeySecret: secret, ...sts };
  const where = { endpoint, region: `oss-${region}`, bucket, agent, ...(urllib && { urllib }) };
  return new OSS({ ...keys, ...where, authorizationV4: VERSION === "v4" });
}

export const client = clientOf();
// With an address alone the SDK sends hosts of the service; with a name, `{bucket}.localhost`.
export const BY_NAME = ENDPOINT.replace("127.0.0.1", "localhost");

/** An object's content, or `null` where there is none. This SDK compares no CRC, so it is done here. */
export async function read(key, from = client) {
  try {
    const { content, res } = await from.get(key);
    same(crc64(content), res.headers["x-oss-hash-crc64ecma"], "CRC");
    return content;
  } catch (error) {
    if (error.code === "NoSuchKey") return null;
    throw error;
  }
}

export const text = (data) => Buffer.from(data);

/** The names of all objects under a prefix. */
export async function names(prefix, more = {}) {
  const found = [];
  let token;
  do {
    const page = await client.listV2({
      prefix,
      "encoding-type": "url",
      ...more,
      ...(token && { "continuation-token": token }),
    });
    found.push(...page.objects.map((object) => decodeURIComponent(object.name)));
    token = page.nextContinuationToken;
  } while (token);
  return found;
}

/**
 * A signed address. The SDK signs none for an endpoint that is an IP address, so that it is told a name: with it,
 * addresses are in virtual-host style.
 */
export async function signed(method, key, options = {}) {
  const { expires = 600, headers = {}, query = {}, additional, ...whose } = options;
  const signer = clientOf({ endpoint: BY_NAME, ...whose });
  if (VERSION === "v4") return signer.signatureUrlV4(method, expires, { headers, queries: query }, key, additional);
  return signer.signatureUrl(key, { method, expires, subResource: query, ...headers }, false);
}

/** Keys in the order of OSS: by bytes. */
export function inOrder(keys) {
  return [...keys].sort((a, b) => Buffer.compare(text(a), text(b)));
}
