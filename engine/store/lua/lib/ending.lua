-- What the failure of a unit and the end of its last step mean for an execution.
-- KEYS[1] NS
local end_items, settle_items, fail_unit  -- see items.lua and below: they call one another

-- Ends every unit that is not running. `letter` b: after a failure, sparing the steps that may start after it; c: cancelled. A unit that only waited leaves no state behind.
local function end_waiting(x, letter, why)
  local tail, policy = why ~= '' and why or nil, policy_of(x)
  for i = 1, #x.v do
    local current, unit = string.sub(x.v, i, i), tostring(i - 1)
    local spared = letter == 'b' and policy.late[unit]
    if spared then
      -- goes on as if nothing had happened
    elseif current == 'p' then
      if policy.decided[unit] then withdraw(x, unit, state_of(x, unit)) end
      if x.round == 1 then redis.call('HDEL', x.key .. ':s', unit) end  -- later its attempts must not begin anew
      set_letter(x, unit, letter)
      x.open = x.open - 1
      emit(x, letter, unit, 0, tail)
    elseif items_of(x, i - 1) ~= '' and (current == 'q' or current == 'r') then
      end_items(x, i - 1, letter, why)
      settle_items(x, i - 1)
    elseif current == 'q' or current == 't' then
      local s = state_of(x, unit)
      withdraw(x, unit, s)
      s.why = why
      end_unit(x, unit, s, letter, tail)
    end
  end
end

-- The first failure of an execution that is not allowed: what waits ends, but for the steps that may start after a failure.
local function stop(x, unit)
  x.stop = unit
  redis.call('HSET', x.key, 'stop', unit)
  end_waiting(x, 'b', 'S' .. unit)
  for i = 1, #x.v do
    local late = tostring(i - 1)
    if policy_of(x).late[late] and letter_of(x, late) == 'p' then
      local s = recount(x, late)
      local skipped = nil
      if s.open == 0 then skipped = settle_step(x, late, s) else save_state(x, late, s) end
      if skipped then release(x, late, skipped) end
    end
  end
end

-- A step has failed for good.
fail_unit = function(x, unit, s, kind)
  local may_fail = plan_of(x, unit).may_fail
  end_unit(x, unit, s, may_fail and 'a' or 'f', kind)
  if may_fail then
    if not x.cancel then release(x, unit, 'allowed') end
    return
  end
  x.bad = x.bad + 1
  redis.call('HSETNX', x.key, 'err', unit .. '#' .. s.attempt)
  if x.cancel then return end
  if policy_of(x).stops and not x.stop then stop(x, unit) else release(x, unit, 'failed') end
end

-- An item has failed for good. With `allow_failure` the others go on, and under on_failure=continue too.
local function fail_item(x, unit, s, kind)
  end_unit(x, unit, s, 'f', kind)
  if not plan_of(x, unit).may_fail and not x.cancel then
    redis.call('HSETNX', x.key, 'err', unit .. '#' .. s.attempt)
    if policy_of(x).stops and not x.stop then stop(x, unit) end
  end
  settle_items(x, (place_of(unit)))
end

local function end_execution_if_done(x)
  if x.open > 0 or x.st == 'success' or x.st == 'failure' or x.st == 'cancelled' then return end
  local status = x.cancel and 'cancelled' or (x.bad > 0 and 'failure' or 'success')
  set_status(x, status)
  redis.call('HSET', x.key, 'end', now)
  if not x.pin then redis.call('ZADD', NS .. ':ended:' .. x.wf .. ':' .. status, now, x.id) end
  emit(x, 'E', nil, nil, status)
end
