-- Claims an attempt for a worker: queued -> running, once. Its message was only a hint.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt   ARGV[6] claim, "task id.nonce"
-- ARGV[7] worker id   ARGV[8] lease, ms   ARGV[9] deadline grace, ms
-- Returns {'claimed', workflow, version, input, {results of its dependencies}, item, attempts that do not count, round,
-- arguments that its task asked for, headers of its trace} or {'refused', reason}.
-- Repeating a call with the same claim returns the same.
-- It returns no orders, so that the body does not wait for publishing: the window is filled again when a step ends, or
-- by tick.
local id, unit, attempt, claim, worker = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]

local x = load_execution(id)
if not x then return { 'refused', 'unknown execution' } end
local letter = letter_of(x, unit)
if letter == '' then return { 'refused', 'unknown unit' } end
local s = state_of(x, unit)
local plan = plan_of(x, unit)
local index, item = parse_unit(unit)
if plan.mapped and not item then return { 'refused', 'only its items run' } end
local again = letter == STATE.running and s.claim == claim
if not again and (letter ~= STATE.queued or s.attempt ~= attempt) then
  return { 'refused', letter .. ' attempt ' .. s.attempt }
end

if not again then
  withdraw(x, unit, s)
  local member = member_of(x, unit, s)
  redis.call('ZADD', keys.leases(), 'GT', now + tonumber(ARGV[8]), worker)
  redis.call('HSET', keys.claims(worker), member, task_of(claim) .. '|0')
  redis.call('ZADD', keys.due(), now + plan.timeout + tonumber(ARGV[9]), member)
  s.started, s.claim, s.worker, s.why = now - x.at, claim, worker, ''
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
  emit(x, STATE.running, unit, attempt, worker)
  save_execution(x)
end

local data, results = keys.data(x.id), {}
for dependency in string.gmatch(plan.deps, '[^,]+') do
  -- An item gets its own element, not the whole list.
  results[#results + 1] = dependency ~= plan.source and redis.call('HGET', data, FIELD.result .. dependency) or ''
end
local f = redis.call('HMGET', data, 'input', FIELD.item .. unit, FIELD.arguments .. unit, 'trace')
return {
  'claimed', x.wf, x.ver, f[1], results, f[2] or '', s.base, x.round, f[3] or '', f[4] or '',
}
