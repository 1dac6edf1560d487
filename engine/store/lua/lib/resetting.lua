-- Resets steps, so that they run again in the next round.
-- KEYS[1] NS

-- Attempt numbers continue, so that a late report or message of an earlier round never matches this round;
-- the budget starts from 0 again.
local function reset_unit(x, unit)
  local s = state_of(x, unit)
  s.base, s.lost, s.why, s.worker, s.started, s.ended = s.attempt, 0, '', '', '', ''
  set_letter(x, unit, STATE.pending)
  save_state(x, unit, s)
  local data = {}
  for _, field in ipairs({ FIELD.result, FIELD.reason, FIELD.arguments, FIELD.interrupted }) do
    data[#data + 1] = field .. unit
  end
  redis.call('HDEL', keys.data(x.id), unpack(data))
  redis.call('HDEL', x.key, FIELD.skip .. unit)
  emit(x, EVENT.step_reset, unit, s.attempt)
end

-- Resets the items of a step; `keeps`: all but the successful ones. Returns whether all are.
local function reset_items(x, index, keeps)
  local kept = '[^' .. STATE.pending .. (keeps and STATE.success or '') .. ']'
  local found = string.find(items_of(x, index), kept)
  while found do
    if is_slice_full() then return false end
    reset_unit(x, item_unit(index, found - 1))
    found = string.find(items_of(x, index), kept, found + 1)
  end
  return true
end

-- Calls `handle` for the steps of a comma-separated list; it returns false where the slice is full. Returns the others.
local function each_step(list, handle)
  local position = 1
  while position <= #list do
    local unit, keeps, following = string.match(list, '^(%d+)(%+?),?()', position)
    if is_slice_full() or handle(unit, keeps ~= '') == false then return string.sub(list, position) end
    position = following
  end
end

-- Work: these steps; `+` after one that keeps its successful items.
local function work_reset(x, rest)
  return each_step(rest, function(unit, keeps)
    if not reset_items(x, tonumber(unit), keeps) then return false end
    reset_unit(x, unit)
  end)
end

-- Work: these steps, whose dependencies have all been reset.
local function work_recount(x, rest)
  return each_step(rest, function(unit)
    if letter_of(x, unit) == STATE.pending then save_state(x, unit, recount(x, unit)) end
  end)
end

-- Work: these steps; starts those that have nothing to wait for.
local function work_settle(x, rest)
  return each_step(rest, function(unit)
    local s = state_of(x, unit)
    local waits = letter_of(x, unit) == STATE.pending and s.open == 0
    if waits and not redis.call('ZSCORE', keys.due(), member_of(x, unit, s)) then
      local skipped = settle_step(x, unit, s)
      if skipped then release(x, unit, skipped) end
    end
  end)
end
