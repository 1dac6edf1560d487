-- An execution during a script: loaded once, changed in memory, saved once. Events are written as they happen.
-- KEYS[1] NS
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function load_execution(id)
  local key = keys.execution(id)
  local f = redis.call('HMGET', key, 'wf', 'ver', 'st', 'at', 'v', 'open', 'bad', 'stop', 'cancel', 'pin', 'wt', 'rnd')
  if not f[1] then return nil end
  return {
    id = id, key = key, wf = f[1], ver = f[2], st = f[3], at = tonumber(f[4]), v = f[5],
    open = tonumber(f[6]), bad = tonumber(f[7]), stop = f[8], cancel = tonumber(f[9] or nil), pin = f[10],
    weight = tonumber(f[11] or '1'), round = tonumber(f[12]),
    plan = keys.plan(f[1], f[2]), plans = {}, items = {},
  }
end

local function save_execution(x)
  redis.call('HSET', x.key, 'st', x.st, 'v', x.v, 'open', x.open, 'bad', x.bad)
  for index, letters in pairs(x.items) do
    if letters ~= '' then redis.call('HSET', x.key, FIELD.items .. index, letters) end
  end
  redis.call('PUBLISH', keys.summary(), x.id)
end

-- Appends an event to the log and publishes it. Its index in the list is its sequence number.
local function emit(x, code, unit, attempt, tail)
  local event = code .. ' ' .. (now - x.at)
  if unit then event = event .. ' ' .. unit .. ' ' .. attempt end
  if tail then event = event .. ' ' .. tail end
  local seq = redis.call('RPUSH', keys.log(x.id), event)
  redis.call('PUBLISH', keys.events(x.id), seq .. ' ' .. event)
end

local function is_active(x) return x.st == 'pending' or x.st == 'running' end

local function set_status(x, status)
  redis.call('ZREM', keys.index_status(x.st), x.id)
  redis.call('ZREM', keys.index_both(x.wf, x.st), x.id)
  x.st = status
  redis.call('ZADD', keys.index_status(status), x.at, x.id)
  redis.call('ZADD', keys.index_both(x.wf, status), x.at, x.id)
end
