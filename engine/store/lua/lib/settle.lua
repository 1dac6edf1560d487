-- The end of a unit, whose event has the letter of its new state.
-- KEYS[1] NS. ARGV[1], ARGV[2] as in queues.
local function drop_claim(x, unit, s)
  if s.worker ~= '' then remove_claim(s.worker, member_of(x, unit, s)) end
  touched[plan_of(x, unit).queue] = true  -- claims have freed room that is not filled yet
end

local function end_unit(x, unit, s, letter, tail)
  drop_claim(x, unit, s)
  set_letter(x, unit, letter)
  s.ended, s.claim = now - x.at, ''
  save_state(x, unit, s)
  local _, item = parse_unit(unit)
  if not item then x.open = x.open - 1 end
  emit(x, letter, unit, s.attempt, tail)
end

-- Ends a step that will not run. `why` is a code, see reasons.lua; `text` follows it, if any.
-- Returns how that counts for its dependents: skipped or failed.
local function skip(x, unit, s, letter, why, text)
  s.why, s.queued, s.started = why, '', ''
  if text then redis.call('HSET', keys.data(x.id), FIELD.reason .. unit, text) end
  end_unit(x, unit, s, letter, text and why .. ' ' .. text or why)
  return letter == STATE.blocked and 'failed' or 'skipped'
end

local function end_by_hand(x, unit, letter, reason)
  if letter == STATE.success then redis.call('HSET', keys.data(x.id), FIELD.result .. unit, 'null') end
  skip(x, unit, state_of(x, unit), letter, REASON.by_hand, reason)
end
