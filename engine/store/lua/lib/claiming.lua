-- Claims units for a worker.
-- KEYS[1] NS

-- A request for a claim, "claim|worker|lease, ms|deadline grace, ms|limits"; '' for none. With limits only a unit that
-- has the same ones is claimed: its slot keeps those of its message.
local function claim_request(text)
  local claim, worker, lease, grace, limits = string.match(text, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
  return claim and { claim = claim, worker = worker, lease = tonumber(lease), grace = tonumber(grace), limits = limits }
end

-- Returns the state of a unit that may be claimed, else nothing.
local function claimable(x, unit, attempt)
  local s = x and letter_of(x, unit) == STATE.queued and state_of(x, unit)
  return s and s.attempt == tonumber(attempt) and not is_ending(x, unit) and s or nil
end

-- queued -> running
local function claim_unit(x, unit, s, by)
  local member, index, item = member_of(x, unit, s), parse_unit(unit)
  add_claim(by.worker, member, by.claim)
  redis.call('ZADD', keys.due(), now + plan_of(x, unit).timeout + by.grace, member)
  s.started, s.claim, s.worker, s.why = now - x.at, by.claim, by.worker, ''
  set_letter(x, unit, STATE.running)
  save_state(x, unit, s)
  if x.st == 'pending' then
    set_status(x, 'running')
    redis.call('HSET', x.key, 'run', now)
    emit(x, EVENT.execution_running)
  end
  if item and letter_of(x, tostring(index)) == STATE.queued then
    local mapped = state_of(x, tostring(index))
    mapped.started = now - x.at
    save_state(x, tostring(index), mapped)
    set_letter(x, tostring(index), STATE.running)
    emit(x, STATE.running, tostring(index), mapped.attempt)
  end
  emit(x, STATE.running, unit, s.attempt, by.worker)
end

-- Returns what a worker needs of a claimed unit: {execution, unit, attempt, claim, workflow, version, input,
-- {results of its dependencies}, item, attempts that do not count, round, arguments that its task asked for,
-- headers of its trace, limits}.
local function claimed(x, unit, s)
  local plan, data, results = plan_of(x, unit), keys.data(x.id), {}
  for dependency in string.gmatch(plan.deps, '[^,]+') do
    -- An item gets its own element, not the whole list.
    results[#results + 1] = dependency ~= plan.source and redis.call('HGET', data, FIELD.result .. dependency) or ''
  end
  local f = redis.call('HMGET', data, 'input', FIELD.item .. unit, FIELD.arguments .. unit, 'trace')
  return {
    x.id, unit, s.attempt, s.claim, x.wf, x.ver, f[1], results, f[2] or '', s.base, x.round, f[3] or '', f[4] or '',
    plan.limits,
  }
end
