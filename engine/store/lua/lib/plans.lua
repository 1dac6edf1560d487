-- The plan of an execution's workflow: a row per step, see `plan_row` in engine/store/plans.py.
-- KEYS[1] NS
local TRIGGER = {
  none_failed = 'n',
  all_success = 'S',
  any_success = 'y',
  any_failure = 'x',
  all_done = 'd',
  always = 'A',
}

-- Returns the plan of the unit's step. `limits` are those of its task in ms, "soft" or "soft/hard"; `task` is its name,
-- empty in plans of earlier releases. `rule` begins with the letter of the trigger, followed by a: may fail,
-- ?: needs a decision before it starts, m<number>: mapped, so many items at a time,
-- s<index>: the step that has the list of items, B<index>: the branch that must choose it.
local function plan_of(x, unit)
  local i = parse_unit(unit)
  local plan = x.plans[i]
  if plan then return plan end
  local f = redis.call('HMGET', x.plan, i, FIELD.limits .. i, FIELD.task .. i)
  local queue, timeout, deps, dependents, rule = string.match(f[1], '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|?(.*)$')
  plan = {
    queue = queue, timeout = tonumber(timeout), deps = deps, dependents = dependents,
    limits = f[2] or timeout, task = f[3] or '',
    trigger = string.match(rule, '^%a') or TRIGGER.none_failed,
  }
  if #rule > 1 then
    plan.may_fail = string.find(rule, 'a', 2, true)
    plan.decided = string.find(rule, '?', 2, true)
    plan.mapped = string.find(rule, 'm', 2, true)
    plan.parallel = tonumber(string.match(rule, 'm(%d+)') or nil)
    plan.source = string.match(rule, 's(%d+)')
    plan.branch = string.match(rule, 'B(%d+)')
  end
  x.plans[i] = plan
  return plan
end

-- Returns the part of a plan that is needed only after an early end: whether a failure stops the rest, which steps
-- may start after the stop (triggers any_failure, all_done and always), which of them even after a cancellation
-- (always), which need a decision before they start.
local function policy_of(x)
  if not x.policy then
    local f = redis.call('HMGET', x.plan, 'on_failure', 'late', 'decided', 'always')
    x.policy = { stops = f[1] ~= 'continue', late = {}, decided = {}, always = {} }
    for unit in string.gmatch(f[2] or '', '%d+') do x.policy.late[unit] = true end
    for unit in string.gmatch(f[3] or '', '%d+') do x.policy.decided[unit] = true end
    for unit in string.gmatch(f[4] or '', '%d+') do x.policy.always[unit] = true end
  end
  return x.policy
end

-- Returns when the cancellation was requested that ends this unit, nil if none was: a step with the trigger always is
-- clean-up, which goes on.
local function cancelled_at(x, unit)
  return x.cancel and plan_of(x, unit).trigger ~= TRIGGER.always and x.cancel or nil
end

-- Whether a cancellation or the stop after a failure ends what has not started of the unit's step.
local function is_ending(x, unit)
  return cancelled_at(x, unit) or (x.stop and not policy_of(x).late[tostring((parse_unit(unit)))])
end
