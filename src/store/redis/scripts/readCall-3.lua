--[[
  A one-to-one call, found by its id, or as the open one of a consultation or of a person.
  Keys: calls, people, consultations
  Args: call id or '', consultation id or '', account id or ''
  Returns: { now, JSON of the call or '' }
]]
--- @include facts
local calls, people, consultations = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]
if id == '' and ARGV[2] ~= '' then id = redis.call('HGET', consultations, ARGV[2]) or '' end
if id == '' and ARGV[3] ~= '' then id = redis.call('HGET', people, ARGV[3]) or '' end
return { now(), id ~= '' and redis.call('HGET', calls, id) or '' }
