// supabase-js against the twin: node supabase.mjs SCENARIO. Prints JSON.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.TWIN_NODE_MODULES}/`);
const { createClient } = require("@supabase/supabase-js");

const { SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY } = process.env;
const [scenario] = process.argv.slice(2);
const email = "ada@example.com";
const password = "correct horse";
// Node has no WebSocket that a client without realtime would need.
const client = (key = SUPABASE_ANON_KEY, auth = {}) =>
  createClient(SUPABASE_URL, key, { auth: { autoRefreshToken: false, ...auth } });
const alone = { persistSession: false };

async function ok(promise) {
  const { data, error } = await promise;
  if (error) throw error;
  return data;
}

const refused = async (promise) => {
  const { error } = await promise;
  return [error?.name, error?.status, error?.code];
};

const scenarios = {
  async sessions() {
    const { auth } = client();
    const seen = [];
    auth.onAuthStateChange((event) => seen.push(event));
    const options = { data: { name: "Ada" } };
    const signed = await ok(auth.signUp({ email, password, options }));
    const user = (await ok(auth.getUser())).user;
    const refreshed = (await ok(auth.refreshSession())).session;
    const changed = (await ok(auth.updateUser({ data: { name: "Countess" } }))).user;
    await ok(auth.signOut());
    const again = await ok(auth.signInWithPassword({ email, password }));
    return {
      events: seen.filter((event) => event !== "INITIAL_SESSION"),
      same: signed.user.id === user.id && again.user.id === user.id,
      confirmed: Boolean(user.email_confirmed_at),
      rotated: refreshed.refresh_token !== signed.session.refresh_token,
      names: [user.user_metadata.name, changed.user_metadata.name],
      identities: (await ok(auth.getUserIdentities())).identities.map(({ provider }) => provider),
      level: (await ok(auth.mfa.getAuthenticatorAssuranceLevel())).currentLevel,
    };
  },

  async refusals() {
    const { auth } = client();
    await ok(auth.signUp({ email, password }));
    const token = (await auth.getSession()).data.session.access_token;
    await ok(auth.signOut());
    return {
      wrong: await refused(auth.signInWithPassword({ email, password: "wrong" })),
      twice: await refused(auth.signUp({ email, password })),
      weak: await refused(auth.signUp({ email: "bob@example.com", password: "123" })),
      ended: await refused(auth.getUser(token)),
      forged: await refused(auth.getUser(`${token}x`)),
      anonymous: await refused(auth.signInAnonymously()),
      phone: await refused(auth.signInWithOtp({ phone: "+491701234567" })),
      admin: await refused(auth.admin.listUsers()),
    };
  },

  async admin() {
    const { auth } = client(SUPABASE_SERVICE_ROLE_KEY, alone);
    const attributes = { email, password, email_confirm: true, app_metadata: { role: "admin" } };
    const { user } = await ok(auth.admin.createUser(attributes));
    for (const name of ["bob", "eve"]) await ok(auth.admin.createUser({ email: `${name}@b.de` }));
    const page = await ok(auth.admin.listUsers({ page: 1, perPage: 2 }));
    const link = await ok(auth.admin.generateLink({ type: "magiclink", email }));
    const { hashed_token: token_hash } = link.properties;
    const signed = await ok(client().auth.verifyOtp({ token_hash, type: "magiclink" }));
    await ok(auth.admin.updateUserById(user.id, { user_metadata: { name: "Ada" } }));
    const named = (await ok(auth.admin.getUserById(user.id))).user;
    const factors = await ok(auth.admin.mfa.listFactors({ userId: user.id }));
    await ok(auth.admin.signOut(signed.session.access_token));
    await ok(auth.admin.deleteUser(user.id));
    return {
      role: signed.user.app_metadata.role,
      page: [page.users.length, page.total, page.nextPage, page.lastPage],
      name: named.user_metadata.name,
      factors: factors.factors.length,
      gone: await refused(auth.admin.getUserById(user.id)),
      invited: (await ok(auth.admin.inviteUserByEmail("new@b.de"))).user.email,
    };
  },

  async claims() {
    const { auth } = client();
    await ok(auth.signUp({ email, password }));
    const { claims, header } = await ok(auth.getClaims());
    return { email: claims.email, role: claims.role, issuer: claims.iss, alg: header.alg };
  },

  async pkce() {
    const { auth } = client(SUPABASE_ANON_KEY, { flowType: "pkce" });
    await ok(auth.signUp({ email, password }));
    await ok(auth.signOut());
    const options = { redirectTo: "http://localhost:5173/reset" };
    await ok(auth.resetPasswordForEmail(email, options));
    // The mail is read by the test, which says where its link led.
    process.stderr.write("mailed\n");
    const led = new URL((await new Response(process.stdin).text()).trim());
    const { session } = await ok(auth.exchangeCodeForSession(led.searchParams.get("code")));
    return { to: led.origin + led.pathname, email: session.user.email };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
process.exit(0);
