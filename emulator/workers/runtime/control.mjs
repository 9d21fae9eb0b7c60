// Beside the script, in its process: cron handlers, and whether its thread is free.
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname !== "/scheduled") return new Response("free");
    const cron = url.searchParams.get("cron");
    const scheduledTime = new Date(Number(url.searchParams.get("time")));
    return Response.json(await env.MAIN.scheduled({ cron, scheduledTime }));
  },
};
