-- Whether a step may start: by its trigger and how its dependencies ended, and by what a failure stops.
-- KEYS[1] NS
local function triggered(trigger, s)
  if trigger == 'S' then return s.failed == 0 and s.skipped == 0 end  -- all_success
  if trigger == 'y' then return s.ok > 0 end                          -- any_success
  if trigger == 'x' then return s.failed > 0 end                      -- any_failure
  return trigger == 'd' or (s.failed == 0 and s.ok > 0)               -- all_done, none_failed
end

-- The part of a workflow's plan that only matters once something ends early, read when it does: does a failure stop the rest,
-- which steps may start after the stop (triggers any_failure and all_done), which are decided before they start.
local function policy_of(x)
  if not x.policy then
    local f = redis.call('HMGET', x.plan, 'on_failure', 'late', 'decided')
    x.policy = { stops = f[1] ~= 'continue', late = {}, decided = {} }
    for unit in string.gmatch(f[2] or '', '%d+') do x.policy.late[unit] = true end
    for unit in string.gmatch(f[3] or '', '%d+') do x.policy.decided[unit] = true end
  end
  return x.policy
end

-- The first of the unit's dependencies that has ended with one of these letters.
local function first_ended(x, unit, letters)
  for dependency in string.gmatch(plan_of(x, unit).deps, '%d+') do
    if string.find(letters, letter_of(x, dependency), 1, true) then return dependency end
  end
end

-- The counters of a pending step anew, from the letters of what it waits for.
local function recount(x, unit)
  local s = state_of(x, unit)
  s.open, s.ok, s.skipped, s.failed = 0, 0, 0, 0
  for dependency in string.gmatch(plan_of(x, unit).deps, '%d+') do
    local letter = letter_of(x, dependency)
    local outcome = ({ s = 'ok', k = 'skipped', f = 'failed', b = 'failed', c = 'failed' })[letter] or 'open'
    if letter == 'a' then outcome = plan_of(x, unit).trigger == 'n' and 'ok' or 'failed' end
    s[outcome] = s[outcome] + 1
  end
  return s
end
