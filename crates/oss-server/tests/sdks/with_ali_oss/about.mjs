// What is kept about buckets and objects.

import { BUCKET, ENDPOINT, REGION, check, content, plain, refused, same } from "../checks.mjs";
import { client, clientOf, read, signed, text } from "./client.mjs";

check(async function makes_and_deletes_buckets() {
  const name = "made-by-ali-oss";
  await client.putBucket(name);
  await client.putBucketACL(name, "public-read");
  same((await client.getBucketACL(name)).acl, "public-read", "ACL");
  const { bucket } = await client.getBucketInfo(name);
  same([bucket.Name, bucket.Location, bucket.AccessControlList.Grant], [name, `oss-${REGION}`, "public-read"]);
  same((await client.getBucketLocation(name)).location, `oss-${REGION}`);
  const { buckets } = await client.listBuckets({ prefix: "made-by-ali" });
  same(
    buckets.map((bucket) => bucket.name),
    [name],
  );
  await clientOf({ bucket: name }).put("left", text(""));
  await refused(409, "BucketNotEmpty", () => client.deleteBucket(name));
  await clientOf({ bucket: name }).delete("left");
  await client.deleteBucket(name);
  await refused(404, "NoSuchBucket", () => client.getBucketInfo(name));
});

check(async function tags() {
  await client.put("tagged", text("a"), { headers: { "x-oss-tagging": "colour=blue&with%20space=%2B%2F" } });
  const found = async () => (await client.getObjectTagging("tagged")).tag;
  same(await found(), { colour: "blue", "with space": "+/" });
  same((await client.head("tagged")).res.headers["x-oss-tagging-count"], "2");
  await client.putObjectTagging("tagged", { size: "big" });
  same(await found(), { size: "big" });
  const url = await signed("PUT", "tagged", { query: { tagging: null } });
  const eleven = Array.from({ length: 11 }, (_, index) => `<Tag><Key>tag-${index}</Key><Value/></Tag>`).join("");
  // The SDK itself counts them, and sends no more than ten.
  (await plain("PUT", url, {}, `<Tagging><TagSet>${eleven}</TagSet></Tagging>`)).refused(400, "InvalidTag");
  await client.deleteObjectTagging("tagged");
  same(await found(), {});
});

check(async function controls_access() {
  const data = content(100);
  await client.put("shared", data);
  const url = `${ENDPOINT}/${BUCKET}/shared`;
  same((await client.getACL("shared")).acl, "default");
  (await plain("GET", url)).refused(403, "AccessDenied");
  await client.putACL("shared", "public-read");
  same((await client.getACL("shared")).acl, "public-read");
  same((await plain("GET", url)).body, data);
  (await plain("PUT", url, {}, "x")).refused(403, "AccessDenied");
  await client.putACL("shared", "private");
  (await plain("GET", url)).refused(403, "AccessDenied");
});

check(async function links() {
  const data = content(100);
  await client.put("target/目标 +", data);
  await client.putSymlink("link", "target/目标 +");
  same((await client.getSymlink("link")).targetName, "target/目标 +");
  same(await read("link"), data);
  const head = (await client.head("link")).res.headers;
  same([head["x-oss-object-type"], head["content-length"]], ["Symlink", "100"]);
  await client.putSymlink("dangling", "target/absent");
  await refused(404, "SymlinkTargetNotExist", () => client.get("dangling"));
  await refused(400, "NotSymlink", () => client.getSymlink("target/目标 +"));
});

check(async function keeps_versions() {
  const name = "versions-by-ali-oss";
  const bucket = clientOf({ bucket: name });
  await client.putBucket(name);
  const status = async () => (await client.getBucketVersioning(name)).versionStatus;
  const put = async (data) => (await bucket.put("doc", text(data))).res.headers["x-oss-version-id"];
  const at = async (versionId) => String((await bucket.get("doc", { versionId })).content);
  const now = async () => String(await read("doc", bucket));
  same(await status(), undefined);
  await put("zero");
  await client.putBucketVersioning(name, "Enabled");
  same(await status(), "Enabled");
  const [first, second] = [await put("first"), await put("second")];
  same([await at("null"), await at(first), await at(second), await now()], ["zero", "first", "second", "second"]);
  const { res } = await bucket.delete("doc");
  const marker = res.headers["x-oss-version-id"];
  same([res.headers["x-oss-delete-marker"], await read("doc", bucket)], ["true", null]);
  const listed = await bucket.getBucketVersions();
  same(
    listed.objects.map((item) => [item.versionId, item.isLatest]),
    [
      [second, false],
      [first, false],
      ["null", false],
    ],
  );
  same(
    listed.deleteMarker.map((item) => item.versionId),
    [marker],
  );
  await refused(405, "MethodNotAllowed", () => at(marker));
  await refused(404, "NoSuchVersion", () => at([...second].reverse().join("")));
  const pages = [];
  let next = {};
  do {
    const page = await bucket.getBucketVersions({ ...next, "max-keys": 1 });
    pages.push(...page.objects.concat(page.deleteMarker).map((item) => item.versionId));
    next = page.isTruncated ? { keyMarker: page.nextKeyMarker, versionIdMarker: page.nextVersionIdMarker } : null;
  } while (next);
  same(pages, [marker, second, first, "null"]);
  await bucket.delete("doc", { versionId: marker });
  same(await now(), "second");
  const { deleted } = await bucket.deleteMulti([first, second].map((versionId) => ({ key: "doc", versionId })));
  same(deleted.map((item) => item.VersionId).sort(), [first, second].sort());
  same(await now(), "zero");
  await client.putBucketVersioning(name, "Suspended");
  same([await put("new"), await now()], ["null", "new"]);
});
