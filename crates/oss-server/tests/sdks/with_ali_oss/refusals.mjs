// What the service must refuse.

import {
  ENDPOINT_AHEAD,
  ENDPOINT_BEHIND,
  READER_ID,
  STS_EXPIRED_ID,
  STS_EXPIRED_TOKEN,
  STS_ID,
  STS_TOKEN,
  VERSION,
  check,
  checkOfV4,
  plain,
  refused,
  same,
  tampered,
} from "../checks.mjs";
import { BY_NAME, client, clientOf, names, read, signed, text, urllib } from "./client.mjs";

check(async function refuses_a_wrong_secret() {
  const stranger = clientOf({ secret: "wrong" });
  await refused(403, "SignatureDoesNotMatch", () => stranger.get("plain"));
  await refused(403, "SignatureDoesNotMatch", () => stranger.put("by-a-stranger", text("a")));
  await refused(403, "SignatureDoesNotMatch", () => stranger.head("plain"));
  await refused(403, "InvalidAccessKeyId", () => clientOf({ id: "nobody" }).get("plain"));
  same(await read("by-a-stranger"), null);
});

check(async function refuses_a_tampered_path() {
  await client.put("path/a", text("a"));
  await client.put("path/b", text("b"));
  const url = await signed("GET", "path/a");
  same((await plain("GET", url)).body, text("a"));
  (await plain("GET", tampered(url, "path/a", "path/b"))).mismatch();
  (await plain("GET", tampered(url, "path/a", "path/./a"))).mismatch();
  (await plain("DELETE", url)).mismatch();
  (await plain("GET", `${url}&acl`)).mismatch();
  same(await read("path/a"), text("a"));
});

check(async function refuses_a_changed_header() {
  const headers = { "Content-Type": "text/plain", "x-oss-object-acl": "private", "Content-Language": "en" };
  const signs = VERSION === "v4" ? headers : { "Content-Type": "text/plain", "x-oss-object-acl": "private" };
  const url = await signed("PUT", "bound", { headers: signs, additional: ["Content-Language"] });
  const changes = [{ "Content-Type": "text/html" }, { "x-oss-object-acl": "public-read" }, { "x-oss-meta-added": "1" }];
  if (VERSION === "v4") changes.push({ "Content-Language": "zh" });
  for (const change of changes) (await plain("PUT", url, { ...headers, ...change }, "a")).mismatch();
  const { "x-oss-object-acl": _, ...without } = headers;
  (await plain("PUT", url, without, "a")).mismatch();
  same(await read("bound"), null);
  same((await plain("PUT", url, headers, "a")).status, 200, "unchanged");
});

/** The bucket as seen by somebody whose requests are changed after they were signed. */
function meddled(change) {
  const request = (address, parameters) => {
    const sent = { address, ...parameters };
    change(sent);
    const { address: changed, ...rest } = sent;
    return urllib.request(changed, rest);
  };
  return clientOf({ urllib: { request } });
}

check(async function refuses_what_was_changed_on_the_way() {
  const changes = [
    (request) => (request.address += "-elsewhere"),
    (request) => (request.method = "POST"),
    (request) => (request.address += "?acl"),
    ({ headers }) => (headers["Content-Type"] = "text/html"),
    ({ headers }) => (headers["x-oss-meta-a"] = "2"),
    ({ headers }) => (headers["x-oss-meta-added"] = "1"),
    ({ headers }) => delete headers["x-oss-meta-a"],
  ];
  // With V4, a header can be signed that is not by itself.
  const headers = { "Content-Language": "en" };
  const options = () => ({ meta: { a: "1" }, headers: { ...headers }, additionalHeaders: Object.keys(headers) });
  if (VERSION === "v4") changes.push(({ headers }) => (headers["Content-Language"] = "zh"));
  for (const change of changes) {
    await refused(403, "SignatureDoesNotMatch", () => meddled(change).put("way", text("a"), options()));
  }
  same(await names("way"), []);
  await meddled(({ headers }) => (headers["not-signed"] = "1")).put("way", text("a"), options());
  same(await names("way"), ["way"]);
});

check(async function refuses_an_expired_address() {
  // Only the name is of the signing endpoint: the request goes to the server whose clock is ahead.
  const ahead = (url) => ENDPOINT_AHEAD + url.slice(url.indexOf("/", "http://".length));
  const late = async (expires) => {
    const url = await signed("GET", "plain", { expires });
    return plain("GET", ahead(url), { Host: new URL(url).host });
  };
  const answer = await late(600);
  answer.refused(403, "AccessDenied");
  same(answer.said("Message"), "Request has expired.");
  same((await late(1800)).status, 404, "a longer life");
});

check(async function refuses_a_clock_20_minutes_off() {
  for (const endpoint of [ENDPOINT_AHEAD, ENDPOINT_BEHIND]) {
    const off = clientOf({ endpoint });
    await refused(403, "RequestTimeTooSkewed", () => off.get("plain"));
    await refused(403, "RequestTimeTooSkewed", () => off.put("late", text("a")));
  }
});

checkOfV4(async function refuses_a_foreign_region() {
  const foreign = { region: "cn-beijing", endpoint: BY_NAME };
  await refused(400, "InvalidArgument", () => clientOf(foreign).get("plain"));
  (await plain("GET", await signed("GET", "plain", foreign))).refused(400, "InvalidArgument");
});

check(async function heeds_rights() {
  await client.put("path/b", text("b"));
  await client.putBucket("not-for-readers");
  const reader = clientOf({ id: READER_ID });
  same((await reader.get("path/b")).content, text("b"));
  await refused(403, "AccessDenied", () => reader.put("path/b", text("c")));
  await refused(403, "AccessDenied", () => reader.delete("path/b"));
  await refused(403, "AccessDenied", () => clientOf({ id: READER_ID, bucket: "not-for-readers" }).get("doc"));
  same(await read("path/b"), text("b"));
});

check(async function believes_known_tokens_only() {
  const [known, unknown] = [
    { id: STS_ID, token: STS_TOKEN },
    { id: STS_ID, token: "unknown" },
  ];
  await clientOf(known).put("by-token", text("a"));
  same((await clientOf(known).get("by-token")).content, text("a"));
  same((await plain("GET", await signed("GET", "by-token", known))).body, text("a"));
  await refused(403, "InvalidSecurityToken", () => clientOf(unknown).get("by-token"));
  (await plain("GET", await signed("GET", "by-token", unknown))).refused(403, "InvalidSecurityToken");
  await refused(403, "InvalidAccessKeyId", () => clientOf({ id: STS_ID }).get("by-token"));
  const expired = clientOf({ id: STS_EXPIRED_ID, token: STS_EXPIRED_TOKEN });
  await refused(403, "SecurityTokenExpired", () => expired.get("by-token"));
});
