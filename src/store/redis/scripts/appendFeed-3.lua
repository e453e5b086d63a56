--[[
  Appends an entry to a session's feed under the next sequence.
  Keys: feed, feed-state, said
  Args: JSON of the body, key that makes a repetition the same entry or '', state it sets or '', value of that state,
        1 when an ended session refuses it, entries to keep, messages to remember
  Returns: { 1, seq, at } appended, { 0, seq, at } said before or the state was that already, { -1 } the session has ended
]]
--- @include facts
--- @include feed
local feed, state, said = KEYS[1], KEYS[2], KEYS[3]
local body, once, field, value, open = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local at = now()
if once ~= '' then
  local before = redis.call('ZSCORE', said, once)
  if before then return { 0, tonumber(before), at } end
end
if open then
  local session = redis.call('HGET', state, 'session')
  if session == 'ended' or session == 'sealed' then return { -1 } end
end
if field ~= '' then
  if (redis.call('HGET', state, field) or '') == value then
    return { 0, tonumber(redis.call('HGET', state, 'seq') or '0'), at }
  end
  redis.call('HSET', state, field, value)
end
local seq = appendEntry(feed, state, at, body, ARGV[6])
if once ~= '' then
  redis.call('ZADD', said, seq, once)
  redis.call('ZREMRANGEBYRANK', said, 0, -1 - tonumber(ARGV[7]))
end
return { 1, seq, at }
