--[[
  Starts a viewer's visit or continues it (rules V1 to V3). Repeating it changes nothing.
  Keys: counters, facts, minutes, people, aliases, open, visits, connections, gone, opened, campuses
  Args: connection, device key or '', account key or '', campus or '', id for a new visit, grace in ms, most connections of a visit
  Returns: { 0, visit } continued, { 1, visit } started, { -1 } the session is closed, { -2 } too many connections
]]
--- @include facts
--- @include visits
--- @include people
local room = {
  counters = KEYS[1], facts = KEYS[2], minutes = KEYS[3], people = KEYS[4], aliases = KEYS[5], open = KEYS[6],
  visits = KEYS[7], connections = KEYS[8], gone = KEYS[9], opened = KEYS[10], campuses = KEYS[11],
}
local connection, device, account, campus, newVisit = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local grace, most = tonumber(ARGV[6]), tonumber(ARGV[7])
if redis.call('HGET', room.counters, 'closed') == '1' then return { -1 } end
local at = now()

local person
if account ~= '' then
  if device ~= '' then identify(room, device, account, grace, at) end
  person = account
else
  person = redis.call('HGET', room.aliases, device) or device
end

-- The same connection may come back as somebody else: one account signed out, another in.
local current = redis.call('HGET', room.connections, connection)
if current then
  local visit = readVisit(room, current)
  if visit and visit.viewer == person then return { 0, current } end
  detach(room, connection, at)
end

local visitId = redis.call('HGET', room.open, person)
local visit = visitId and readVisit(room, visitId)
if visit and next(visit.connections) == nil and at - visit.lastSeenAt >= grace then
  endVisit(room, visitId, visit, visit.lastSeenAt, 'gone', at)
  visit = nil
end
if campus ~= '' then redis.call('HSET', room.campuses, person, campus) end
if visit then
  local count = 0
  for _ in pairs(visit.connections) do count = count + 1 end
  if count >= most then return { -2 } end
  visit.connections[connection] = true
  writeVisit(room, visitId, visit)
  redis.call('ZREM', room.gone, visitId)
  redis.call('HSET', room.connections, connection, visitId)
  return { 0, visitId }
end

writeVisit(room, newVisit, { viewer = person, startedAt = at, lastSeenAt = at, connections = { [connection] = true } })
redis.call('HSET', room.open, person, newVisit)
redis.call('HSET', room.connections, connection, newVisit)
redis.call('HINCRBY', room.counters, 'visits', 1)
redis.call('HINCRBY', room.minutes, minuteOf(at) .. ':visits', 1)
if redis.call('SADD', room.people, person) == 1 then redis.call('HINCRBY', room.counters, 'uniqueViewers', 1) end
local fact = { type = 'visit.started', visitId = newVisit, viewer = person, campus = campus ~= '' and campus or cjson.null }
appendFact(room.counters, room.facts, 'visit.started:' .. newVisit, at, cjson.encode(fact))
changePresent(room.counters, room.minutes, 1, at)
return { 1, newVisit }
