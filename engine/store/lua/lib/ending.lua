-- The effect of a unit's failure, and of its last step's end, on an execution.
-- KEYS[1] NS

local function note_failure(x, unit, s) redis.call('HSETNX', x.key, 'err', unit .. '#' .. s.attempt) end

-- After a cancellation nothing is left that a failure could stop.
local function stops_the_rest(x) return policy_of(x).stops and not x.stop and not x.cancel end

-- A step has failed for good.
local function fail_unit(x, unit, s, kind)
  local may_fail = plan_of(x, unit).may_fail
  end_unit(x, unit, s, may_fail and STATE.allowed_failure or STATE.failure, kind)
  if may_fail then return release(x, unit, 'allowed') end
  x.bad = x.bad + 1
  note_failure(x, unit, s)
  if stops_the_rest(x) then stop(x, unit) else release(x, unit, 'failed') end
end

-- An item has failed for good. The other items continue with `allow_failure`, and with on_failure=continue.
local function fail_item(x, unit, s, kind)
  end_unit(x, unit, s, STATE.failure, kind)
  if not plan_of(x, unit).may_fail then
    note_failure(x, unit, s)
    if stops_the_rest(x) then stop(x, unit) end
  end
  settle_items(x, (parse_unit(unit)))
end

local function end_execution_if_done(x)
  if x.open > 0 or not is_active(x) then return end
  local status = x.cancel and 'cancelled' or (x.bad > 0 and 'failure' or 'success')
  x.todo = {}
  set_status(x, status)
  redis.call('HSET', x.key, 'end', now)
  if not x.pin then redis.call('ZADD', keys.ended(x.wf, status), now, x.id) end
  redis.call('ZADD', keys.archivable(), now, x.id)
  emit(x, EVENT.execution_ended, nil, nil, status)
end
