-- Mapped steps: their items are units of their own; the step ends with its last item, its result is the list of theirs.
-- KEYS[1] NS
local MOST_GATHERED = 4194304  -- bytes of all results of a mapped step together

local function count_letters(letters, set)
  local _, count = string.gsub(letters, '[' .. set .. ']', '')
  return count
end

-- Makes items ready: all, or as many as may be under way together.
local function start_items(x, index)
  local most = plan_of(x, tostring(index)).parallel or math.huge
  local active = count_letters(items_of(x, index), 'qrt')
  local next_item = string.find(items_of(x, index), 'p', 1, true)
  while next_item and active < most do
    local unit = index .. '[' .. (next_item - 1) .. ']'
    make_ready(x, unit, state_of(x, unit))
    active = active + 1
    next_item = string.find(items_of(x, index), 'p', next_item + 1, true)
  end
end

-- Ends every item that is not running, like `end_waiting` does with steps.
end_items = function(x, index, letter, why)
  local tail = why ~= '' and why or nil
  for item = 1, #items_of(x, index) do
    local unit = index .. '[' .. (item - 1) .. ']'
    local current = letter_of(x, unit)
    if current == 'p' then
      set_letter(x, unit, letter)
      emit(x, letter, unit, 0, tail)
    elseif current == 'q' or current == 't' then
      local s = state_of(x, unit)
      withdraw(x, unit, s)
      s.why = why
      end_unit(x, unit, s, letter, tail)
    end
  end
end

-- The results of all items as one JSON array, null where an item has none; nil when it would be too large. Only bytes are moved.
local function gather(x, index)
  local data, parts, size = x.key .. ':data', {}, 0
  for item = 0, #items_of(x, index) - 1 do
    parts[#parts + 1] = redis.call('HGET', data, 'r' .. index .. '[' .. item .. ']') or 'null'
    size = size + #parts[#parts]
    if size > MOST_GATHERED then return nil end
  end
  for item = 0, #parts - 1 do redis.call('HDEL', data, 'r' .. index .. '[' .. item .. ']') end
  redis.call('HSET', data, 'r' .. index, '[' .. table.concat(parts, ',') .. ']')
  return true
end

local function note_error(x, unit, s, kind, name, message)  -- our own words only: nothing of a user's goes into this JSON
  redis.call('HSET', x.key .. ':data', 'e' .. unit .. '#' .. s.attempt, '{"kind":"' .. kind .. '","type":"' .. name .. '","message":"' .. message .. '"}')
end

-- After an item has ended: the next one starts, or the step ends.
settle_items = function(x, index)
  local unit, letters = tostring(index), items_of(x, index)
  local current = letter_of(x, unit)
  if current ~= 'q' and current ~= 'r' then return end
  if string.find(letters, '[pqrt]') then return start_items(x, index) end
  local s, failed = state_of(x, unit), count_letters(letters, 'f')
  if x.cancel and string.find(letters, '[cfb]') then
    end_unit(x, unit, s, 'c')
  elseif failed == 0 and string.find(letters, 'b', 1, true) then
    skip(x, unit, s, 'b', 'S' .. x.stop)
    release(x, unit, 'failed')
  elseif failed > 0 and not plan_of(x, unit).may_fail then
    note_error(x, unit, s, 'items', 'ItemsFailed', failed .. ' of ' .. #letters .. ' items failed, the first of them is item ' .. (string.find(letters, 'f', 1, true) or 1) - 1 .. '.')
    fail_unit(x, unit, s, 'items')
  elseif not gather(x, index) then
    note_error(x, unit, s, 'bad_result', 'BadResult', 'The results of the items are more than ' .. MOST_GATHERED .. ' bytes of JSON together. Let each write its data to a file and return its name.')
    fail_unit(x, unit, s, 'bad_result')
  else
    end_unit(x, unit, s, failed > 0 and 'a' or 's', failed > 0 and 'items' or nil)
    if not x.cancel then release(x, unit, failed > 0 and 'allowed' or 'ok') end
  end
end
