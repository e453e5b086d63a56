--[[
  Keeps a decision about the guests of a stage and tells the room of it, if what it was decided on is still so.
  Keys: guests, feed, feed-state
  Args: JSON of the book decided on or '', status of the session decided on or '', JSON of the new book or '' for an empty one,
        entries of the feed to keep, then JSON of each entry's body
  Returns: 1 kept, 0 it was changed meanwhile
]]
--- @include facts
--- @include feed
local guests, feed, state = KEYS[1], KEYS[2], KEYS[3]
if (redis.call('GET', guests) or '') ~= ARGV[1] then return 0 end
if (redis.call('HGET', state, 'session') or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('DEL', guests)
else
  redis.call('SET', guests, ARGV[3])
end
local at = now()
for i = 5, #ARGV do appendEntry(feed, state, at, ARGV[i], ARGV[4]) end
return 1
