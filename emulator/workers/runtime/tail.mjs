// Told what the script beside it has done, it tells the twin: one trace event a line.
const spelled = (_, value) => (typeof value === "bigint" ? `${value}n` : value);

// The twin takes no JSON that is much deeper.
const MAX_DEPTH = 64;

function shallow(value, depth = 0) {
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "[too deep]";
  if (Array.isArray(value)) return value.map((one) => shallow(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shallow(one, depth + 1)]));
}

function told(item) {
  return {
    wallTime: item.wallTime ?? 0,
    cpuTime: item.cpuTime ?? 0,
    truncated: item.truncated ?? false,
    executionModel: item.executionModel ?? "stateless",
    outcome: item.outcome,
    entrypoint: item.entrypoint ?? null,
    scriptTags: [],
    diagnosticsChannelEvents: item.diagnosticsChannelEvents ?? [],
    exceptions: item.exceptions.map(({ name, message, stack, timestamp }) => ({ name, message, stack, timestamp })),
    logs: item.logs.map(({ message, level, timestamp }) => ({ message: shallow(message), level, timestamp })),
    eventTimestamp: item.eventTimestamp,
    event: item.event ? described(item.event) : null,
  };
}

function described(event) {
  if (event.request) {
    const { url, method, headers, cf } = event.request;
    const response = event.response ? { status: event.response.status } : undefined;
    return { request: { url, method, headers, cf }, response };
  }
  if (event.cron !== undefined) return { cron: event.cron, scheduledTime: Number(event.scheduledTime) };
  return event;
}

export default {
  async tail(items, env) {
    const body = items.map((item) => JSON.stringify(told(item), spelled)).join("\n");
    await env.LISTENER.fetch("http://tail/events", { method: "POST", body });
  },
};
