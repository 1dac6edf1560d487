-- Launches a workflow: writes a new execution and makes its first steps ready.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] workflow id   ARGV[4] version   ARGV[5] suffix that makes the id unique   ARGV[6] nonce of this call
-- ARGV[7] input, JSON   ARGV[8] labels, JSON or ''   ARGV[9] note or ''
-- ARGV[10] hash of the idempotency key or ''   ARGV[11] hash of the launch
-- ARGV[12] number of steps   ARGV[13] units to start with, comma-separated   ARGV[14] weight of its steps in a queue
-- ARGV[15] execution that this launch repeats, or ''   ARGV[16] headers of its trace, JSON or ''
-- ARGV[17...] labels as "key=value"
-- Returns {'created' | 'replayed' | 'conflict' | 'taken', execution id, orders}.
-- Repeating a call (same nonce) returns 'created' again, but no orders: their timers return them.
local wf, ver, suffix, nonce = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local idem = ARGV[10]

-- Not looked up by its id: that contains the second of the launch, and a call may be repeated seconds later.
local repeated = redis.call('GET', keys.launch(nonce))
if repeated then return { 'created', repeated, {} } end

if idem ~= '' then
  local known = redis.call('GET', keys.idempotency(idem))
  if known then
    local id, hash = string.match(known, '^([^|]*)|(.*)$')
    return { hash == ARGV[11] and 'replayed' or 'conflict', id, {} }
  end
end

local id = wf .. '-' .. timestamp(now) .. '-' .. suffix
local key = keys.execution(id)
if redis.call('EXISTS', key) == 1 then return { 'taken', id, {} } end

-- A set comes first: a store at its memory limit refuses the launch before anything is written.
local steps = tonumber(ARGV[12])
redis.call('HSET', key, 'wf', wf, 'ver', ver, 'st', 'pending', 'at', now,
  'v', string.rep(STATE.pending, steps), 'open', steps, 'bad', 0, 'rnd', 1)
if ARGV[14] ~= '1' then redis.call('HSET', key, 'wt', ARGV[14]) end
redis.call('SET', keys.launch(nonce), id, 'EX', 120)
if ARGV[8] ~= '' then redis.call('HSET', key, 'lab', ARGV[8]) end
if ARGV[15] ~= '' then
  redis.call('HSET', key, 'from', ARGV[15])
  -- If it was deleted after the caller read it, it stays deleted.
  local original = keys.execution(ARGV[15])
  if redis.call('EXISTS', original) == 1 then redis.call('HSET', original, 'again', id) end
end
if ARGV[9] ~= '' then redis.call('HSET', key, 'note', ARGV[9]) end
redis.call('HSET', keys.data(id), 'input', ARGV[7])
if ARGV[16] ~= '' then redis.call('HSET', keys.data(id), 'trace', ARGV[16]) end
if idem ~= '' then
  redis.call('HSET', key, 'idem', idem)
  redis.call('SET', keys.idempotency(idem), id .. '|' .. ARGV[11], 'EX', 86400)
end
redis.call('ZADD', keys.index_all(), now, id)
redis.call('ZADD', keys.index_status('pending'), now, id)
redis.call('ZADD', keys.index_workflow(wf), now, id)
redis.call('ZADD', keys.index_both(wf, 'pending'), now, id)
for i = 17, #ARGV do redis.call('ZADD', keys.index_label(ARGV[i]), now, id) end

local x = load_execution(id)
emit(x, EVENT.execution_created)
add_work(x, 'begin ' .. ARGV[13])
work_off(x, { begin = work_begin })
save_execution(x)
return { 'created', id, pump_touched() }
