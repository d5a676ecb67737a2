// What the JavaScript program is built of: the settings, the checks and how they are run, plain HTTP without an SDK.

import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { request } from "node:http";
import { once } from "node:events";
import { inspect } from "node:util";

export const {
  OSS_SIGNATURE_VERSION: VERSION,
  OSS_ENDPOINT: ENDPOINT,
  // The same service with its clock 20 minutes ahead, and 20 minutes behind.
  OSS_ENDPOINT_AHEAD: ENDPOINT_AHEAD,
  OSS_ENDPOINT_BEHIND: ENDPOINT_BEHIND,
  OSS_REGION: REGION,
  OSS_BUCKET: BUCKET,
  OSS_ACCESS_KEY_ID: ID,
  OSS_ACCESS_KEY_SECRET: SECRET,
  // May read the bucket, not write it.
  OSS_READER_ID: READER_ID,
  OSS_STS_ID: STS_ID,
  OSS_STS_TOKEN: STS_TOKEN,
  OSS_STS_EXPIRED_ID: STS_EXPIRED_ID,
  OSS_STS_EXPIRED_TOKEN: STS_EXPIRED_TOKEN,
  OSS_ADMIN_TOKEN: ADMIN_TOKEN,
  OSS_TEST_FOLDER: FOLDER,
} = process.env;

export const PART = 102_400;

export const AWKWARD_KEYS = [
  "a b  c",
  " leading and trailing ",
  "plus+plus",
  "100%",
  "%41",
  "a%2Fb",
  "中文/文件.txt",
  "emoji-😀",
  "what?yes=no&a=b",
  "photo?acl",
  "hash#tag",
  "amp&<>\"'`",
  "a//b",
  "a///",
  "trailing/",
  "back\\slash",
  "semi;colon,comma=equals",
  "~!@$^*(){}[]|:",
  "caf\u00e9",
  "cafe\u0301",
  ".hidden",
  "...",
  "a/.../b",
  "-",
  "_",
];
export const DOT_SEGMENTS = ["dots/../up", "dots/./same", "dots/..", "dots/.", ".", ".."];
export const CONTROL_KEY = "control/\x01\t\n\x1f\x7f.";
// 1023 bytes, in characters of three.
export const LONGEST_KEY = "长".repeat(341);

const checks = [];

/** Takes a function for a check, by its name. */
export function check(action) {
  checks.push(action);
}

/** Takes a function for a check of what signatures V1 do not have. */
export function checkOfV4(action) {
  if (VERSION === "v4") check(action);
}

/** Runs every check, prints a line for each, and lets the process end with 1 if any failed. */
export async function run() {
  for (const action of checks) {
    try {
      await action();
      console.log(`ok ${action.name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAILED ${action.name}: ${String(error).replaceAll("\n", " ")}`);
      console.error(inspect(error, { depth: 1 }).slice(0, 4000));
    }
  }
}

/** Fails unless both are equal. */
export function same(found, expected, what) {
  if (Buffer.isBuffer(found) && Buffer.isBuffer(expected)) {
    assert(
      found.equals(expected),
      `${what ?? "content"}: ${found.length} bytes, other than the ${expected.length} expected`,
    );
    return;
  }
  const say = (value) => inspect(value, { depth: 4, breakLength: Infinity }).slice(0, 600);
  const message = `${what ?? "value"}: found ${say(found)}, expected ${say(expected)}`;
  assert.deepStrictEqual(found, expected, message);
}

/** Runs what must fail, and returns how. */
export async function fails(action) {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail, but should have");
}

/** Fails unless the service refuses this in this way. */
export async function refused(status, code, action) {
  const error = await fails(action);
  same([error.status, error.code], [status, code], "refusal");
  return error;
}

/** Bytes that look random and are the same in every run. */
export function content(size, seed = 0) {
  const key = createHash("md5").update(String(seed)).digest();
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

const table = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  return crc;
});

/** The CRC-64 that OSS tells of these bytes, as it is written in headers. */
export function crc64(data) {
  let crc = 0xffffffffffffffffn;
  for (const byte of data) crc = table[Number(crc & 0xffn) ^ byte] ^ (crc >> 8n);
  return String(crc ^ 0xffffffffffffffffn);
}

/** The ETag of an object that was put whole. */
export function etag(data) {
  return `"${createHash("md5").update(data).digest("hex").toUpperCase()}"`;
}

/**
 * Sends a request without any SDK, its address exactly as given. Hosts with a name are taken for the first server:
 * systems differ in whether they resolve `*.localhost`.
 */
export async function plain(method, url, headers = {}, body = undefined) {
  const { hostname, port, host } = new URL(url);
  const server = hostname === "127.0.0.1" ? { hostname, port } : new URL(ENDPOINT);
  const path = url.slice(url.indexOf("/", "http://".length));
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  const options = { method, host: server.hostname, port: server.port, path, agent: false };
  const sent = request({ ...options, headers: { Host: host, ...length, ...headers } });
  sent.end(body);
  const [response] = await once(sent, "response");
  const chunks = await response.toArray();
  return new Answer(response.statusCode, response.headers, Buffer.concat(chunks));
}

/** What came back over plain HTTP. */
class Answer {
  constructor(status, headers, body) {
    Object.assign(this, { status, headers, body });
  }

  /** What the error document says under this name. */
  said(name) {
    return new RegExp(`<${name}>([^]*)</${name}>`).exec(this.body.toString())?.[1];
  }

  /** Fails unless this is that refusal. */
  refused(status, code) {
    same([this.status, this.said("Code")], [status, code], "refusal");
  }

  /** Fails unless this says that the signature does not match, and shows what the service signed. */
  mismatch() {
    this.refused(403, "SignatureDoesNotMatch");
    assert(this.said("StringToSign") && this.said("SignatureProvided"), this.body.toString());
    assert(VERSION === "v1" || this.said("CanonicalRequest"), this.body.toString());
  }
}

const admin = { Authorization: `Bearer ${ADMIN_TOKEN}` };

/** Lets a fault meet one of the next requests. */
export async function fault(script) {
  same((await plain("POST", `${ENDPOINT}/-/faults`, admin, JSON.stringify(script))).status, 204, "the fault");
}

/** Forgets the faults that have met no request. */
export async function forgetFaults() {
  same((await plain("DELETE", `${ENDPOINT}/-/faults`, admin)).status, 204, "the faults");
}

/** A signed address with another key in its path. */
export function tampered(url, key, other) {
  const [path, query] = url.split("?");
  assert(path.endsWith(key), path);
  return `${path.slice(0, -key.length)}${other}?${query}`;
}
