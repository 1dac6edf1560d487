-- The message of an attempt was lost before its claim: the next tick publishes it again.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt
-- Returns 1, or 0 if it no longer waits for a claim.
local x = load_execution(ARGV[3])
if not x then return 0 end
local member = ARGV[3] .. '|' .. ARGV[4] .. '|' .. ARGV[5]
local queue = plan_of(x, ARGV[4]).queue
if not redis.call('ZSCORE', keys.published(queue), member) then return 0 end
redis.call('ZADD', keys.due(), 'XX', 'LT', now, member)
return 1
