-- Changes the number of viewers present and keeps its true maximum (rule V3), also by minute.
local function changePresent(counters, minutes, delta, at)
  local before = tonumber(redis.call('HGET', counters, 'concurrentViewers') or '0')
  local after = redis.call('HINCRBY', counters, 'concurrentViewers', delta)
  if after > tonumber(redis.call('HGET', counters, 'peakViewers') or '0') then
    redis.call('HSET', counters, 'peakViewers', after)
  end
  local minute = minuteOf(at)
  local most = tonumber(redis.call('HGET', minutes, minute .. ':viewers') or before)
  redis.call('HSET', minutes, minute .. ':viewers', math.max(most, after), minute .. ':last', after)
end

-- Ends an open visit. `room` names the keys; `untilAt` is when the viewer was last present (rule V4).
-- A merged visit was one with another all along: it is no visit of its own any more and has no dwell.
local function endVisit(room, visitId, visit, untilAt, reason, at)
  local dwell = math.max(0, untilAt - visit.startedAt)
  redis.call('HDEL', room.visits, visitId)
  redis.call('ZREM', room.gone, visitId)
  if redis.call('HGET', room.open, visit.viewer) == visitId then redis.call('HDEL', room.open, visit.viewer) end
  for connection in pairs(visit.connections) do
    if redis.call('HGET', room.connections, connection) == visitId then redis.call('HDEL', room.connections, connection) end
  end
  if reason == 'merged' then
    dwell = 0
    redis.call('HINCRBY', room.counters, 'visits', -1)
    redis.call('HINCRBY', room.minutes, minuteOf(visit.startedAt) .. ':visits', -1)
  else
    redis.call('HINCRBY', room.counters, 'endedVisits', 1)
    redis.call('HINCRBY', room.counters, 'dwellMs', whole(dwell))
  end
  changePresent(room.counters, room.minutes, -1, at)
  local fact = { type = 'visit.ended', visitId = visitId, viewer = visit.viewer, dwellMs = dwell, reason = reason }
  appendFact(room.counters, room.facts, 'visit.ended:' .. visitId, at, cjson.encode(fact))
end

local function readVisit(room, visitId)
  local json = redis.call('HGET', room.visits, visitId)
  return json and cjson.decode(json) or nil
end

local function writeVisit(room, visitId, visit)
  redis.call('HSET', room.visits, visitId, cjson.encode(visit))
end

-- Takes a connection off its visit; the last one starts the grace (rule V1) at `at`.
local function detach(room, connection, at)
  local visitId = redis.call('HGET', room.connections, connection)
  if not visitId then return false end
  redis.call('HDEL', room.connections, connection)
  local visit = readVisit(room, visitId)
  if not visit or not visit.connections[connection] then return false end
  visit.connections[connection] = nil
  visit.lastSeenAt = math.max(visit.lastSeenAt, at)
  if next(visit.connections) == nil then redis.call('ZADD', room.gone, whole(visit.lastSeenAt), visitId) end
  writeVisit(room, visitId, visit)
  return true
end
