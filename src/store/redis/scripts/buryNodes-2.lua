--[[
  Declares nodes dead that have been silent for too long. Their last heartbeat is kept until their connections are dropped.
  Keys: alive nodes, dead nodes
  Args: silence in ms
  Returns: { incarnation, last heartbeat, … } of all the dead
]]
--- @include facts
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(now() - tonumber(ARGV[1])), 'WITHSCORES')
for i = 1, #silent, 2 do
  redis.call('ZREM', KEYS[1], silent[i])
  redis.call('ZADD', KEYS[2], silent[i + 1], silent[i])
end
return redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
