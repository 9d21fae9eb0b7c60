-- wrk -s requests.lua URL -- METHOD PATH BODY BODY_BYTES ROWS RUN [TERM]...
-- In PATH, BODY and headers, <id> is a random row of ROWS, <n> a number never used before in any
-- RUN, <byte> any byte, <term> any of the TERMs, <next> each in turn. With BODY_BYTES the body is
-- that many bytes instead.
local method, path, body, payload, rows, run, terms
local used, turn = 0, 0
local templates = {}

local function value(name)
  if name == "id" then return tostring(math.random(rows)) end
  if name == "byte" then return tostring(math.random(254)) end
  if name == "term" then return terms[math.random(#terms)] end
  if name == "next" then
    turn = turn % #terms + 1
    return terms[turn]
  end
  used = used + 1
  return run .. "x" .. used
end

local function filled(template)
  return (template:gsub("<(%l+)>", value))
end

function init(args)
  method, path, body = args[1], args[2], args[3]
  if args[4] ~= "0" then payload = string.rep("x", tonumber(args[4])) end
  rows, run = tonumber(args[5]), args[6]
  terms = { unpack(args, 7) }
  math.randomseed(tonumber(run))
  for name, text in pairs(wrk.headers) do
    if text:find("<%l+>") then templates[name] = text end
  end
end

function request()
  local sent = payload or (body ~= "" and filled(body)) or nil
  for name, text in pairs(templates) do wrk.headers[name] = filled(text) end
  return wrk.format(method, filled(path), nil, sent)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'SUMMARY {"requests": %d, "microseconds": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
