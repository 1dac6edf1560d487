-- A step that was to be decided before it starts: pending -> queued, skipped, failure, or its items.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] its attempts so far   ARGV[6] start | skip | fail | map   ARGV[7] skip: the reason; fail: the kind; map: the first item, JSON
-- ARGV[8] fail: the error, JSON; map: the second item; and so on
-- Returns {'decided' | 'stale', orders}. A late or repeated decision is 'stale' and changes nothing.
local id, unit, verdict = ARGV[3], ARGV[4], ARGV[6]

local x = load_execution(id)
if not x or letter_of(x, unit) ~= 'p' then return { 'stale', {} } end
local s = state_of(x, unit)
-- The timer is the fence: a pending step has one only while it waits for its decision.
if s.attempt ~= tonumber(ARGV[5]) or redis.call('ZREM', NS .. ':due', member_of(x, unit, s)) == 0 then return { 'stale', {} } end

-- The items of an earlier round that have succeeded are kept, if the step has still as many.
local function begin_items(index)
  local kept = items_of(x, index)
  if #kept ~= #ARGV - 6 then kept = string.rep('p', #ARGV - 6) end
  x.items[index] = string.gsub(kept, '[^s]', 'p')
  if kept == '' then redis.call('HDEL', x.key, 'v' .. index) end  -- an earlier round may have had some
  for i = 7, #ARGV do redis.call('HSET', x.key .. ':data', 'i' .. index .. '[' .. (i - 7) .. ']', ARGV[i]) end
  s.attempt, s.queued, s.started, s.ended, s.why = s.attempt + 1, now - x.at, '', '', ''
  set_letter(x, unit, 'q')
  save_state(x, unit, s)
  emit(x, 'q', unit, s.attempt)
  if not string.find(x.items[index], 'p', 1, true) then
    set_letter(x, unit, 'r')
    emit(x, 'r', unit, s.attempt)
  end
  settle_items(x, index)
end

if verdict == 'start' then
  make_ready(x, unit, s)
elseif verdict == 'skip' then
  skip(x, unit, s, 'k', 'C', ARGV[7])
  release(x, unit, 'skipped')
elseif verdict == 'fail' then
  s.attempt = s.attempt + 1
  redis.call('HSET', x.key .. ':data', 'e' .. unit .. '#' .. s.attempt, ARGV[8])
  fail_unit(x, unit, s, ARGV[7])
else
  begin_items(place_of(unit))
end
end_execution_if_done(x)
save_execution(x)
return { 'decided', pump_touched() }
