-- wrk -s requests.lua URL -- METHOD PATH BODY ROWS RUN [TERM]...
-- In PATH and BODY, <id> is a random row of ROWS, <n> a number never used before in any
-- RUN, <term> one of the TERMs.
local method, path, body, rows, run, terms
local used = 0

local function value(name)
  if name == "id" then return tostring(math.random(rows)) end
  if name == "term" then return terms[math.random(#terms)] end
  used = used + 1
  return run .. "x" .. used
end

local function filled(template)
  return (template:gsub("<(%l+)>", value))
end

function init(args)
  method, path, body, rows, run = args[1], args[2], args[3], tonumber(args[4]), args[5]
  terms = { unpack(args, 6) }
  math.randomseed(tonumber(run))
end

function request()
  return wrk.format(method, filled(path), nil, body ~= "" and filled(body) or nil)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'SUMMARY {"requests": %d, "microseconds": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
