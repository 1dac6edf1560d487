-- Removes a workflow of the API from the workflows that can be launched. Its versions stay for their executions.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] workflow id
-- Returns 'withdrawn', 'taken' (it belongs to code) or 'unknown'.
local entry = redis.call('HGET', keys.workflows(), ARGV[3])
local owner, rest = string.match(entry or 'deleted -', '^(%S+) (.*)$')
if owner == 'deleted' then return 'unknown' end
if owner ~= 'api' then return 'taken' end
redis.call('HSET', keys.workflows(), ARGV[3], 'deleted ' .. rest)
redis.call('HDEL', keys.summaries(), ARGV[3])
return 'withdrawn'
