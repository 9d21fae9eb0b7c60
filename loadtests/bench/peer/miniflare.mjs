// Miniflare by its Node API, on disk, with its explorer and S3 API: node miniflare.mjs DIRECTORY
// SIGUSR2 empties it the fastest way that it has for any amount of data: another directory.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const { Miniflare, convertV4MiniflareOptions } = require("miniflare");

const options = (directory) => convertV4MiniflareOptions({
  host: "127.0.0.1",
  port: 0,
  cf: false,
  resourcePersistencePath: directory,
  unsafeLocalExplorer: true,
  workers: [{
    name: "bench",
    modules: true,
    scriptPath: fileURLToPath(new URL("worker.js", import.meta.url)),
    compatibilityDate: "2026-06-01",
    d1Databases: { DB: { id: "bench" } },
    kvNamespaces: { KV: { id: "bench" } },
    r2Buckets: {
      R2: { id: "bench", s3Credentials: { accessKeyId: "bench", secretAccessKey: "bench" } },
    },
  }],
});
const miniflare = new Miniflare(options(process.argv[2]));
let resets = 0;

process.on("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit(0);
});
process.on("SIGUSR2", async () => {
  const started = performance.now();
  await miniflare.setOptions(options(`${process.argv[2]}-${++resets}`));
  const url = await miniflare.ready;
  console.log(`reset ${resets} in ${performance.now() - started} ms ${url}`);
});
console.log(`ready ${await miniflare.ready}`);
