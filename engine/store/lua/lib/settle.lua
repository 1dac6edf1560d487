-- The end of a unit, whose event has the letter of its new state; what follows for the units that wait for it.
-- KEYS[1] NS. ARGV[1], ARGV[2] as in dispatch.
-- Letters of ends: s success, f failure, a failure that was allowed, c cancelled, k skipped by a decision, b skipped because something failed.
local function end_unit(x, unit, s, letter, tail)
  if s.worker ~= '' then redis.call('HDEL', NS .. ':worker:' .. s.worker .. ':claims', member_of(x, unit, s)) end
  set_letter(x, unit, letter)
  touched[plan_of(x, unit).queue] = true  -- claims have made room that nobody has filled yet
  s.ended, s.claim = now - x.at, ''
  save_state(x, unit, s)
  local _, item = place_of(unit)
  if not item then x.open = x.open - 1 end
  emit(x, letter, unit, s.attempt, tail)
end

-- A step that will not run. `why` is a code that readers turn into a sentence, `text` its own words: N no dependency succeeded, T nothing failed,
-- K<unit> that one was skipped though all were to succeed, F<unit> that one failed, S<unit> stopped after that one failed, C its own condition,
-- B a branch has not chosen it, V<unit> that branch was skipped itself or has failed as it may, H a person.
local function skip(x, unit, s, letter, why, text)
  s.why, s.queued, s.started = why, '', ''
  if text then redis.call('HSET', x.key .. ':data', 'w' .. unit, text) end
  end_unit(x, unit, s, letter, text and why .. ' ' .. text or why)
end

local function end_by_hand(x, unit, letter, reason)
  if letter == 's' then redis.call('HSET', x.key .. ':data', 'r' .. unit, 'null') end
  skip(x, unit, state_of(x, unit), letter, 'H', reason)
end

-- A pending step whose dependencies have all ended starts, is decided, or is skipped. Answers what its skip means to its dependents, if so.
local function settle_step(x, unit, s)
  local plan = plan_of(x, unit)
  if x.stop and not policy_of(x).late[unit] then
    skip(x, unit, s, 'b', 'S' .. x.stop)
    return 'failed'
  end
  local branch = plan.branch and letter_of(x, plan.branch)
  if branch == 'k' or branch == 'a' then
    skip(x, unit, s, 'k', 'V' .. plan.branch)
    return 'skipped'
  elseif branch and branch ~= 's' then
    skip(x, unit, s, 'b', 'F' .. plan.branch)
    return 'failed'
  end
  if plan.deps == '' or triggered(plan.trigger, s) then
    if plan.decided then ask(x, unit, s) else make_ready(x, unit, s) end
    return
  end
  local failed, allowed = first_ended(x, unit, 'fbc'), s.failed > 0 and first_ended(x, unit, 'a')
  if failed then
    skip(x, unit, s, 'b', 'F' .. failed)
    return 'failed'
  elseif allowed then  -- what was allowed must not keep a successful execution from being complete
    skip(x, unit, s, 'k', 'F' .. allowed)
    return 'skipped'
  else
    skip(x, unit, s, 'k', plan.trigger == 'x' and 'T' or plan.trigger == 'S' and 'K' .. first_ended(x, unit, 'k') or 'N')
    return 'skipped'
  end
end

-- Tells the steps that depend on this one how it ended: ok, skipped, failed or allowed (to fail). What they become is told on.
local function release(x, unit, outcome)
  local told = { unit, outcome }
  for i = 1, math.huge, 2 do
    if not told[i] then return end
    for dependent in string.gmatch(plan_of(x, told[i]).dependents, '[^,]+') do
      if letter_of(x, dependent) == 'p' then
        local s, counted = state_of(x, dependent), told[i + 1]
        if counted == 'allowed' then counted = plan_of(x, dependent).trigger == 'n' and 'ok' or 'failed' end
        s.open = s.open - 1
        s[counted] = s[counted] + 1
        local skipped = nil
        if s.open == 0 then skipped = settle_step(x, dependent, s) else save_state(x, dependent, s) end
        if skipped then told[#told + 1], told[#told + 2] = dependent, skipped end
      end
    end
  end
end
