-- Gives an attempt back whose message reached a worker without its task: it stays queued and is published again, at
-- once the first times, then after pauses that grow.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt   ARGV[6] worker
-- ARGV[7] 1 if a live worker has announced the task   ARGV[8] ms for which it may be missing everywhere
-- Returns {'returned' | 'missing' | 'stale', orders}. 'missing': no worker has had it for so long; nothing is changed.
local AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE = 3, 100, 5000
local id, unit, worker = ARGV[3], ARGV[4], ARGV[6]

local x = load_execution(id)
if not x or letter_of(x, unit) ~= STATE.queued then return { 'stale', {} } end
local s = state_of(x, unit)
local member = member_of(x, unit, s)
local queue = plan_of(x, unit).queue
redis.call('ZREM', keys.messages(queue), member)
if s.attempt ~= tonumber(ARGV[5]) or not redis.call('ZSCORE', keys.published(queue), member) then
  return { 'stale', {} }
end

local returns, since = string.match(s.why, '^' .. REASON.task_missing .. '(%d+),(%d*)')
returns, since = tonumber(returns or 0) + 1, tonumber(since or '')
if ARGV[7] == '1' then
  since = nil
else
  since = since or now
  if now - since >= tonumber(ARGV[8]) then return { 'missing', {} } end
end
s.why = REASON.task_missing .. returns .. ',' .. (since and string.format('%.0f', since) or '') .. ' ' .. worker
save_state(x, unit, s)
save_states(x)
if since or returns > AT_ONCE then
  redis.call('ZADD', keys.due(), now + math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ^ math.min(returns - 1, 6)), member)
else
  publish(member, queue)
end
redis.call('PUBLISH', keys.summary(), x.id)
return { 'returned', orders }
