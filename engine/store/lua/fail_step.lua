-- Ends an attempt without success: running -> retrying, failure or, after a cancellation request, cancelled.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt   ARGV[6] claim, or its beginning "task id."   ARGV[7] kind
-- ARGV[8] ms until the next attempt, -1 for none   ARGV[9] 1 if the attempt counts against the budget
-- ARGV[10] error, JSON or ''   ARGV[11] traceback or ''   ARGV[12] 1 if the body is known to have stopped
-- ARGV[13] arguments of the next attempt, JSON, or '' for the same
-- ARGV[14] request for the next claim of the same queue, see claiming.lua, or ''
-- Returns {'retrying' | 'failure' | 'cancelled' | 'skipped' | 'stale', orders, next claim or {}}.
-- A late or repeated report is 'stale' and changes nothing; a repeated one returns the same next claim.
local id, unit, attempt, claim, kind = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local delay = tonumber(ARGV[8])

local x = load_execution(id)
if not x or letter_of(x, unit) ~= STATE.running then return stale_report(ARGV[14]) end
local s = state_of(x, unit)
if s.attempt ~= attempt or string.sub(s.claim, 1, #claim) ~= claim then return stale_report(ARGV[14]) end

-- A delete comes first: a store at its memory limit still lets running work end.
redis.call('ZREM', keys.due(), member_of(x, unit, s))
if ARGV[10] ~= '' then redis.call('HSET', keys.data(x.id), FIELD.error .. unit .. '#' .. attempt, ARGV[10]) end
if ARGV[11] ~= '' then redis.call('HSET', keys.data(x.id), FIELD.traceback .. unit .. '#' .. attempt, ARGV[11]) end
if ARGV[13] ~= '' then redis.call('HSET', keys.data(x.id), FIELD.arguments .. unit, ARGV[13]) end
if kind == 'interrupted' then redis.call('HINCRBY', keys.data(x.id), FIELD.interrupted .. unit, 1) end
if kind == 'lost' then s.lost = s.lost + 1 end
if ARGV[9] ~= '1' then s.base = s.base + 1 end

local index, item = parse_unit(unit)
-- The reason, if a person stopped it.
local cancelled = cancelled_at(x, unit)
local skipped = not cancelled and string.match(redis.call('HGET', x.key, FIELD.skip .. unit) or '', ' (.*)')
local outcome
if skipped then
  outcome = 'skipped'
  s.why = REASON.by_hand
  redis.call('HDEL', x.key, FIELD.skip .. unit)
  redis.call('HSET', keys.data(x.id), FIELD.reason .. unit, skipped)
  end_unit(x, unit, s, STATE.skipped, REASON.by_hand .. ' ' .. skipped)
  if item then settle_items(x, index) else release(x, unit, 'skipped') end
elseif cancelled then
  outcome = 'cancelled'
  local unconfirmed = ARGV[12] ~= '1' and REASON.unconfirmed or nil
  s.why = unconfirmed or s.why
  end_unit(x, unit, s, STATE.cancelled, unconfirmed)
  if item then settle_items(x, index) else release(x, unit, 'failed') end
elseif delay >= 0 and (not x.stop or policy_of(x).late[tostring(index)]) then
  outcome = 'retrying'
  drop_claim(x, unit, s)
  set_letter(x, unit, STATE.retrying)
  s.ended, s.claim = now - x.at, ''
  save_state(x, unit, s)
  emit(x, STATE.retrying, unit, attempt, kind .. ' ' .. delay)
  if delay == 0 then
    make_ready(x, unit, s)
  else
    redis.call('ZADD', keys.due(), now + delay, member_of(x, unit, s))
  end
else
  outcome = 'failure'
  if item then fail_item(x, unit, s, kind) else fail_unit(x, unit, s, kind) end
end
end_execution_if_done(x)
return finish_report(outcome, x, unit, ARGV[14])
