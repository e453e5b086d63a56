-- A device turned out to be an account (rule V2): what was the device's becomes the account's.
-- The first account a device signs in with stays; `grace` is in ms.
local function identify(room, device, account, grace, at)
  if redis.call('HEXISTS', room.aliases, device) == 1 then return end
  redis.call('HSET', room.aliases, device, account)
  local fact = { type = 'viewer.identified', device = device, account = account }
  appendFact(room.counters, room.facts, 'identified:' .. device, at, cjson.encode(fact))

  if redis.call('SREM', room.people, device) == 1 and redis.call('SADD', room.people, account) == 0 then
    redis.call('HINCRBY', room.counters, 'uniqueViewers', -1)
  end

  local mine = redis.call('HGET', room.opened, device)
  if mine then
    local all = redis.call('HGET', room.opened, account) or ''
    for position in string.gmatch(mine, '[^,]+') do
      if string.find(all, position, 1, true) then
        redis.call('HINCRBY', room.counters, 'positionViewers', -1)
      else
        all = all == '' and position or (all .. ',' .. position)
      end
    end
    redis.call('HSET', room.opened, account, all)
    redis.call('HDEL', room.opened, device)
  end

  local campus = redis.call('HGET', room.campuses, device)
  if campus then
    redis.call('HSETNX', room.campuses, account, campus)
    redis.call('HDEL', room.campuses, device)
  end

  local deviceVisit = redis.call('HGET', room.open, device)
  if not deviceVisit then return end
  local visit = readVisit(room, deviceVisit)
  if next(visit.connections) == nil and at - visit.lastSeenAt >= grace then
    visit.viewer = account
    redis.call('HDEL', room.open, device)
    return endVisit(room, deviceVisit, visit, visit.lastSeenAt, 'gone', at)
  end
  redis.call('HDEL', room.open, device)
  visit.viewer = account
  local accountVisit = redis.call('HGET', room.open, account)
  local other = accountVisit and readVisit(room, accountVisit)
  if other and next(other.connections) == nil and at - other.lastSeenAt >= grace then
    endVisit(room, accountVisit, other, other.lastSeenAt, 'gone', at)
    other = nil
  end
  if not other then
    redis.call('HSET', room.open, account, deviceVisit)
    return writeVisit(room, deviceVisit, visit)
  end

  -- Two open visits of one person are one: the earlier goes on with the connections of both.
  local keepId, keep, dropId, drop = deviceVisit, visit, accountVisit, other
  local earlier = other.startedAt < visit.startedAt or (other.startedAt == visit.startedAt and accountVisit < deviceVisit)
  if earlier then keepId, keep, dropId, drop = accountVisit, other, deviceVisit, visit end
  for connection in pairs(drop.connections) do
    keep.connections[connection] = true
    redis.call('HSET', room.connections, connection, keepId)
  end
  keep.lastSeenAt = math.max(keep.lastSeenAt, drop.lastSeenAt)
  redis.call('HSET', room.open, account, keepId)
  writeVisit(room, keepId, keep)
  if next(keep.connections) == nil then
    redis.call('ZADD', room.gone, whole(keep.lastSeenAt), keepId)
  else
    redis.call('ZREM', room.gone, keepId)
  end
  drop.connections = {}
  endVisit(room, dropId, drop, at, 'merged', at)
end
