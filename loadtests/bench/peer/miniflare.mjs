// Miniflare by its Node API, on disk, with its explorer and S3 API: node miniflare.mjs DIRECTORY
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const { Miniflare, convertV4MiniflareOptions } = require("miniflare");

const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: "127.0.0.1",
  port: 0,
  cf: false,
  resourcePersistencePath: process.argv[2],
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
}));

process.on("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit(0);
});
console.log(`ready ${await miniflare.ready}`);
