-- The packed state of a unit, stored besides its letter, see engine/store/keys.py.
-- KEYS[1] NS
local PACKED_STATE = '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)'
  .. '|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|([^|]*)$'

local function count_items(csv)
  if csv == '' then return 0 end
  local _, commas = string.gsub(csv, ',', ',')
  return commas + 1
end

local function parse_state(packed)
  local o, k, s, f, a, b, l, d, q, r, e, c, w, y = string.match(packed, PACKED_STATE)
  return {
    open = tonumber(o), ok = tonumber(k), skipped = tonumber(s), failed = tonumber(f),
    attempt = tonumber(a), base = tonumber(b), lost = tonumber(l), dispatches = tonumber(d),
    queued = q, started = r, ended = e, claim = c, worker = w, why = y,
  }
end

local function state_of(x, unit)
  local packed = redis.call('HGET', keys.states(x.id), unit)
  if packed then return parse_state(packed) end
  -- The initial state: a step waits for all its dependencies, an item for none.
  local _, item = parse_unit(unit)
  return {
    open = item and 0 or count_items(plan_of(x, unit).deps), ok = 0, skipped = 0, failed = 0,
    attempt = 0, base = 0, lost = 0, dispatches = 0,
    queued = '', started = '', ended = '', claim = '', worker = '', why = '',
  }
end

local function save_state(x, unit, s)
  redis.call('HSET', keys.states(x.id), unit, table.concat({
    s.open, s.ok, s.skipped, s.failed, s.attempt, s.base, s.lost, s.dispatches,
    s.queued, s.started, s.ended, s.claim, s.worker, s.why,
  }, '|'))
end

-- The name of an attempt in timers, ready lists, windows and claims: "execution|unit|attempt".
local function member_of(x, unit, s) return x.id .. '|' .. unit .. '|' .. s.attempt end

local function parse_member(member) return string.match(member, '^([^|]*)|([^|]*)|(.*)$') end

-- Returns the id of the message of a claim, "message id.nonce".
local function task_of(claim) return string.match(claim, '^[^.]*') end

-- Returns the stop order for the caller: "claim|worker".
local function stop_order(s) return s.claim .. '|' .. s.worker end
