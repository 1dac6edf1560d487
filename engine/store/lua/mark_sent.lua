-- Confirms that messages have reached the broker: their timer now waits for a claim instead of a publish.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] ms until an unclaimed message is published again, doubled with each repetition
-- ARGV[4...] messages as in the orders, "execution|unit|attempt|queue|limits|task"
-- Returns how many still wait for a claim.
local waiting = 0
for i = 4, #ARGV do
  local id, unit, attempt, queue = string.match(ARGV[i], '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|')
  local member = id .. '|' .. unit .. '|' .. attempt
  -- Not among the published: claimed or withdrawn in the meantime; its timer is no longer ours.
  if redis.call('ZSCORE', keys.published(queue), member) then
    local repeats = parse_state(redis.call('HGET', keys.states(id), unit)).dispatches
    redis.call('ZADD', keys.due(), 'XX', now + tonumber(ARGV[3]) * 2 ^ math.min(repeats, 4), member)
    waiting = waiting + 1
  end
end
return waiting
