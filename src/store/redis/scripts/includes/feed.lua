-- Appends an entry to a feed under the next sequence; about `kept` entries stay.
local function appendEntry(feed, state, at, body, kept)
  local seq = redis.call('HINCRBY', state, 'seq', 1)
  redis.call('XADD', feed, 'MAXLEN', '~', kept, whole(seq) .. '-0', 'at', whole(at), 'body', body)
  return seq
end
