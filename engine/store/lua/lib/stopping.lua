-- Ends units that have not started: after a failure that stops the rest, or for a cancellation.
-- KEYS[1] NS
local end_items, settle_items  -- see items.lua: these functions call one another

-- Ends a unit that is queued or waits for its next attempt.
local function end_queued(x, unit, letter, why, tail)
  local s = state_of(x, unit)
  withdraw(x, unit, s)
  s.why = why
  end_unit(x, unit, s, letter, tail)
end

-- Ends every unit that is not running, except the `spared` steps. `letter`: blocked after a failure, or cancelled.
-- A unit that only waited leaves no state behind.
local function end_waiting(x, letter, why, spared)
  local tail, policy = why ~= '' and why or nil, policy_of(x)
  for i = 1, #x.v do
    local current, unit = string.sub(x.v, i, i), tostring(i - 1)
    if spared[unit] then
      -- continues as if nothing had happened
    elseif current == STATE.pending then
      if policy.decided[unit] then withdraw(x, unit, state_of(x, unit)) end
      -- In a later round the state stays, so that the numbers of its attempts continue.
      if x.round == 1 then drop_state(x, unit) end
      set_letter(x, unit, letter)
      x.open = x.open - 1
      emit(x, letter, unit, 0, tail)
    elseif items_of(x, i - 1) ~= '' and (current == STATE.queued or current == STATE.running) then
      end_items(x, i - 1, letter, why)
      settle_items(x, i - 1)
    elseif current == STATE.queued or current == STATE.retrying then
      end_queued(x, unit, letter, why, tail)
    end
  end
end

-- Ends what waits, except the `spared` steps, and starts, decides or skips those of them that have nothing left to
-- wait for.
local function end_all_but(x, letter, why, spared)
  end_waiting(x, letter, why, spared)
  for i = 0, #x.v - 1 do
    local unit = tostring(i)
    if spared[unit] and letter_of(x, unit) == STATE.pending then
      local skipped = settle_or_save(x, unit, recount(x, unit))
      if skipped then release(x, unit, skipped) end
    end
  end
end

-- The first failure of an execution that is not allowed: ends waiting steps, except those that may start after it.
local function stop(x, unit)
  x.stop = unit
  redis.call('HSET', x.key, 'stop', unit)
  end_all_but(x, STATE.blocked, REASON.stopped .. unit, policy_of(x).late)
end
