-- Starts the next round of an ended execution: resets steps so that they run again, or marks them.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] the round that the caller has seen   ARGV[5] nonce of this call
-- ARGV[6...] per step three: its index, ascending; how: reset, or reset_undone to keep successful items,
--   or for a mark the letter of success or skipped; the reason, '' for resets
-- Returns {'resumed' | 'stale' | 'unknown', orders}. 'stale': it is active, or another call came first.
-- A repeated call (same nonce) returns 'resumed' without orders.
local x = load_execution(ARGV[3])
if not x then return { 'unknown', {} } end
if x.round == tonumber(ARGV[4]) + 1 and redis.call('HGET', x.key, 'call') == ARGV[5] then return { 'resumed', {} } end
if x.round ~= tonumber(ARGV[4]) or is_active(x) then return { 'stale', {} } end

x.round = x.round + 1
redis.call('HSET', x.key, 'rnd', x.round, 'call', ARGV[5])
redis.call('ZREM', keys.ended(x.wf, x.st), x.id)
redis.call('HDEL', x.key, 'end', 'cancel', 'stop', 'err')
x.cancel, x.stop = nil, false
set_status(x, 'running')
emit(x, EVENT.execution_retried, nil, nil, tostring(x.round))

-- Attempt numbers continue, so that a late report or message of an earlier round never matches this round;
-- the budget starts from 0 again.
local function reset(unit)
  local s = state_of(x, unit)
  s.base, s.lost, s.why, s.worker, s.started, s.ended = s.attempt, 0, '', '', '', ''
  set_letter(x, unit, STATE.pending)
  save_state(x, unit, s)
  for _, field in ipairs({ FIELD.result, FIELD.reason, FIELD.arguments, FIELD.interrupted }) do
    redis.call('HDEL', keys.data(x.id), field .. unit)
  end
  redis.call('HDEL', x.key, FIELD.skip .. unit)
  emit(x, EVENT.step_reset, unit, s.attempt)
end

for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if letter_of(x, unit) == STATE.failure then x.bad = x.bad - 1 end
  x.open = x.open + 1
  if how == 'reset' or how == 'reset_undone' then
    for item = 0, #items_of(x, tonumber(unit)) - 1 do
      local name = item_unit(unit, item)
      local letter = letter_of(x, name)
      local kept = letter == STATE.pending or (how == 'reset_undone' and letter == STATE.success)
      if not kept then reset(name) end
    end
  end
  reset(unit)
end

for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if how == STATE.success or how == STATE.skipped then end_by_hand(x, unit, how, ARGV[i + 2]) end
end
for i = 6, #ARGV, 3 do
  local unit = ARGV[i]
  if letter_of(x, unit) == STATE.pending then save_state(x, unit, recount(x, unit)) end
end
for i = 6, #ARGV, 3 do
  local unit = ARGV[i]
  local s = state_of(x, unit)
  local waits = letter_of(x, unit) == STATE.pending and s.open == 0
  if waits and not redis.call('ZSCORE', keys.due(), member_of(x, unit, s)) then
    local skipped = settle_step(x, unit, s)
    if skipped then release(x, unit, skipped) end
  end
end

local first = string.find(x.v, STATE.failure, 1, true)  -- of a step that keeps its state
if first then redis.call('HSET', x.key, 'err', (first - 1) .. '#' .. state_of(x, tostring(first - 1)).attempt) end
end_execution_if_done(x)
save_execution(x)
return { 'resumed', pump_touched() }
