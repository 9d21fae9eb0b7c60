// supabase-js's storage client against the twin: node supabase_storage.mjs SCENARIO. Prints JSON.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const { createClient } = require("@supabase/supabase-js");

const { SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY } = process.env;
const [scenario] = process.argv.slice(2);
const client = (key) => createClient(SUPABASE_URL, key, { auth: { autoRefreshToken: false } });
const service = client(SUPABASE_SERVICE_ROLE_KEY);

async function ok(promise) {
  const { data, error } = await promise;
  if (error) throw error;
  return data;
}

const refused = async (promise) => {
  const { error } = await promise;
  return [error?.name, error?.status, error?.statusCode, error?.message];
};

async function files(options = { public: false }) {
  await ok(service.storage.createBucket("files", options));
  return service.storage.from("files");
}

async function user(name) {
  const made = client(SUPABASE_ANON_KEY);
  const email = `${name}@example.com`;
  await ok(made.auth.signUp({ email, password: "correct horse" }));
  return made.storage.from("files");
}

const scenarios = {
  async buckets() {
    const { storage } = service;
    await ok(storage.createBucket("a", { public: true, fileSizeLimit: "1KB" }));
    const twice = await refused(storage.createBucket("a", { public: true }));
    await ok(storage.updateBucket("a", { public: false, allowedMimeTypes: ["text/*"] }));
    const { public: open, file_size_limit, allowed_mime_types } = await ok(storage.getBucket("a"));
    await ok(storage.emptyBucket("a"));
    await ok(storage.deleteBucket("a"));
    return { twice, open, file_size_limit, allowed_mime_types, left: await ok(storage.listBuckets()) };
  },

  async objects() {
    const bucket = await files();
    const blob = new Blob(["one"], { type: "text/plain" });
    const options = { contentType: "text/plain", cacheControl: "60", metadata: { by: "Ada" } };
    const made = await ok(bucket.upload("a b/c.txt", "raw", options));
    await ok(bucket.upload("blob.txt", blob, { metadata: { by: "Ben" } }));
    const info = await ok(bucket.info("a b/c.txt"));
    const other = await ok(bucket.info("blob.txt"));
    await ok(bucket.update("blob.txt", new Blob(["two"], { type: "text/plain" })));
    await ok(bucket.move("blob.txt", "moved.txt"));
    const copied = await ok(bucket.copy("moved.txt", "copied.txt"));
    return {
      fullPath: made.fullPath,
      info: [info.size, info.contentType, info.cacheControl, info.metadata],
      blob: [other.size, other.contentType, other.metadata],
      text: await (await ok(bucket.download("a b/c.txt"))).text(),
      moved: await (await ok(bucket.download("moved.txt"))).text(),
      copied: copied.path,
      exists: [(await bucket.exists("moved.txt")).data, (await bucket.exists("blob.txt")).data],
      list: (await ok(bucket.list())).map(({ name }) => name),
      page: (await ok(bucket.listV2({ with_delimiter: true }))).folders.map(({ name }) => name),
      removed: (await ok(bucket.remove(["moved.txt", "none"]))).map(({ name }) => name),
    };
  },

  async signed() {
    const bucket = await files();
    await ok(bucket.upload("a b.txt", "signed"));
    const { signedUrl } = await ok(bucket.createSignedUrl("a b.txt", 60, { download: true }));
    const opened = await fetch(signedUrl);
    const many = await ok(bucket.createSignedUrls(["a b.txt", "none"], 60));
    const { token, path } = await ok(bucket.createSignedUploadUrl("up.txt"));
    await ok(bucket.uploadToSignedUrl(path, token, "by token"));
    const { publicUrl } = bucket.getPublicUrl("a b.txt").data;
    return {
      opened: [await opened.text(), opened.headers.get("content-disposition")],
      forged: (await (await fetch(signedUrl.replace("token=", "token=x"))).json()).code,
      many: many.map(({ error, signedUrl }) => [error, Boolean(signedUrl)]),
      uploaded: await (await ok(bucket.download("up.txt"))).text(),
      hidden: (await (await fetch(publicUrl)).json()).statusCode,
    };
  },

  async users() {
    await files();
    const [ada, ben] = [await user("ada"), await user("ben")];
    await ok(ada.upload("ada.txt", "ada"));
    return {
      own: await (await ok(ada.download("ada.txt"))).text(),
      foreign: await refused(ben.info("ada.txt")),
      over: await refused(ben.upload("ada.txt", "ben", { upsert: true })),
      signed: await refused(ben.createSignedUrl("ada.txt", 60)),
      list: await ok(ben.list()),
      anybody: await refused(client(SUPABASE_ANON_KEY).storage.from("files").upload("x", "x")),
    };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
process.exit(0);
