-- The effect of a step's end on its dependents.
-- KEYS[1] NS

-- Starts, decides or skips a pending step whose dependencies have all ended.
-- Returns how its skip counts for its dependents, nil if it is not skipped.
local function settle_step(x, unit, s)
  local plan = plan_of(x, unit)
  if x.stop and not policy_of(x).late[unit] then return skip(x, unit, s, STATE.blocked, REASON.stopped .. x.stop) end
  local branch = plan.branch and letter_of(x, plan.branch)
  if branch == STATE.skipped or branch == STATE.allowed_failure then
    return skip(x, unit, s, STATE.skipped, REASON.undecided .. plan.branch)
  elseif branch and branch ~= STATE.success then
    return skip(x, unit, s, STATE.blocked, REASON.failed .. plan.branch)
  end
  if plan.deps == '' or triggered(plan.trigger, s) then
    if plan.decided then request_decision(x, unit, s) else make_ready(x, unit, s) end
    return
  end
  local failed = first_ended(x, unit, STATES.undone)
  if failed then return skip(x, unit, s, STATE.blocked, REASON.failed .. failed) end
  -- An allowed failure must not keep an execution from success.
  local allowed = s.failed > 0 and first_ended(x, unit, STATE.allowed_failure)
  if allowed then return skip(x, unit, s, STATE.skipped, REASON.failed .. allowed) end
  if plan.trigger == TRIGGER.any_failure then return skip(x, unit, s, STATE.skipped, REASON.nothing_failed) end
  if plan.trigger == TRIGGER.all_success then
    return skip(x, unit, s, STATE.skipped, REASON.dependency_skipped .. first_ended(x, unit, STATE.skipped))
  end
  return skip(x, unit, s, STATE.skipped, REASON.nothing_succeeded)
end

-- Starts a step that has no open dependency left, saves any other.
local function settle_or_save(x, unit, s)
  if s.open == 0 then return settle_step(x, unit, s) end
  save_state(x, unit, s)
end

-- Counts the end of a step for each dependent, then the ends of those skipped by it, and so on. A cancellation
-- ends the other dependents itself.
-- `outcome`: ok, skipped, failed or allowed (to fail).
local function release(x, unit, outcome)
  if plan_of(x, unit).dependents == '' then return end
  add_work(x, 'release ' .. unit .. ' ' .. outcome .. ' 1')
  work_off(x)
end

-- Work: "unit outcome position" of the next dependent in their list.
local function work_release(x, rest)
  local unit, outcome, position = string.match(rest, '^(%S+) (%S+) (%d+)$')
  local dependents = plan_of(x, unit).dependents
  position = tonumber(position)
  while position <= #dependents do
    if is_slice_full() then return unit .. ' ' .. outcome .. ' ' .. position end
    local dependent, following = string.match(dependents, '^(%d+),?()', position)
    if letter_of(x, dependent) == STATE.pending and not cancelled_at(x, dependent) then
      local s, counted = state_of(x, dependent), counted_as(outcome, x, dependent)
      s.open = s.open - 1
      s[counted] = s[counted] + 1
      local skipped = settle_or_save(x, dependent, s)
      if skipped then release(x, dependent, skipped) end
    end
    position = following
  end
end
