--[[
  A node says that connections are still in their calls.
  Keys: leases
  Args: `<call>/<connection>` …
  Returns: those that are not known (any more)
]]
--- @include facts
local at, unknown = whole(now()), {}
for _, lease in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[1], lease) then
    redis.call('ZADD', KEYS[1], at, lease)
  else
    unknown[#unknown + 1] = lease
  end
end
return unknown
