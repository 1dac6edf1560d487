-- Makes units ready or requests their decision, and withdraws them.
-- KEYS[1] NS
local function make_ready(x, unit, s)
  s.attempt = s.attempt + 1
  s.dispatches = 0
  s.queued, s.started, s.ended, s.claim, s.worker, s.why = now - x.at, '', '', '', '', ''
  set_letter(x, unit, STATE.queued)
  save_state(x, unit, s)
  local queue = plan_of(x, unit).queue
  enter_queue(x, queue, member_of(x, unit, s))
  emit(x, STATE.queued, unit, s.attempt)
end

-- A step that needs a decision before it starts stays pending, with a timer, until `decide_step` is called.
-- The order reads "execution|unit|attempt||0".
local function request_decision(x, unit, s)
  save_state(x, unit, s)
  redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member_of(x, unit, s))
  orders[#orders + 1] = member_of(x, unit, s) .. '||0'
end

-- Removes a unit from everything that would make it run: its timer, the ready and the published units.
local function withdraw(x, unit, s)
  local member = member_of(x, unit, s)
  local queue = plan_of(x, unit).queue
  redis.call('ZREM', keys.due(), member)
  leave_queue(x, queue, member)
  redis.call('ZREM', keys.published(queue), member)
  touched[queue] = true
end
