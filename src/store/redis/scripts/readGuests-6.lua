--[[
  What coming on stage is decided on: the guests' book, and whether those in it, and others asked for, are in the room.
  Keys: guests, speakers, open, aliases, visits, feed-state
  Args: speaker keys that are asked for besides those in the book
  Returns: { now, JSON of the book or '', status of the session or '', then for each key known: key, JSON of the speaker,
           JSON of the open visit or '' }
]]
--- @include facts
local guests, speakers, open, aliases, visits, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local raw = redis.call('GET', guests) or ''
local wanted = {}
for _, key in ipairs(ARGV) do wanted[key] = true end
if raw ~= '' then
  local book = cjson.decode(raw)
  for _, seat in ipairs(book.seats) do wanted[seat.key] = true end
  for _, invitation in ipairs(book.invitations) do wanted[invitation.key] = true end
end
local answer = { now(), raw, redis.call('HGET', state, 'session') or '' }
for key in pairs(wanted) do
  local speaker = redis.call('HGET', speakers, key)
  if speaker then
    local viewer = cjson.decode(speaker).viewer
    local visit = redis.call('HGET', open, redis.call('HGET', aliases, viewer) or viewer)
    answer[#answer + 1] = key
    answer[#answer + 1] = speaker
    answer[#answer + 1] = visit and redis.call('HGET', visits, visit) or ''
  end
end
return answer
