-- A person ends a step of an active execution, or one item of it: skipped, or a success without a result. What runs can only be skipped: it is told to stop.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] s success or k skipped   ARGV[6] the reason   ARGV[7] nonce of this call   ARGV[8] ms until a running step that has not stopped is ended all the same
-- Returns {'marked' | 'stale', {"task id|worker" to stop}, orders}. 'stale': it has ended, or the execution is not active. A repeated call (same nonce) answers 'marked' without orders.
local x, unit = load_execution(ARGV[3]), ARGV[4]
if not x then return { 'stale', {}, {} } end
if redis.call('HGET', x.key, 'call') == ARGV[7] then return { 'marked', {}, {} } end
local letter = letter_of(x, unit)
local index, item = place_of(unit)
local mapped = not item and items_of(x, index) ~= ''
local waits = letter == 'p' or letter == 't' or (letter == 'q' and not mapped)
local stops = letter == 'r' and not mapped and ARGV[5] == 'k'
if x.cancel or not (waits or stops) then return { 'stale', {}, {} } end

redis.call('HSET', x.key, 'call', ARGV[7])
local s = state_of(x, unit)
if stops then
  redis.call('HSET', x.key, 'skip:' .. unit, now .. ' ' .. ARGV[6])  -- how it ends when it does not succeed after all, see fail_step
  redis.call('ZADD', NS .. ':due', 'LT', now + tonumber(ARGV[8]), member_of(x, unit, s))
  return { 'marked', { string.match(s.claim, '^[^.]*') .. '|' .. s.worker }, {} }
end
withdraw(x, unit, s)
end_by_hand(x, unit, ARGV[5], ARGV[6])
if item then settle_items(x, index) else release(x, unit, ARGV[5] == 's' and 'ok' or 'skipped') end
end_execution_if_done(x)
save_execution(x)
return { 'marked', {}, pump_touched() }
