-- The result of a mapped step: the results of its items as one list, or the error why there is none.
-- KEYS[1] NS
local MOST_GATHERED = 4194304  -- limit in bytes for all results of a mapped step together

-- Returns nil if the list would be too large. An item without a result is null in it. Moves bytes, parses nothing.
local function gather(x, index)
  local data, fields, parts, size = keys.data(x.id), {}, {}, 0
  for item = 0, #items_of(x, index) - 1 do fields[#fields + 1] = FIELD.result .. item_unit(index, item) end
  for i = 1, #fields, MOST_ARGUMENTS do
    local results = redis.call('HMGET', data, unpack(fields, i, math.min(i + MOST_ARGUMENTS - 1, #fields)))
    for _, result in ipairs(results) do
      parts[#parts + 1] = result or 'null'
      size = size + #parts[#parts]
    end
    if size > MOST_GATHERED then return nil end
  end
  call_for_all('HDEL', data, fields)
  redis.call('HSET', data, FIELD.result .. index, '[' .. table.concat(parts, ',') .. ']')
  return true
end

-- Writes an error with a fixed text: no user data goes into this JSON.
local function note_error(x, unit, s, kind, name, message)
  local json = '{"kind":"' .. kind .. '","type":"' .. name .. '","message":"' .. message .. '"}'
  redis.call('HSET', keys.data(x.id), FIELD.error .. unit .. '#' .. s.attempt, json)
end
