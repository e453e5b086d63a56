--[[
  A node died: its connections are gone since its last heartbeat.
  Keys: visits, connections, gone
  Args: prefix of the node's connections, last heartbeat in ms
  Returns: how many connections were dropped
]]
--- @include facts
--- @include visits
local room = { visits = KEYS[1], connections = KEYS[2], gone = KEYS[3] }
local prefix, at, dropped = ARGV[1], tonumber(ARGV[2]), 0
for _, connection in ipairs(redis.call('HKEYS', room.connections)) do
  if string.sub(connection, 1, #prefix) == prefix and detach(room, connection, at) then dropped = dropped + 1 end
end
return dropped
