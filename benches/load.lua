-- What wrk sends: the kind of request is the first argument, a file of bearer tokens (a line each) the second.
local all = {}

function setup(thread)
    thread:set("number", #all)
    all[#all + 1] = thread
end

local tokens, kind, turn = {}, "", 0

local function hex(digits)
    local text = ""
    for _ = 1, digits do text = text .. string.format("%x", math.random(0, 15)) end
    return text
end

-- In order of time (version 7), as the program's own pages make them.
local function uuid()
    local ms = string.format("%012x", os.time() * 1000 + turn % 1000)
    return ms:sub(1, 8) .. "-" .. ms:sub(9) .. "-7" .. hex(3) .. "-a" .. hex(3) .. "-" .. hex(12)
end

function init(args)
    kind = args[1]
    for line in io.lines(args[2]) do tokens[#tokens + 1] = line end
    math.randomseed(os.time() * 1000 + number * 7919)
    turn = number * 31
end

local function now()
    return os.date("!%Y-%m-%dT%H:%M:%SZ")
end

function request()
    turn = turn + 1
    local token = tokens[turn % #tokens + 1]
    if kind == "checkin" then
        local body = string.format('{"id":"%s","kind":"%s","at":"%s","lat":%.6f,"lon":%.6f,"accuracy_m":%d}', uuid(),
            turn % 2 == 0 and "in" or "out", now(), 39.9 + math.random() / 10, 116.4 + math.random() / 10, math.random(5, 60))
        return wrk.format("POST", "/api/v1/checkins", { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
    elseif kind == "prospect" then
        local at = now()
        local body = string.format('{"id":"%s","name":"张%s","met_at":"%s","source":"on_site","preferred_channel":"sms","mobile":"1%d%09d",'
            .. '"consent":{"given_at":"%s","purpose":"开户咨询"}}', uuid(), hex(3), at, math.random(3, 9), math.random(0, 999999999), at)
        return wrk.format("POST", "/api/v1/prospects", { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
    elseif kind == "today" then
        return wrk.format("GET", "/", { ["Cookie"] = "bankside=" .. token })
    elseif kind == "insert" or kind == "its rows" then
        local body = string.format('{"id":"%s","kind":"in","at":"%s","lat":39.9,"lon":116.4,"accuracy_m":20}', uuid(), now())
        return wrk.format("POST", kind == "insert" and "/insert" or "/checkin", { ["Content-Type"] = "application/json" }, body)
    end
    return wrk.format("GET", "/rows")
end

local server_errors, others = 0, 0

function response(status)
    if status >= 500 then server_errors = server_errors + 1 elseif status >= 300 then others = others + 1 end
    failures = server_errors
    refused = others
end

function done(summary, latency)
    local failed, turned_away = 0, 0
    for _, thread in ipairs(all) do
        failed = failed + (thread:get("failures") or 0)
        turned_away = turned_away + (thread:get("refused") or 0)
    end
    local socket = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    io.write(string.format('\nRESULT {"requests":%d,"seconds":%.3f,"p50_ms":%.3f,"p99_ms":%.3f,"server_errors":%d,"refused":%d,"socket_errors":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed, turned_away, socket))
end
