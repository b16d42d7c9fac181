-- wrk.lua: sends the requests of a file in turn and prints the figures as one line of JSON.
--
--   wrk ... -s wrk.lua URL -- FILE
--
-- FILE has a request a line, with tabs between method, path, authorization, the address for which a proxy would forward it, and
-- body; the last three may be empty.
-- A "#" in a body becomes a number that is never used twice.

local requests = {}
local turn = 0
local used = 0

function init(args)
	for line in io.lines(args[1]) do
		local method, path, authorization, address, body = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
		local headers = {}
		for name, value in pairs(wrk.headers) do
			headers[name] = value
		end
		if authorization ~= "" then
			headers["Authorization"] = authorization
		end
		if address ~= "" then
			headers["X-Forwarded-For"] = address
		end
		if body ~= "" then
			headers["Content-Type"] = "application/json"
		end
		if body:find("#", 1, true) then
			requests[#requests + 1] = function()
				used = used + 1
				return wrk.format(method, path, headers, (body:gsub("#", tostring(used))))
			end
		else
			local request = wrk.format(method, path, headers, body ~= "" and body or nil)
			requests[#requests + 1] = function() return request end
		end
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]()
end

function done(summary, latency)
	local errors = summary.errors
	print(string.format('{"seconds": %.6f, "requests": %d, "refused": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f}',
		summary.duration / 1e6, summary.requests, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
