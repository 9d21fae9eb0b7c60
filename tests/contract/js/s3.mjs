// AWS's SDK for JavaScript against the twin: node s3.mjs SCENARIO BUCKET. Prints JSON.
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const [scenario, Bucket] = process.argv.slice(2);
const client = new s3.S3Client({ endpoint: process.env.TWIN_S3, region: "auto", maxAttempts: 1 });
const send = (name, input) => client.send(new s3[`${name}Command`]({ Bucket, ...input }));
const put = (Key, Body = Key) => send("PutObject", { Key, Body });
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function often(key) {
  for (let number = 0; number < 20; number += 1) await put(key);
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.name, error.$metadata?.httpStatusCode, error.message];
  }
  return null;
}

const scenarios = {
  // A stream's checksum follows it as a trailer, even where there is no TLS.
  async streams() {
    const bytes = randomBytes(300_000);
    const results = {};
    let trailer;
    client.middlewareStack.add(
      (next) => async ({ request, ...rest }) => {
        trailer = request.headers["x-amz-trailer"] ?? trailer;
        return next({ request, ...rest });
      },
      { step: "finalizeRequest", priority: "low" },
    );
    for (const name of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
      const sent = await send("PutObject", {
        Key: name,
        Body: Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]),
        ContentLength: bytes.length,
        ChecksumAlgorithm: name,
      });
      const got = await send("GetObject", { Key: name, ChecksumMode: "ENABLED" });
      const body = await got.Body.transformToByteArray();
      const value = got[`Checksum${name}`];
      const same = Boolean(value) && sent[`Checksum${name}`] === value && bytes.equals(body);
      results[trailer] = same;
    }
    return results;
  },

  async objects() {
    await send("PutObject", {
      Key: "a b/ü+&", Body: "0123456789", ContentType: "text/plain", Metadata: { by: "ada" },
    });
    const head = await send("HeadObject", { Key: "a b/ü+&" });
    const part = await send("GetObject", { Key: "a b/ü+&", Range: "bytes=2-4" });
    const copy = { Key: "copy", CopySource: `${Bucket}/${encodeURIComponent("a b/ü+&")}` };
    await send("CopyObject", copy);
    const copied = await send("GetObject", { Key: "copy" });
    return {
      head: [head.ContentLength, head.ContentType, head.Metadata],
      range: [await part.Body.transformToString(), part.ContentRange],
      copy: await copied.Body.transformToString(),
    };
  },

  async pages() {
    const keys = ["a/1", "a/2", "b c", "d", "ü"];
    for (const key of keys) await put(key);
    const pages = { client, pageSize: 2 };
    const shown = [];
    for await (const page of s3.paginateListObjectsV2(pages, { Bucket, Delimiter: "/" })) {
      shown.push(...(page.Contents ?? []).map((row) => row.Key));
      shown.push(...(page.CommonPrefixes ?? []).map((row) => row.Prefix));
    }
    const v1 = await send("ListObjects", { Prefix: "a/" });
    return { shown, v1: v1.Contents.map((row) => row.Key) };
  },

  async upload() {
    const bytes = randomBytes(12 * 1_048_576 + 1);
    const Body = Readable.from([bytes.subarray(0, 7_000_000), bytes.subarray(7_000_000)]);
    const upload = new Upload({ client, params: { Bucket, Key: "large", Body } });
    const done = await upload.done();
    const got = await send("GetObject", { Key: "large" });
    const body = await got.Body.transformToByteArray();
    return { etag: done.ETag.slice(-3), same: sha256(body) === sha256(bytes) };
  },

  async deletes() {
    for (const key of ["a", "b", "kept"]) await put(key);
    const Objects = ["a", "b", "absent"].map((Key) => ({ Key }));
    const answer = await send("DeleteObjects", { Delete: { Objects } });
    const left = await send("ListObjectsV2");
    return {
      deleted: answer.Deleted.map((row) => row.Key),
      left: left.Contents.map((row) => row.Key),
    };
  },

  async urls() {
    const input = { Bucket, Key: "a b" };
    const toPut = new s3.PutObjectCommand({ ...input, ContentType: "text/css" });
    const signed = { expiresIn: 600, signableHeaders: new Set(["content-type"]) };
    const putUrl = await getSignedUrl(client, toPut, signed);
    const headers = { "content-type": "text/css" };
    const wrong = await fetch(putUrl, { method: "PUT", body: "body" });
    const sent = await fetch(putUrl, { method: "PUT", body: "body", headers });
    const getUrl = await getSignedUrl(client, new s3.GetObjectCommand(input));
    const got = await fetch(getUrl);
    return [wrong.status, sent.status, got.headers.get("content-type"), await got.text()];
  },

  async configuration() {
    const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAgeSeconds: 60 }];
    const Rules = [
      { ID: "a", Status: "Enabled", Filter: { Prefix: "a/" }, Expiration: { Days: 1 } },
    ];
    await send("PutBucketCors", { CORSConfiguration: { CORSRules } });
    await send("PutBucketLifecycleConfiguration", { LifecycleConfiguration: { Rules } });
    const cors = await send("GetBucketCors");
    const lifecycle = await send("GetBucketLifecycleConfiguration");
    return { cors: cors.CORSRules, lifecycle: lifecycle.Rules };
  },

  async refusals() {
    await put("key");
    return {
      get: await refusal(send("GetObject", { Key: "absent" })),
      head: await refusal(send("HeadObject", { Key: "absent" })),
      match: await refusal(send("PutObject", { Key: "key", IfNoneMatch: "*" })),
      checksum: await refusal(send("PutObject", { Key: "a", Body: "a", ChecksumCRC32: "AAAAAA==" })),
      acl: await refusal(send("GetBucketAcl")),
      pace: await refusal(often("key")),
    };
  },
};

process.stdout.write(JSON.stringify(await scenarios[scenario]()));
