-- For wrk: sends the lines of a file in turn, as the path of a GET or the JSON of a POST to the address given.
--   wrk -s send.lua URL -- GET|POST FILE [API_KEY]
-- Ends with one line: requests per second, p50 and p99 in milliseconds, failures, requests.

local requests, turn = {}, 0

function init(arguments)
  local method, file = arguments[1], arguments[2]
  local headers = {
    ["Content-Type"] = "application/json",
    ["Accept"] = "application/graphql-response+json",
  }
  if arguments[3] then
    headers["Authorization"] = "Bearer " .. arguments[3]
  end
  for line in io.lines(file) do
    if method == "GET" then
      table.insert(requests, wrk.format("GET", line))
    else
      table.insert(requests, wrk.format("POST", nil, headers, line))
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    "%.1f %.2f %.2f %d %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    failures,
    summary.requests
  ))
end
