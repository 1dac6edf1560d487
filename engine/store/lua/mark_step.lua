-- Marks a step of an active execution, or one item: skipped, or a success without a result. After a cancellation only
-- one with the trigger always.
-- A running one can only be skipped: the caller stops it.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] the letter of success or skipped   ARGV[6] the reason
-- ARGV[7] nonce of this call   ARGV[8] ms until a running step that has not stopped is ended anyway
-- Returns {'marked' | 'stale', {"claim|worker" to stop}, orders}. 'stale': it has ended, or the execution is not
-- active. A repeated call (same nonce) returns 'marked' without orders.
local x, unit, mark = load_execution(ARGV[3]), ARGV[4], ARGV[5]
if not x then return { 'stale', {}, {} } end
if redis.call('HGET', x.key, 'call') == ARGV[7] then return { 'marked', {}, {} } end
local letter = letter_of(x, unit)
local index, item = parse_unit(unit)
local mapped = not item and items_of(x, index) ~= ''
local waits = letter == STATE.pending or letter == STATE.retrying or (letter == STATE.queued and not mapped)
local stops = letter == STATE.running and not mapped and mark == STATE.skipped
if cancelled_at(x, unit) or not (waits or stops) then return { 'stale', {}, {} } end

redis.call('HSET', x.key, 'call', ARGV[7])
local s = state_of(x, unit)
if stops then
  -- How it ends unless it succeeds first, see fail_step.
  redis.call('HSET', x.key, FIELD.skip .. unit, now .. ' ' .. ARGV[6])
  redis.call('ZADD', keys.due(), 'LT', now + tonumber(ARGV[8]), member_of(x, unit, s))
  return { 'marked', { stop_order(s) }, {} }
end
withdraw(x, unit, s)
end_by_hand(x, unit, mark, ARGV[6])
if item then settle_items(x, index) else release(x, unit, mark == STATE.success and 'ok' or 'skipped') end
end_execution_if_done(x)
save_execution(x)
return { 'marked', {}, pump_touched() }
