--[[
  A viewer opened the card of a position (rule P1). A retry with the same id counts once.
  Keys: counters, facts, minutes, fact-ids, aliases, opened
  Args: viewer key, what the retry is bound to (the device, which stays through a sign-in), id of the intent, position
  Returns: 1 counted, 0 counted before, -1 the session is closed
]]
--- @include facts
local counters, facts, minutes, factIds, aliases, opened = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local position = ARGV[4]
if redis.call('HGET', counters, 'closed') == '1' then return -1 end
local id = 'viewed:' .. redis.sha1hex(ARGV[2] .. '|' .. ARGV[3])
if redis.call('SADD', factIds, id) == 0 then return 0 end
local person = redis.call('HGET', aliases, ARGV[1]) or ARGV[1]
local at = now()
redis.call('HINCRBY', counters, 'positionViews', 1)
redis.call('HINCRBY', minutes, minuteOf(at) .. ':positionViews', 1)
local before = redis.call('HGET', opened, person)
if not before then
  redis.call('HSET', opened, person, position)
  redis.call('HINCRBY', counters, 'positionViewers', 1)
elseif not string.find(before, position, 1, true) then
  redis.call('HSET', opened, person, before .. ',' .. position)
  redis.call('HINCRBY', counters, 'positionViewers', 1)
end
appendFact(counters, facts, id, at, cjson.encode({ type = 'position.viewed', viewer = person, positionId = position }))
return 1
