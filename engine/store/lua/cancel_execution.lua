-- Requests a cancellation: only steps with the trigger always still start; the caller stops other running units.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] ms until a running step is stopped again   ARGV[5] nonce of this call
-- Returns {'cancelling' | 'cancelled' | 'ended' | 'unknown', status, {"claim|worker" to stop}, orders}.
-- Repeating it is harmless; a repeated call (same nonce) never returns 'ended' because of its own effect.
local x = load_execution(ARGV[3])
if not x then return { 'unknown', '', {}, {} } end
if not is_active(x) then
  return { redis.call('HGET', x.key, 'call') == ARGV[5] and 'cancelled' or 'ended', x.st, {}, {} }
end

if not x.cancel then
  redis.call('ZREM', keys.due(), '')  -- A delete first: a store at its memory limit still lets running work end.
  x.cancel = now
  redis.call('HSET', x.key, 'cancel', now, 'call', ARGV[5])
  emit(x, EVENT.execution_cancelling)
  end_waiting(x, STATE.cancelled, '-')
end

local stops = {}
local function stop_unit(unit)
  if letter_of(x, unit) ~= STATE.running or not cancelled_at(x, unit) then return end
  local s = state_of(x, unit)
  -- LT: repeated requests must not delay the end of a step that never confirms its stop.
  redis.call('ZADD', keys.due(), 'LT', now + tonumber(ARGV[4]), member_of(x, unit, s))
  stops[#stops + 1] = stop_order(s)
end
local running = string.find(x.v, STATE.running, 1, true)
while running do
  local items = items_of(x, running - 1)
  if items == '' then stop_unit(tostring(running - 1)) end
  local item = string.find(items, STATE.running, 1, true)
  while item do
    stop_unit(item_unit(running - 1, item - 1))
    item = string.find(items, STATE.running, item + 1, true)
  end
  running = string.find(x.v, STATE.running, running + 1, true)
end
end_execution_if_done(x)
save_execution(x)
return { x.st == 'cancelled' and 'cancelled' or 'cancelling', x.st, stops, pump_touched() }
