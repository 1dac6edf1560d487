-- An ended execution is taken up again: steps are reset and run again, or are given an end by hand.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] the round that the caller has seen   ARGV[5] nonce of this call
-- ARGV[6...] per step three: its index, in rising order; z reset, Z reset but for items that have succeeded, s success or k skipped by hand; the reason, '' for resets
-- Returns {'resumed' | 'stale' | 'unknown', orders}. 'stale': it is active, or somebody else was first. A repeated call (same nonce) answers 'resumed' without orders.
local x = load_execution(ARGV[3])
if not x then return { 'unknown', {} } end
if x.round == tonumber(ARGV[4]) + 1 and redis.call('HGET', x.key, 'call') == ARGV[5] then return { 'resumed', {} } end
if x.round ~= tonumber(ARGV[4]) or x.st == 'pending' or x.st == 'running' then return { 'stale', {} } end

x.round = x.round + 1
redis.call('HSET', x.key, 'rnd', x.round, 'call', ARGV[5])
redis.call('ZREM', NS .. ':ended:' .. x.wf .. ':' .. x.st, x.id)
redis.call('HDEL', x.key, 'end', 'cancel', 'stop', 'err')
x.cancel, x.stop = nil, false
set_status(x, 'running')
emit(x, 'Y', nil, nil, tostring(x.round))

-- Attempt numbers go on, so that no late report or message of an earlier round is taken for one of this; the budget starts anew.
local function reset(unit)
  local s = state_of(x, unit)
  s.base, s.lost, s.why, s.worker, s.started, s.ended = s.attempt, 0, '', '', '', ''
  set_letter(x, unit, 'p')
  save_state(x, unit, s)
  redis.call('HDEL', x.key .. ':data', 'r' .. unit, 'w' .. unit)
  redis.call('HDEL', x.key, 'skip:' .. unit)
  emit(x, 'z', unit, s.attempt)
end

for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if letter_of(x, unit) == 'f' then x.bad = x.bad - 1 end
  x.open = x.open + 1
  for item = 0, (how == 'z' or how == 'Z') and #items_of(x, tonumber(unit)) - 1 or -1 do
    local name = unit .. '[' .. item .. ']'
    if letter_of(x, name) ~= 'p' and not (how == 'Z' and letter_of(x, name) == 's') then reset(name) end
  end
  reset(unit)
end

for i = 6, #ARGV, 3 do
  local unit, how = ARGV[i], ARGV[i + 1]
  if how == 's' or how == 'k' then end_by_hand(x, unit, how, ARGV[i + 2]) end
end
for i = 6, #ARGV, 3 do
  if letter_of(x, ARGV[i]) == 'p' then save_state(x, ARGV[i], recount(x, ARGV[i])) end
end
for i = 6, #ARGV, 3 do
  local s = state_of(x, ARGV[i])
  if letter_of(x, ARGV[i]) == 'p' and s.open == 0 and not redis.call('ZSCORE', NS .. ':due', member_of(x, ARGV[i], s)) then
    local skipped = settle_step(x, ARGV[i], s)
    if skipped then release(x, ARGV[i], skipped) end
  end
end

local first = string.find(x.v, 'f', 1, true)  -- of a step that is left as it is
if first then redis.call('HSET', x.key, 'err', (first - 1) .. '#' .. state_of(x, tostring(first - 1)).attempt) end
end_execution_if_done(x)
save_execution(x)
return { 'resumed', pump_touched() }
