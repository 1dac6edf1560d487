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

-- Ends what waits, except steps that go on after a stop or a cancellation; then starts, decides or skips those of them
-- that have nothing left to wait for. `letter`: blocked after a failure, or cancelled; `why`: a code or '-'.
local function end_waiting(x, letter, why)
  add_work(x, 'sweep ' .. letter .. ' ' .. why .. ' 0')
  add_work(x, 'spared ' .. letter .. ' 0')
  work_off(x)
end

local function spared_steps(x, letter) return letter == STATE.blocked and policy_of(x).late or policy_of(x).always end

-- Returns whether the unit has ended, or goes on for now. A unit that only waited leaves no state behind.
local function end_waiting_unit(x, unit, letter, why)
  local current, index = letter_of(x, unit), tonumber(unit)
  local tail = why ~= '' and why or nil
  if current == STATE.pending then
    if policy_of(x).decided[unit] then withdraw(x, unit, state_of(x, unit)) end
    -- In a later round the state stays, so that the numbers of its attempts continue.
    if x.round == 1 then drop_state(x, unit) else handled = handled + 1 end
    set_letter(x, unit, letter)
    x.open = x.open - 1
    emit(x, letter, unit, 0, tail)
  elseif items_of(x, index) ~= '' and (current == STATE.queued or current == STATE.running) then
    if not end_items(x, index, letter, why) then return false end
    settle_items(x, index)
  elseif current == STATE.queued or current == STATE.retrying then
    end_queued(x, unit, letter, why, tail)
  end
  return true
end

-- Work: "letter why index", from this step on.
local function work_sweep(x, rest)
  local letter, code, from = string.match(rest, '^(%S+) (%S+) (%d+)$')
  local why, spared = code ~= '-' and code or '', spared_steps(x, letter)
  for i = tonumber(from), #x.v - 1 do
    local unit = tostring(i)
    if is_slice_full() or has_release(x) or not (spared[unit] or end_waiting_unit(x, unit, letter, why)) then
      return letter .. ' ' .. code .. ' ' .. i
    end
  end
end

-- Work: "letter index", the spared steps from this one on.
local function work_spared(x, rest)
  local letter, from = string.match(rest, '^(%S+) (%d+)$')
  local spared = spared_steps(x, letter)
  for i = tonumber(from), #x.v - 1 do
    local unit = tostring(i)
    if spared[unit] and letter_of(x, unit) == STATE.pending then
      if is_slice_full() or has_release(x) then return letter .. ' ' .. i end
      local skipped = settle_or_save(x, unit, recount(x, unit))
      if skipped then release(x, unit, skipped) end
    end
  end
end

-- The first failure of an execution that is not allowed: ends waiting steps, except those that may start after it.
local function stop(x, unit)
  x.stop = unit
  redis.call('HSET', x.key, 'stop', unit)
  end_waiting(x, STATE.blocked, REASON.stopped .. unit)
end
