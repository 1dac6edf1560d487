-- Starts the next round of an ended execution: resets steps so that they run again, or marks them.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] the round that the caller has seen   ARGV[5] nonce of this call
-- ARGV[6...] per step three: its index, ascending; how: reset, or reset_undone to keep successful items,
--   or for a mark the letter of success or skipped; the reason, '' for resets
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
local steps, letters, resets = {}, {}, {}
for letter in string.gmatch(x.v, '.') do letters[#letters + 1] = letter end
for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if letter_of(x, unit) == STATE.failure then x.bad = x.bad - 1 end
  x.open = x.open + 1
  letters[tonumber(unit) + 1] = STATE.pending
  steps[#steps + 1] = unit
  if how == 'reset' or how == 'reset_undone' then
    resets[#resets + 1] = unit .. (how == 'reset_undone' and '+' or '')
  end
end
x.v = table.concat(letters)

for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if how == STATE.success or how == STATE.skipped then
    reset_unit(x, unit)
    end_by_hand(x, unit, how, ARGV[i + 2])
  end
end
add_work(x, 'reset ' .. table.concat(resets, ','))
add_work(x, 'recount ' .. table.concat(steps, ','))
add_work(x, 'settle ' .. table.concat(steps, ','))
work_off(x, { reset = work_reset, recount = work_recount, settle = work_settle })

local first = string.find(x.v, STATE.failure, 1, true)  -- of a step that keeps its state
if first then redis.call('HSET', x.key, 'err', (first - 1) .. '#' .. state_of(x, tostring(first - 1)).attempt) end
end_execution_if_done(x)
save_execution(x)
return { 'resumed', pump_touched() }
