--[[
  Counts a recorded fact and appends it, once per id (rule R4: the outbox may relay it twice).
  Keys: counters, facts, minutes, fact-ids
  Args: id, time in ms, JSON of the fact, counter or '', name in the minutes or ''
  Returns: 1 counted, 0 counted before
]]
--- @include facts
local counters, facts, minutes, factIds = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, at, counter, minute = ARGV[1], tonumber(ARGV[2]), ARGV[4], ARGV[5]
if redis.call('SADD', factIds, id) == 0 then return 0 end
if counter ~= '' then redis.call('HINCRBY', counters, counter, 1) end
if minute ~= '' then redis.call('HINCRBY', minutes, minuteOf(at) .. ':' .. minute, 1) end
appendFact(counters, facts, id, at, ARGV[3])
return 1
