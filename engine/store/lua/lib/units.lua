-- The units of an execution: a step by its index (`3`), an item of a mapped step by its number (`3[17]`). Their letters, plans and states.
-- KEYS[1] NS
-- The step's index, and the item's number where the unit is an item of a mapped step.
local function place_of(unit)
  local index, item = string.match(unit, '^(%d+)%[?(%d*)')
  return tonumber(index), tonumber(item)
end

-- The letters of a mapped step's items.
local function items_of(x, index)
  if not x.items[index] then x.items[index] = redis.call('HGET', x.key, 'v' .. index) or '' end
  return x.items[index]
end

local function letter_of(x, unit)
  local index, item = place_of(unit)
  if item then return string.sub(items_of(x, index), item + 1, item + 1) end
  return string.sub(x.v, index + 1, index + 1)
end

local function set_letter(x, unit, letter)
  local index, item = place_of(unit)
  local function put(letters, i) return string.sub(letters, 1, i) .. letter .. string.sub(letters, i + 2) end
  if item then x.items[index] = put(items_of(x, index), item) else x.v = put(x.v, index) end
end

-- A row of the plan. `rule` begins with the letter of the trigger; in it are a: may fail, ?: has to be decided before it starts,
-- m<number>: mapped, so many items at a time, s<index>: the list of the items comes from this step, B<index>: it runs only when that branch chooses it.
local function plan_of(x, unit)
  local i = place_of(unit)
  if not x.plans[i] then
    local queue, timeout, deps, dependents, rule = string.match(redis.call('HGET', x.plan, i), '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|?(.*)$')
    x.plans[i] = { queue = queue, timeout = tonumber(timeout), deps = deps, dependents = dependents, trigger = string.match(rule, '^%a') or 'n',
                   may_fail = string.find(rule, 'a', 2, true), decided = string.find(rule, '?', 2, true), mapped = string.find(rule, 'm', 2, true),
                   parallel = tonumber(string.match(rule, 'm(%d+)') or nil), source = string.match(rule, 's(%d+)'), branch = string.match(rule, 'B(%d+)') }
  end
  return x.plans[i]
end

local function count_items(csv)
  if csv == '' then return 0 end
  local _, commas = string.gsub(csv, ',', ',')
  return commas + 1
end

-- A unit that nothing has happened to has no stored state: it waits for all its dependencies; an item waits for none.
local function state_of(x, unit)
  local packed = redis.call('HGET', x.key .. ':s', unit)
  if not packed then
    local _, item = place_of(unit)
    return { open = item and 0 or count_items(plan_of(x, unit).deps), ok = 0, skipped = 0, failed = 0, attempt = 0, base = 0, lost = 0, dispatches = 0,
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
