--[[
  Claims a stage for a host, lengthens its claim, or takes the stage over from a host that is gone.
  Keys: the stage's claim
  Args: host, life of the claim in ms, a host that is gone or ''
  Returns: the host that holds the claim now
]]
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[3] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
