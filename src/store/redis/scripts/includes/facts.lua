-- Milliseconds since the epoch by the clock of Redis, the only clock of presence.
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function whole(number)
  return string.format('%d', number)
end

local function minuteOf(at)
  return whole(math.floor(at / 60000))
end

-- Appends a fact; `fact` is JSON. Whoever calls this changes the counters in the same script.
local function appendFact(counters, facts, id, at, fact)
  redis.call('XADD', facts, '*', 'id', id, 'at', whole(at), 'fact', fact)
  redis.call('HINCRBY', counters, 'facts', 1)
end
