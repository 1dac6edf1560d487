-- Replaces the states, events and data of ended executions by their dense form, see engine/store/packing.py.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3...] per execution three: its id; the number of its events when it was read; its dense form, or '' if it is to
--   stay as it is
-- Returns how many were replaced. One that has gone on since, or is active, is left as it is.
-- Repeating a call changes nothing.
local archived = 0

local function replace(x, events, dense)
  redis.call('SET', keys.archive(x.id), dense)
  redis.call('HSET', x.key, 'seq', events)
  redis.call('UNLINK', keys.states(x.id), keys.log(x.id))
  for _, name in ipairs(redis.call('HKEYS', keys.data(x.id))) do
    -- What late output may change is not in the dense form.
    local loose = string.find(name, FIELD.lines, 1, true) == 1 or string.find(name, FIELD.progress, 1, true) == 1
    if not loose then redis.call('HDEL', keys.data(x.id), name) end
  end
  archived = archived + 1
end

for i = 3, #ARGV, 3 do
  local id, events, dense = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local x = load_execution(id)
  local ended = x and not is_active(x)
  local apart = ended and redis.call('EXISTS', keys.archive(id)) == 0
  local as_read = apart and redis.call('LLEN', keys.log(id)) == tonumber(events)
  -- Another one has been ended again since, or archived by another process. A delete first: a store at its memory limit
  -- lets this go on, which makes it smaller.
  if as_read or not ended or dense == '' then redis.call('ZREM', keys.archivable(), id) end
  if as_read and dense ~= '' then replace(x, events, dense) end
end
return archived
