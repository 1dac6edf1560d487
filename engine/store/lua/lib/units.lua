-- The units of an execution: a step by its index (`3`), an item of a mapped step by its number (`3[17]`).
-- KEYS[1] NS

-- Returns the index of the unit's step, and the number of the item if the unit is one.
local function parse_unit(unit)
  local index, item = string.match(unit, '^(%d+)%[?(%d*)')
  return tonumber(index), tonumber(item)
end

local function item_unit(index, item) return index .. '[' .. item .. ']' end

-- Returns the letters of a mapped step's items.
local function items_of(x, index)
  if not x.items[index] then x.items[index] = redis.call('HGET', x.key, FIELD.items .. index) or '' end
  return x.items[index]
end

local function letter_of(x, unit)
  local index, item = parse_unit(unit)
  if item then return string.sub(items_of(x, index), item + 1, item + 1) end
  return string.sub(x.v, index + 1, index + 1)
end

local function set_letter(x, unit, letter)
  local index, item = parse_unit(unit)
  local letters, i = x.v, index
  if item then letters, i = items_of(x, index), item end
  letters = string.sub(letters, 1, i) .. letter .. string.sub(letters, i + 2)
  if item then x.items[index] = letters else x.v = letters end
end
