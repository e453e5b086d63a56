--[[
  Ends the visits whose grace is over, or all of them and the session's audience with them.
  Keys: counters, facts, minutes, open, visits, connections, gone
  Args: 'gone' or 'close', grace in ms, most visits in one call
  Returns: { ended, more } with more = 1 when it should be called again
]]
--- @include facts
--- @include visits
local room = {
  counters = KEYS[1], facts = KEYS[2], minutes = KEYS[3], open = KEYS[4], visits = KEYS[5], connections = KEYS[6], gone = KEYS[7],
}
local closing, grace, limit = ARGV[1] == 'close', tonumber(ARGV[2]), tonumber(ARGV[3])
local at, ended = now(), 0
local over = redis.call('ZRANGEBYSCORE', room.gone, '-inf', whole(at - grace), 'LIMIT', 0, limit)
for _, visitId in ipairs(over) do
  local visit = readVisit(room, visitId)
  endVisit(room, visitId, visit, visit.lastSeenAt, 'gone', at)
  ended = ended + 1
end
if not closing then return { ended, ended >= limit and 1 or 0 } end

redis.call('HSET', room.counters, 'closed', 1)
if ended >= limit then return { ended, 1 } end
for _, visitId in ipairs(redis.call('HKEYS', room.visits)) do
  if ended >= limit then return { ended, 1 } end
  local visit = readVisit(room, visitId)
  local untilAt = next(visit.connections) == nil and visit.lastSeenAt or at
  endVisit(room, visitId, visit, untilAt, 'sessionEnded', at)
  ended = ended + 1
end
return { ended, 0 }
