-- The end of a unit, whose event has the letter of its new state; what it releases, and the end of the execution.
-- KEYS[1] NS. ARGV[1], ARGV[2] as in dispatch.
local function end_unit(x, unit, s, letter, tail)
  if s.worker ~= '' then redis.call('HDEL', NS .. ':worker:' .. s.worker .. ':claims', member_of(x, unit, s)) end
  set_letter(x, unit, letter)
  touched[plan_of(x, unit).queue] = true  -- claims have made room that nobody has filled yet
  s.ended, s.claim = now - x.at, ''
  save_state(x, unit, s)
  x.open = x.open - 1
  emit(x, letter, unit, s.attempt, tail)
end

-- Tells the units that depend on this one; those with nothing left to wait for become ready.
local function release(x, unit, outcome)
  for dependent in string.gmatch(plan_of(x, unit).dependents, '[^,]+') do
    local s = state_of(x, dependent)
    s.open = s.open - 1
    s[outcome] = s[outcome] + 1
    if s.open == 0 and s.failed == 0 and s.ok > 0 and letter_of(x, dependent) == 'p' then
      make_ready(x, dependent, s)
    else
      save_state(x, dependent, s)
    end
  end
end

-- Ends every unit that is not running. `letter` k: skipped, c: cancelled. A unit that only waited leaves no state behind.
local function end_waiting(x, letter, why)
  local tail = why ~= '' and why or nil
  for i = 1, #x.v do
    local current, unit = string.sub(x.v, i, i), tostring(i - 1)
    if current == 'p' then
      redis.call('HDEL', x.key .. ':s', unit)
      set_letter(x, unit, letter)
      x.open = x.open - 1
      emit(x, letter, unit, 0, tail)
    elseif current == 'q' or current == 't' then
      local s = state_of(x, unit)
      withdraw(x, unit, s)
      s.why = why
      end_unit(x, unit, s, letter, tail)
    end
  end
end

local function end_execution_if_done(x)
  if x.open > 0 or x.st == 'success' or x.st == 'failure' or x.st == 'cancelled' then return end
  local status = x.cancel and 'cancelled' or (x.bad > 0 and 'failure' or 'success')
  set_status(x, status)
  redis.call('HSET', x.key, 'end', now)
  if not x.pin then redis.call('ZADD', NS .. ':ended:' .. x.wf .. ':' .. status, now, x.id) end
  emit(x, 'E', nil, nil, status)
end
