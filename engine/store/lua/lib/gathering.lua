-- The result of a mapped step: the results of its items as one list, or the error why there is none.
-- KEYS[1] NS
local MOST_GATHERED = 4194304  -- limit in bytes for all results of a mapped step together

-- Returns nil if the list would be too large. An item without a result is null in it. Moves bytes, parses nothing.
local function gather(x, index)
  local data, parts, size = keys.data(x.id), {}, 0
  for item = 0, #items_of(x, index) - 1 do
    parts[#parts + 1] = redis.call('HGET', data, FIELD.result .. item_unit(index, item)) or 'null'
    size = size + #parts[#parts]
    if size > MOST_GATHERED then return nil end
  end
  for item = 0, #parts - 1 do redis.call('HDEL', data, FIELD.result .. item_unit(index, item)) end
  redis.call('HSET', data, FIELD.result .. index, '[' .. table.concat(parts, ',') .. ']')
  return true
end

-- Writes an error with a fixed text: no user data goes into this JSON.
local function note_error(x, unit, s, kind, name, message)
  local json = '{"kind":"' .. kind .. '","type":"' .. name .. '","message":"' .. message .. '"}'
  redis.call('HSET', keys.data(x.id), FIELD.error .. unit .. '#' .. s.attempt, json)
end
