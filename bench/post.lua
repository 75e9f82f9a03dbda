-- Webhooks for wrk as an Alertmanager sends them: every request is a group that nobody has seen, with ALERTS
-- alerts of ten labels (1.5 kB each).
--   AUTH    the Authorization header
--   ALERTS  alerts in a body
--   BEATS   so many heartbeats beat by their addresses, in turn, instead: /api/heartbeats/job-1 and so on
--   SENDER  `grafana` for bodies as Grafana's unified alerting sends them, with values and links (2.4 kB each)
--   RUN     a word that is unique to this run
--   OUT     the file that gets the result, as one JSON line
--   DUMP    print one body and send nothing

local alerts = tonumber(os.getenv("ALERTS") or "1")
local run = os.getenv("RUN") or tostring(os.time())
local headers = {
  ["Content-Type"] = "application/json",
  ["User-Agent"] = "Alertmanager/0.25.0",
  ["Authorization"] = os.getenv("AUTH"),
}

local labels = '"alertname":"HostHighCpuLoad","cluster":"prod-eu-1","environment":"production",'
  .. '"job":"node-exporter","namespace":"payments","service":"checkout","severity":"critical",'
  .. '"team":"sre-payments"'
local annotations = '"summary":"CPU load above 90% on checkout","runbook_url":'
  .. '"https://runbooks.example.org/host-high-cpu-load"'
local description = "CPU load has been above 90% for more than 5 minutes on a node of cluster prod-eu-1 "
  .. "(namespace payments). Current value is 97.3%."
local generator = "http://prometheus.example.org:9090/graph?g0.expr=100+-+%28avg+by+%28instance%29+%28rate"
  .. "%28node_cpu_seconds_total%7Bmode%3D%22idle%22%7D%5B5m%5D%29%29+%2A+100%29+%3E+90&g0.tab=1"
local started = os.date("!%Y-%m-%dT%H:%M:%S.123Z")

local before_instance = '{"status":"firing","labels":{' .. labels .. ',"instance":"'
local before_pod = '","pod":"checkout-6f7d9c8b5d-'
local before_fingerprint = '"},"annotations":{' .. annotations .. ',"description":"' .. description
  .. '"},"startsAt":"' .. started .. '","endsAt":"0001-01-01T00:00:00Z","generatorURL":"' .. generator
  .. '","fingerprint":"'
local head = '{"receiver":"pingparrot","status":"firing","alerts":['
local before_group = '],"groupLabels":{"alertname":"HostHighCpuLoad","group":"'
local before_key = '"},"commonLabels":{' .. labels .. '},"commonAnnotations":{' .. annotations
  .. '},"externalURL":"http://alertmanager.example.org:9093","version":"4","groupKey":"{}/{team=\\"sre-payments\\"}'
  .. ':{alertname=\\"HostHighCpuLoad\\", group=\\"'
local tail = '\\"}","truncatedAlerts":0}'

local after_fingerprint = '"}'
if os.getenv("SENDER") == "grafana" then
  headers["User-Agent"] = "Grafana"
  local grafana = "https://grafana.example.org"
  local matchers = "&matcher=cluster%3Dprod-eu-1&matcher=service%3Dcheckout&matcher=severity%3Dcritical"
  after_fingerprint = '","silenceURL":"' .. grafana .. "/alerting/silence/new?alertmanager=grafana"
    .. "&matcher=__alert_rule_uid__%3Dadx1k2m3n4" .. matchers .. '&orgId=1","dashboardURL":"' .. grafana
    .. '/d/checkout?orgId=1","panelURL":"' .. grafana .. '/d/checkout?orgId=1&viewPanel=2",'
    .. '"ruleUID":"adx1k2m3n4","values":{"A":97.25,"B":97.25,"C":1},"valueString":"[ var=\'A\' '
    .. 'labels={service=checkout} value=97.25 ], [ var=\'C\' labels={service=checkout} value=1 ]","orgId":1}'
  local title = "[FIRING:1] HostHighCpuLoad Payments (critical sre-payments)"
  tail = '\\"}","truncatedAlerts":0,"orgId":1,"title":"' .. title .. '","state":"alerting","appVersion":"13.0.1",'
    .. '"message":"**Firing**\\n\\nValue: A=97.25, B=97.25, C=1\\nSource: ' .. grafana .. '/alerting/list\\n"}'
  before_key = before_key:gsub('"version":"4"', '"version":"1"')
end

local count = 0
local parts = {}

local function body()
  count = count + 1
  local group = run .. "-" .. count
  local n = 1
  parts[n] = head
  for i = 1, alerts do
    local instance = group .. "-" .. i
    parts[n + 1] = i > 1 and "," or ""
    parts[n + 2] = before_instance
    parts[n + 3] = instance
    parts[n + 4] = before_pod
    parts[n + 5] = instance
    parts[n + 6] = before_fingerprint
    parts[n + 7] = string.format("%08x%08x", count, i)
    parts[n + 8] = after_fingerprint
    n = n + 8
  end
  parts[n + 1] = before_group
  parts[n + 2] = group
  parts[n + 3] = before_key
  parts[n + 4] = group
  parts[n + 5] = tail
  return table.concat(parts, "", 1, n + 5)
end

local beats = tonumber(os.getenv("BEATS") or "")

function request()
  if beats then
    count = count + 1
    return wrk.format("GET", "/api/heartbeats/job-" .. (count % beats + 1), headers)
  end
  return wrk.format("POST", nil, headers, body())
end

function done(summary, latency, _)
  local errors = summary.errors
  local line = string.format(
    '{"requests":%d,"seconds":%.4f,"p50_ms":%.3f,"p99_ms":%.3f,"refused":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout)
  local out = io.open(os.getenv("OUT"), "w")
  out:write(line)
  out:close()
end

if os.getenv("DUMP") then io.write(body(), "\n") end
