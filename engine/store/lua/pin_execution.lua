-- Pins an execution, which excludes it from clean-up and deletion, or unpins it.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] '1' to pin, '0' to unpin
-- Returns 'pinned', 'unpinned' or 'unknown'. Repeating it is harmless.
local x = load_execution(ARGV[3])
if not x then return 'unknown' end
local ended = redis.call('HGET', x.key, 'end')
if ARGV[4] == '1' then
  redis.call('HSET', x.key, 'pin', 1)
  redis.call('SADD', keys.pinned(), x.id)
  if ended then redis.call('ZREM', keys.ended(x.wf, x.st), x.id) end
else
  redis.call('HDEL', x.key, 'pin')
  redis.call('SREM', keys.pinned(), x.id)
  if ended then redis.call('ZADD', keys.ended(x.wf, x.st), ended, x.id) end
end
redis.call('PUBLISH', keys.summary(), x.id)
return x and (ARGV[4] == '1' and 'pinned' or 'unpinned')
