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

-- The initial state: a step waits for all its dependencies, an item for none.
local function initial_state(x, unit)
  local _, item = parse_unit(unit)
  return {
    open = item and 0 or count_items(plan_of(x, unit).deps), ok = 0, skipped = 0, failed = 0,
    attempt = 0, base = 0, lost = 0, dispatches = 0,
    queued = '', started = '', ended = '', claim = '', worker = '', why = '',
  }
end

-- Returns the state of a unit: the same table for each call of a script. A change counts once it was saved.
local function state_of(x, unit)
  if not x.states[unit] then
    local packed = redis.call('HGET', keys.states(x.id), unit)
    x.states[unit] = packed and parse_state(packed) or initial_state(x, unit)
  end
  return x.states[unit]
end

local handled = 0  -- units that this call has changed

local function save_state(x, unit, s)
  x.changed[unit] = s
  handled = handled + 1
end

-- Removes the state of a unit that has only waited.
local function drop_state(x, unit)
  x.states[unit], x.changed[unit] = nil, nil
  handled = handled + 1
  x.dropped[#x.dropped + 1] = unit
end

-- The name of an attempt in timers, ready lists, windows and claims: "execution|unit|attempt".
local function member_of(x, unit, s) return x.id .. '|' .. unit .. '|' .. s.attempt end

local function parse_member(member) return string.match(member, '^([^|]*)|([^|]*)|(.*)$') end

-- Returns the id of the message of a claim, "message id.nonce".
local function task_of(claim) return string.match(claim, '^[^.]*') end

-- Returns the stop order for the caller: "claim|worker".
local function stop_order(s) return s.claim .. '|' .. s.worker end
