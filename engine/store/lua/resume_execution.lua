-- Starts the next round of an ended execution: resets steps so that they run again, or marks them.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] the round that the caller has seen   ARGV[5] nonce of this call
-- ARGV[6] steps to be reset, ascending, comma-separated; `+` after one that keeps its successful items
-- ARGV[7] a step to be marked instead, or ''   ARGV[8] the letter of success or skipped   ARGV[9] the reason
-- Returns {'resumed' | 'stale' | 'unknown' | 'archived', orders}. 'stale': it is active, or another call came first.
-- 'archived': nothing is changed; its dense form follows instead of orders, for `unarchive_execution`.
-- A repeated call (same nonce) returns 'resumed' without orders.
local x = load_execution(ARGV[3])
if not x then return { 'unknown', {} } end
if x.round == tonumber(ARGV[4]) + 1 and redis.call('HGET', x.key, 'call') == ARGV[5] then return { 'resumed', {} } end
if x.round ~= tonumber(ARGV[4]) or is_active(x) then return { 'stale', {} } end
local dense = redis.call('GET', keys.archive(x.id))
if dense then return { 'archived', { dense } } end

x.round = x.round + 1
redis.call('HSET', x.key, 'rnd', x.round, 'call', ARGV[5])
redis.call('ZREM', keys.ended(x.wf, x.st), x.id)
redis.call('HDEL', x.key, 'end', 'cancel', 'stop', 'err')
x.cancel, x.stop = nil, false
set_status(x, 'running')
emit(x, EVENT.execution_retried, nil, nil, tostring(x.round))

-- Every step of the list is pending before the first one starts.
local resets, marked, letters = ARGV[6], ARGV[7], {}
for letter in string.gmatch(x.v, '.') do letters[#letters + 1] = letter end
for unit in string.gmatch(resets .. ',' .. marked, '%d+') do
  local i = tonumber(unit) + 1
  if letters[i] == STATE.failure then x.bad = x.bad - 1 end
  x.open = x.open + 1
  letters[i] = STATE.pending
end
x.v = table.concat(letters)

if marked ~= '' then
  reset_unit(x, marked)
  end_by_hand(x, marked, ARGV[8], ARGV[9])
end
for _, kind in ipairs({ 'reset ', 'recount ', 'settle ' }) do add_work(x, kind .. resets) end
work_off(x, { reset = work_reset, recount = work_recount, settle = work_settle })

local first = string.find(x.v, STATE.failure, 1, true)  -- of a step that keeps its state
if first then redis.call('HSET', x.key, 'err', (first - 1) .. '#' .. state_of(x, tostring(first - 1)).attempt) end
end_execution_if_done(x)
save_execution(x)
return { 'resumed', pump_touched() }
