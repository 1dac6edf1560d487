-- Whether a step may start: its trigger, and how its dependencies ended.
-- KEYS[1] NS
local function triggered(trigger, s)
  if trigger == TRIGGER.all_success then return s.failed == 0 and s.skipped == 0 end
  if trigger == TRIGGER.any_success then return s.ok > 0 end
  if trigger == TRIGGER.any_failure then return s.failed > 0 end
  if trigger == TRIGGER.all_done or trigger == TRIGGER.always then return true end
  return s.failed == 0 and s.ok > 0
end

-- Returns how an end counts for a dependent: ok, skipped or failed. An allowed failure is ok for the trigger
-- none_failed and failed for every other one.
local function counted_as(outcome, x, dependent)
  if outcome ~= 'allowed' then return outcome end
  return plan_of(x, dependent).trigger == TRIGGER.none_failed and 'ok' or 'failed'
end

-- Returns the first of the unit's dependencies that ended with one of these letters.
local function first_ended(x, unit, letters)
  for dependency in string.gmatch(plan_of(x, unit).deps, '%d+') do
    if string.find(letters, letter_of(x, dependency), 1, true) then return dependency end
  end
end

local function outcome_of(letter)
  if letter == STATE.success then return 'ok' end
  if letter == STATE.skipped then return 'skipped' end
  if letter == STATE.allowed_failure then return 'allowed' end
  return string.find(STATES.undone, letter, 1, true) and 'failed' or 'open'
end

-- Returns the state of a pending step with its counters taken from the letters of its dependencies.
local function recount(x, unit)
  local s = state_of(x, unit)
  s.open, s.ok, s.skipped, s.failed = 0, 0, 0, 0
  for dependency in string.gmatch(plan_of(x, unit).deps, '%d+') do
    local counted = counted_as(outcome_of(letter_of(x, dependency)), x, unit)
    s[counted] = s[counted] + 1
  end
  return s
end
