-- Mapped steps: their items are units; the step ends with its last item, and its result is the list of their results.
-- KEYS[1] NS
local function count_letters(letters, set)
  local _, count = string.gsub(letters, '[' .. set .. ']', '')
  return count
end

-- Makes items ready: all, or as many as may be under way together.
local function start_items(x, index)
  local unit, rest = tostring(index), 'items ' .. index
  if is_ending(x, unit) or (x.had_todo and not x.continues and x.todo[1] == rest) then return end
  local most = plan_of(x, unit).parallel or math.huge
  local active = most < math.huge and count_letters(items_of(x, index), STATES.under_way) or 0
  local next_item = string.find(items_of(x, index), STATE.pending, 1, true)
  while next_item and active < most do
    if is_slice_full() then return add_work(x, rest) end
    local item = item_unit(index, next_item - 1)
    make_ready(x, item, state_of(x, item))
    active = active + 1
    next_item = string.find(items_of(x, index), STATE.pending, next_item + 1, true)
  end
end

-- Work: "index" of a mapped step with items to be made ready.
local function work_items(x, rest) start_items(x, tonumber(rest)) end

-- Ends every item that is not running, like `end_waiting` does with steps. Returns whether all have ended.
end_items = function(x, index, letter, why)
  local tail = why ~= '' and why or nil
  local waits = '[' .. STATE.pending .. STATE.queued .. STATE.retrying .. ']'
  local found = string.find(items_of(x, index), waits)
  while found do
    if is_slice_full() then return false end
    local unit = item_unit(index, found - 1)
    if letter_of(x, unit) == STATE.pending then
      set_letter(x, unit, letter)
      handled = handled + 1
      emit(x, letter, unit, 0, tail)
    else
      end_queued(x, unit, letter, why, tail)
    end
    found = string.find(items_of(x, index), waits, found + 1)
  end
  return true
end

-- After an item has ended: starts the next one, or ends the step.
settle_items = function(x, index)
  local unit, letters = tostring(index), items_of(x, index)
  local current = letter_of(x, unit)
  if current ~= STATE.queued and current ~= STATE.running then return end
  if string.find(letters, '[' .. STATES.unended .. ']') then return start_items(x, index) end
  local s, failed = state_of(x, unit), count_letters(letters, STATE.failure)
  if cancelled_at(x, unit) and string.find(letters, '[' .. STATES.undone .. ']') then
    end_unit(x, unit, s, STATE.cancelled)
    release(x, unit, 'failed')
  elseif failed == 0 and string.find(letters, STATE.blocked, 1, true) then
    release(x, unit, skip(x, unit, s, STATE.blocked, REASON.stopped .. x.stop))
  elseif failed > 0 and not plan_of(x, unit).may_fail then
    local first = string.find(letters, STATE.failure, 1, true) - 1
    note_error(x, unit, s, 'items', 'ItemsFailed',
      failed .. ' of ' .. #letters .. ' items failed, the first of them is item ' .. first .. '.')
    fail_unit(x, unit, s, 'items')
  elseif not gather(x, index) then
    note_error(x, unit, s, 'bad_result', 'BadResult',
      'The results of the items are more than ' .. MOST_GATHERED .. ' bytes of JSON together. '
        .. 'Let each write its data to a file and return its name.')
    fail_unit(x, unit, s, 'bad_result')
  else
    end_unit(x, unit, s, failed > 0 and STATE.allowed_failure or STATE.success, failed > 0 and 'items' or nil)
    release(x, unit, failed > 0 and 'allowed' or 'ok')
  end
end
