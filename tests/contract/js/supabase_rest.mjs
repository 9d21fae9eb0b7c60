// supabase-js's tables and functions against the twin: node supabase_rest.mjs. Prints JSON.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const { createClient } = require("@supabase/supabase-js");

const { SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY } = process.env;
const alone = { auth: { persistSession: false, autoRefreshToken: false } };
const client = (key = SUPABASE_ANON_KEY) => createClient(SUPABASE_URL, key, alone);

async function ok(promise) {
  const { data, error, count } = await promise;
  if (error) throw new Error(JSON.stringify(error));
  return count === null || count === undefined ? data : { data, count };
}

const refused = async (promise) => {
  const { error, status } = await promise;
  return [status, error?.code];
};

async function signedUp(name) {
  const one = client();
  const email = `${name}@example.com`;
  const { user } = await ok(one.auth.signUp({ email, password: "correct horse" }));
  await ok(one.from("users").insert({ id: user.id, email }));
  return [one, user.id];
}

const [ada, me] = await signedUp("ada");
const [ben] = await signedUp("ben");
const service = client(SUPABASE_SERVICE_ROLE_KEY);
const jobs = () => ada.from("jobs");
const row = (title) => ({ user_id: me, title, company: "Acme", required_skills: ["js", "sql"] });

const made = await ok(jobs().insert([row("Engineer"), row("Gardener")]).select("id, title"));
await ok(ada.from("applications").insert({ user_id: me, job_id: made[0].id }));
const vector = [1, ...Array(767).fill(0)];
await ok(
  ada.from("job_embeddings").insert({ job_id: made[0].id, user_id: me, embedding: vector }),
);

const found = {
  made: made.map(({ title }) => title),
  single: await ok(jobs().select("title").eq("id", made[0].id).single()),
  maybe: await ok(jobs().select("title").eq("title", "Cook").maybeSingle()),
  several: await refused(jobs().select().single()),
  counted: await ok(jobs().select("title", { count: "exact" }).order("title").limit(1)),
  head: (await jobs().select("*", { count: "exact", head: true })).count,
  embedded: await ok(
    jobs().select("title, applications!inner(status), owner:users(email)"),
  ),
  contains: (await ok(jobs().select("id").contains("required_skills", JSON.stringify(["sql"])))).length,
  either: (await ok(jobs().select("id").or("title.eq.Engineer,title.ilike.%den%"))).length,
  not: await ok(jobs().select("title").not("title", "in", "(Engineer)")),
  related: await ok(
    ada.from("applications").select("status, jobs(title)").order("title", { referencedTable: "jobs" }),
  ),
  updated: await ok(jobs().update({ is_saved: true }).eq("id", made[0].id).select("is_saved")),
  upserted: await ok(
    ada
      .from("job_preferences")
      .upsert({ user_id: me, desired_titles: ["x"] }, { onConflict: "user_id" })
      .select("desired_titles"),
  ),
  rolledBack: (await ok(jobs().delete().eq("title", "Gardener").select("id").rollback())).length,
  csv: await ok(jobs().select("title").order("title").csv()),
  rpc: await ok(ada.rpc("match_jobs", { query_embedding: vector }).select("title")),
  rpcGet: await ok(ada.rpc("search_jobs", { words: "gardener" }, { get: true }).select("title")),
  strangers: await ok(ben.from("jobs").select()),
  strangersInsert: await refused(ben.from("jobs").insert(row("Trap"))),
  strangersRpc: await ok(ben.rpc("match_jobs", { query_embedding: vector })),
  wholeTable: await refused(jobs().delete()),
  everything: (await ok(service.from("jobs").select("id"))).length,
  unknown: await refused(ada.from("jobz").select()),
  deleted: (await ok(jobs().delete().gt("created_at", "2000-01-01").select("id"))).length,
};
console.log(JSON.stringify(found));
process.exit(0);
