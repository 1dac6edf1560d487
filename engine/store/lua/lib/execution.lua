-- An execution while a script works on it: loaded once, changed in memory, saved once; its events go out as they happen.
-- Purpose of the four libraries: what transitions share. They are put before each script, in the order execution, dispatch, settle.
-- KEYS[1] NS, the namespace in braces.
local NS = KEYS[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local STATE = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$'

local function load_execution(id)
  local key = NS .. ':x:' .. id
  local f = redis.call('HMGET', key, 'wf', 'ver', 'st', 'at', 'v', 'open', 'bad', 'stop', 'cancel', 'err', 'run', 'pin', 'wt')
  if not f[1] then return nil end
  return { id = id, key = key, wf = f[1], ver = f[2], st = f[3], at = tonumber(f[4]), v = f[5], open = tonumber(f[6]), bad = tonumber(f[7]),
           stop = f[8], cancel = tonumber(f[9] or nil), err = f[10], run = f[11], pin = f[12], weight = tonumber(f[13] or '1'), plan = NS .. ':plan:' .. f[1] .. ':' .. f[2], plans = {} }
end

local function save_execution(x)
  redis.call('HSET', x.key, 'st', x.st, 'v', x.v, 'open', x.open, 'bad', x.bad)
  redis.call('PUBLISH', NS .. ':summary', x.id)
end

-- One event: its place in the list is its sequence number, so log and number cannot disagree.
local function emit(x, code, unit, attempt, tail)
  local event = code .. ' ' .. (now - x.at)
  if unit then event = event .. ' ' .. unit .. ' ' .. attempt end
  if tail then event = event .. ' ' .. tail end
  local seq = redis.call('RPUSH', x.key .. ':log', event)
  redis.call('PUBLISH', NS .. ':events:' .. x.id, seq .. ' ' .. event)
end

local function index_of(unit) return tonumber(string.match(unit, '^%d+')) end

local function letter_of(x, unit)
  local i = index_of(unit) + 1
  return string.sub(x.v, i, i)
end

local function set_letter(x, unit, letter)
  local i = index_of(unit)
  x.v = string.sub(x.v, 1, i) .. letter .. string.sub(x.v, i + 2)
end

-- queue, timeout in ms, the units it depends on and the units that depend on it
local function plan_of(x, unit)
  local i = index_of(unit)
  if not x.plans[i] then
    local queue, timeout, deps, dependents = string.match(redis.call('HGET', x.plan, i), '^([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
    x.plans[i] = { queue = queue, timeout = tonumber(timeout), deps = deps, dependents = dependents }
  end
  return x.plans[i]
end

local function count_items(csv)
  if csv == '' then return 0 end
  local _, commas = string.gsub(csv, ',', ',')
  return commas + 1
end

-- A unit that nothing has happened to has no stored state: it waits for all its dependencies.
local function state_of(x, unit)
  local packed = redis.call('HGET', x.key .. ':s', unit)
  if not packed then
    return { open = count_items(plan_of(x, unit).deps), ok = 0, skipped = 0, failed = 0, attempt = 0, base = 0, lost = 0, dispatches = 0,
             queued = '', started = '', ended = '', claim = '', worker = '', why = '' }
  end
  local o, k, s, f, a, b, l, d, q, r, e, c, w, y = string.match(packed, STATE)
  return { open = tonumber(o), ok = tonumber(k), skipped = tonumber(s), failed = tonumber(f), attempt = tonumber(a), base = tonumber(b),
           lost = tonumber(l), dispatches = tonumber(d), queued = q, started = r, ended = e, claim = c, worker = w, why = y }
end

local function save_state(x, unit, s)
  redis.call('HSET', x.key .. ':s', unit, table.concat({ s.open, s.ok, s.skipped, s.failed, s.attempt, s.base, s.lost, s.dispatches,
             s.queued, s.started, s.ended, s.claim, s.worker, s.why }, '|'))
end

local function member_of(x, unit, s) return x.id .. '|' .. unit .. '|' .. s.attempt end

local function set_status(x, status)
  redis.call('ZREM', NS .. ':index:status:' .. x.st, x.id)
  redis.call('ZREM', NS .. ':index:both:' .. x.wf .. ':' .. x.st, x.id)
  x.st = status
  redis.call('ZADD', NS .. ':index:status:' .. status, x.at, x.id)
  redis.call('ZADD', NS .. ':index:both:' .. x.wf .. ':' .. status, x.at, x.id)
end
