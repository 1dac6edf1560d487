-- An execution during a script: loaded once, changed in memory, saved once with its events.
-- KEYS[1] NS
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function lines_of(text)
  local lines = {}
  for line in string.gmatch(text, '[^\n]+') do lines[#lines + 1] = line end
  return lines
end

local function load_execution(id)
  local key = keys.execution(id)
  local f = redis.call('HMGET', key, 'wf', 'ver', 'st', 'at', 'v', 'open', 'bad', 'stop', 'cancel', 'pin', 'wt', 'rnd',
    'todo')
  if not f[1] then return nil end
  return {
    id = id, key = key, wf = f[1], ver = f[2], st = f[3], at = tonumber(f[4]), v = f[5],
    open = tonumber(f[6]), bad = tonumber(f[7]), stop = f[8], cancel = tonumber(f[9] or nil), pin = f[10],
    weight = tonumber(f[11] or '1'), round = tonumber(f[12]),
    plan = keys.plan(f[1], f[2]), plans = {}, items = {},
    states = {}, changed = {}, dropped = {},  -- packed states read, to be written, to be removed; by unit
    events = {},  -- to be written
    todo = lines_of(f[13] or ''), had_todo = f[13] and true,  -- see todo.lua
    ready = {}, waiting = {},  -- numbers of its ready units as read, and changes to be written; by queue
  }
end

-- Adds an event. Its index in the list is its sequence number.
local function emit(x, code, unit, attempt, tail)
  local event = code .. ' ' .. (now - x.at)
  if unit then event = event .. ' ' .. unit .. ' ' .. attempt end
  if tail then event = event .. ' ' .. tail end
  x.events[#x.events + 1] = event
end

-- Changes the number of ready units of an execution in a queue.
local function add_waiting(key, queue, change)
  if change == 0 then return end
  local field = FIELD.ready .. queue
  if redis.call('HINCRBY', key, field, change) == 0 then redis.call('HDEL', key, field) end
end

local function is_active(x) return x.st == 'pending' or x.st == 'running' end

local function set_status(x, status)
  redis.call('ZREM', keys.index_status(x.st), x.id)
  redis.call('ZREM', keys.index_both(x.wf, x.st), x.id)
  x.st = status
  redis.call('ZADD', keys.index_status(status), x.at, x.id)
  redis.call('ZADD', keys.index_both(x.wf, status), x.at, x.id)
end
