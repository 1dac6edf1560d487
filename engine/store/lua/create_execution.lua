-- A launch: writes a new execution, makes its first steps ready.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] workflow id   ARGV[4] version   ARGV[5] suffix that makes the id unique   ARGV[6] nonce of this call
-- ARGV[7] input, JSON   ARGV[8] labels, JSON or ''   ARGV[9] note or ''
-- ARGV[10] hash of the idempotency key or ''   ARGV[11] hash of the launch   ARGV[12] number of steps   ARGV[13] units to start with, comma-separated
-- ARGV[14] weight of its steps in a queue   ARGV[15] execution whose input it was launched with again, or ''   ARGV[16...] labels as "key=value"
-- Returns {'created' | 'replayed' | 'conflict' | 'taken', execution id, orders}. Repeating a call (same nonce) answers 'created' again, but hands out no orders a second time: their timers do.
local wf, ver, suffix, nonce = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local idem = ARGV[10]

-- Not found by its id: that holds the second of the launch, and a call may be repeated seconds later or after the end.
local repeated = redis.call('GET', NS .. ':launch:' .. nonce)
if repeated then return { 'created', repeated, {} } end

if idem ~= '' then
  local known = redis.call('GET', NS .. ':idempotency:' .. idem)
  if known then
    local id, hash = string.match(known, '^([^|]*)|(.*)$')
    return { hash == ARGV[11] and 'replayed' or 'conflict', id, {} }
  end
end

-- Days to a civil date, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
local function timestamp(ms)
  local s = math.floor(ms / 1000)
  local z = math.floor(s / 86400) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local t = s % 86400
  return string.format('%04d%02d%02dT%02d%02d%02d', year, month, day, math.floor(t / 3600), math.floor(t % 3600 / 60), t % 60)
end

local id = wf .. '-' .. timestamp(now) .. '-' .. suffix
local key = NS .. ':x:' .. id
if redis.call('EXISTS', key) == 1 then return { 'taken', id, {} } end

-- A set comes first: a store at its memory limit refuses the launch before anything is written.
local steps = tonumber(ARGV[12])
redis.call('HSET', key, 'wf', wf, 'ver', ver, 'st', 'pending', 'at', now, 'v', string.rep('p', steps), 'open', steps, 'bad', 0, 'rnd', 1)
if ARGV[14] ~= '1' then redis.call('HSET', key, 'wt', ARGV[14]) end
redis.call('SET', NS .. ':launch:' .. nonce, id, 'EX', 120)
if ARGV[8] ~= '' then redis.call('HSET', key, 'lab', ARGV[8]) end
if ARGV[15] ~= '' then
  redis.call('HSET', key, 'from', ARGV[15])
  -- One that was removed since its caller has looked stays removed.
  local original = NS .. ':x:' .. ARGV[15]
  if redis.call('EXISTS', original) == 1 then redis.call('HSET', original, 'again', id) end
end
if ARGV[9] ~= '' then redis.call('HSET', key, 'note', ARGV[9]) end
redis.call('HSET', key .. ':data', 'input', ARGV[7])
if idem ~= '' then
  redis.call('HSET', key, 'idem', idem)
  redis.call('SET', NS .. ':idempotency:' .. idem, id .. '|' .. ARGV[11], 'EX', 86400)
end
redis.call('ZADD', NS .. ':index:all', now, id)
redis.call('ZADD', NS .. ':index:status:pending', now, id)
redis.call('ZADD', NS .. ':index:workflow:' .. wf, now, id)
redis.call('ZADD', NS .. ':index:both:' .. wf .. ':pending', now, id)
for i = 16, #ARGV do redis.call('ZADD', NS .. ':index:label:' .. ARGV[i], now, id) end

local x = load_execution(id)
emit(x, 'C')
for unit in string.gmatch(ARGV[13], '[^,]+') do
  local begin = plan_of(x, unit).decided and ask or make_ready
  begin(x, unit, state_of(x, unit))
end
save_execution(x)
return { 'created', id, pump_touched() }
