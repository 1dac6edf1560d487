-- A cancellation is requested: nothing of the execution starts any more; what runs has to be stopped by the caller.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] ms until a running step is told again   ARGV[5] nonce of this call
-- Returns {'cancelling' | 'cancelled' | 'ended' | 'unknown', status, {"task id|worker" to stop}, orders}. Repeating it is harmless; a repeated call (same nonce) is never 'ended' by what it did itself.
local x = load_execution(ARGV[3])
if not x then return { 'unknown', '', {}, {} } end
if x.st ~= 'pending' and x.st ~= 'running' then
  return { redis.call('HGET', x.key, 'call') == ARGV[5] and 'cancelled' or 'ended', x.st, {}, {} }
end

if not x.cancel then
  redis.call('ZREM', NS .. ':due', '')  -- a delete first: a store at its memory limit still lets work end
  x.cancel = now
  redis.call('HSET', x.key, 'cancel', now, 'call', ARGV[5])
  emit(x, 'X')
  end_waiting(x, 'c', '')
end

local told = {}
local function tell(unit)
  if letter_of(x, unit) ~= 'r' then return end
  local s = state_of(x, unit)
  -- LT: who asks again and again does not put off the end of a step that never confirms.
  redis.call('ZADD', NS .. ':due', 'LT', now + tonumber(ARGV[4]), member_of(x, unit, s))
  told[#told + 1] = string.match(s.claim, '^[^.]*') .. '|' .. s.worker
end
for i = 0, #x.v - 1 do
  local items = string.sub(x.v, i + 1, i + 1) == 'r' and items_of(x, i) or ''
  if items == '' then tell(tostring(i)) end
  for item = 0, #items - 1 do tell(i .. '[' .. item .. ']') end
end
end_execution_if_done(x)
save_execution(x)
return { x.st == 'cancelled' and 'cancelled' or 'cancelling', x.st, told, pump_touched() }
