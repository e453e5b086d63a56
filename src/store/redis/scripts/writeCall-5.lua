--[[
  Keeps a decision about a one-to-one call, if what it was decided on is still so and nobody new in it is in another call.
  Keys: calls, people, consultations, due, leases
  Args: call id, JSON of the call decided on or '', JSON of the new call or '' to forget it, consultation id, 1 while it is open,
        when something is due next, JSON of { people: all who are in it, left: people who are not any more,
        joined and gone: connections }
  Returns: 1 kept, 0 it was changed meanwhile, -3 somebody is in another call
]]
--- @include facts
local calls, people, consultations, due, leases = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, before, after, consultation, open = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local moved = cjson.decode(ARGV[7])
if (redis.call('HGET', calls, id) or '') ~= before then return 0 end
local other = redis.call('HGET', consultations, consultation)
if open and other and other ~= id then return 0 end
for _, person in ipairs(moved.people) do
  local busy = redis.call('HGET', people, person)
  if busy and busy ~= id then return -3 end
end

for _, person in ipairs(moved.people) do redis.call('HSET', people, person, id) end
for _, person in ipairs(moved.left) do
  if redis.call('HGET', people, person) == id then redis.call('HDEL', people, person) end
end
if open then
  redis.call('HSET', consultations, consultation, id)
elseif other == id then
  redis.call('HDEL', consultations, consultation)
end
local at = whole(now())
for _, connection in ipairs(moved.joined) do redis.call('ZADD', leases, at, id .. '/' .. connection) end
for _, connection in ipairs(moved.gone) do redis.call('ZREM', leases, id .. '/' .. connection) end
if after == '' then
  redis.call('HDEL', calls, id)
  redis.call('ZREM', due, id)
else
  redis.call('HSET', calls, id, after)
  redis.call('ZADD', due, ARGV[6], id)
end
return 1
