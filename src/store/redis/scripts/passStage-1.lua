--[[
  Gives a stage up, to nobody or to another host.
  Keys: the stage's claim
  Args: the host that gives it up, life of the claim in ms, the next host or ''
  Returns: 1 done; 0 the host does not hold it
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) end
return 1
