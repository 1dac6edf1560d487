-- Decides a step before it starts: pending -> queued, skipped, failure, or its items.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] its attempts so far   ARGV[6] start | skip | fail | map
-- ARGV[7] skip: the reason; fail: the kind; map: the first item, JSON
-- ARGV[8] fail: the error, JSON; map: the second item; and so on
-- Returns {'decided' | 'stale', orders}. A late or repeated decision is 'stale' and changes nothing.
local id, unit, verdict = ARGV[3], ARGV[4], ARGV[6]

local x = load_execution(id)
if not x or letter_of(x, unit) ~= STATE.pending then return { 'stale', {} } end
local s = state_of(x, unit)
-- The timer is the fence: a pending step has one only while it waits for its decision.
if s.attempt ~= tonumber(ARGV[5]) or redis.call('ZREM', keys.due(), member_of(x, unit, s)) == 0 then
  return { 'stale', {} }
end

-- Successful items of an earlier round are kept if the number of items is the same.
local function begin_items(index)
  local kept = items_of(x, index)
  if #kept ~= #ARGV - 6 then kept = string.rep(STATE.pending, #ARGV - 6) end
  x.items[index] = string.gsub(kept, '[^' .. STATE.success .. ']', STATE.pending)
  if kept == '' then redis.call('HDEL', x.key, FIELD.items .. index) end  -- an earlier round may have had some
  local items = {}
  for i = 7, #ARGV do
    items[#items + 1] = FIELD.item .. item_unit(index, i - 7)
    items[#items + 1] = ARGV[i]
  end
  call_for_all('HSET', keys.data(x.id), items)
  s.attempt, s.queued, s.started, s.ended, s.why = s.attempt + 1, now - x.at, '', '', ''
  set_letter(x, unit, STATE.queued)
  save_state(x, unit, s)
  emit(x, STATE.queued, unit, s.attempt)
  if not string.find(x.items[index], STATE.pending, 1, true) then
    set_letter(x, unit, STATE.running)
    emit(x, STATE.running, unit, s.attempt)
  end
  settle_items(x, index)
end

if verdict == 'start' then
  make_ready(x, unit, s)
elseif verdict == 'skip' then
  release(x, unit, skip(x, unit, s, STATE.skipped, REASON.condition, ARGV[7]))
elseif verdict == 'fail' then
  s.attempt = s.attempt + 1
  redis.call('HSET', keys.data(x.id), FIELD.error .. unit .. '#' .. s.attempt, ARGV[8])
  fail_unit(x, unit, s, ARGV[7])
else
  begin_items((parse_unit(unit)))
end
end_execution_if_done(x)
save_execution(x)
return { 'decided', pump_touched() }
