--[[
  A connection is gone: the last one of a visit starts its grace (rule V1).
  Keys: visits, connections, gone
  Args: connection
  Returns: 1 taken off its visit, 0 it was on none
]]
--- @include facts
--- @include visits
local room = { visits = KEYS[1], connections = KEYS[2], gone = KEYS[3] }
return detach(room, ARGV[1], now()) and 1 or 0
