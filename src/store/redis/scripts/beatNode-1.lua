--[[
  A node's heartbeat.
  Keys: alive nodes
  Args: incarnation of the node
  Returns: 1 it was not known: new, or declared dead meanwhile; 0 known
]]
--- @include facts
return redis.call('ZADD', KEYS[1], whole(now()), ARGV[1])
