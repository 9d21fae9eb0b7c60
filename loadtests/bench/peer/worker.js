// The Worker through which a peer is asked when not through its own REST API: the same
// bodies and the same paths' ends, so that one request suits both doors.
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/static")) return new Response("hello");
    if (pathname.includes("/objects/")) return object(request, pathname.split("/objects/")[1], env.R2);
    if (pathname.endsWith("/raw")) return query(await request.json(), env.DB);
    const key = pathname.split("/values/")[1];
    if (request.method === "PUT") {
      await env.KV.put(key, await request.text());
      return Response.json({ success: true });
    }
    const value = await env.KV.get(key);
    return value === null ? new Response(null, { status: 404 }) : new Response(value);
  },
};

async function object(request, key, bucket) {
  if (request.method === "PUT") return Response.json(await bucket.put(key, request.body));
  const found = await bucket.get(key);
  return found === null ? new Response(null, { status: 404 }) : new Response(found.body);
}

async function query(body, database) {
  const statement = ({ sql, params }) => database.prepare(sql).bind(...params);
  const result = body.batch
    ? await database.batch(body.batch.map(statement))
    : [await statement(body).all()];
  return Response.json({ success: true, result });
}
