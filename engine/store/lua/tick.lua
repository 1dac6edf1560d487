-- One look at the clock: due timers and lost workers. Any number of processes may call it; one call per interval does the work.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] interval, ms   ARGV[4] lease, ms   ARGV[5] ms between two tellings of a step that must stop   ARGV[6] ms after which a cancelled step ends unconfirmed   ARGV[7] most timers handled in one call
-- Returns {orders, stops, ends}: stops are "task id|worker|ms since the cancellation", ends are "execution|unit|attempt|claim|kind|worker" with kind timeout, lost or unconfirmed,
-- for the caller to end through fail_step. Every timer handed out is set again, so a caller that dies loses nothing.
local last = tonumber(redis.call('HGET', NS .. ':meta', 'last_tick') or '0')
local gap = now - last
if gap >= 0 and gap < tonumber(ARGV[3]) then return { {}, {}, {} } end  -- below 0: a clock that was set back must not keep everybody waiting
redis.call('HSET', NS .. ':meta', 'last_tick', now)
local lease, publish, stops, ends = tonumber(ARGV[4]), orders, {}, {}
local function parts(member) return string.match(member, '^([^|]*)|([^|]*)|(.*)$') end
-- Amnesty: while nobody looked (the store was down, all processes were), silence proves nothing.
local amnesty = last > 0 and gap > lease / 2
if amnesty then
  for _, worker in ipairs(redis.call('ZRANGE', NS .. ':leases', 0, -1)) do redis.call('ZADD', NS .. ':leases', 'GT', now + lease, worker) end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', NS .. ':due', '-inf', now + gap)) do
    local id, unit = parts(member)
    local x = load_execution(id)
    if x and letter_of(x, unit) == 'r' and not x.cancel then redis.call('ZINCRBY', NS .. ':due', gap, member) end
  end
end

local function on_running(x, unit, s, member)
  local asked = x.cancel or tonumber(string.match(redis.call('HGET', x.key, 'skip:' .. unit) or '', '^%d+') or nil)  -- to stop
  if not asked then
    redis.call('ZADD', NS .. ':due', now + PUBLISH_LEASE, member)
    ends[#ends + 1] = member .. '|' .. s.claim .. '|timeout|' .. s.worker
  elseif now - asked >= tonumber(ARGV[6]) and not amnesty then
    redis.call('ZADD', NS .. ':due', now + PUBLISH_LEASE, member)
    ends[#ends + 1] = member .. '|' .. s.claim .. '|unconfirmed|' .. s.worker
  else
    redis.call('ZADD', NS .. ':due', now + tonumber(ARGV[5]), member)
    stops[#stops + 1] = string.match(s.claim, '^[^.]*') .. '|' .. s.worker .. '|' .. (now - asked)
  end
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', NS .. ':due', '-inf', now, 'LIMIT', 0, ARGV[7])) do
  local id, unit = parts(member)
  local x = load_execution(id)
  local letter = x and letter_of(x, unit)
  if letter == 'q' then
    local s = state_of(x, unit)
    s.dispatches = s.dispatches + 1
    save_state(x, unit, s)
    redis.call('ZADD', NS .. ':due', now + PUBLISH_LEASE, member)
    publish[#publish + 1] = message_for(member, plan_of(x, unit).queue)
  elseif letter == 'p' then
    ask(x, unit, state_of(x, unit))
  elseif letter == 't' then
    redis.call('ZREM', NS .. ':due', member)
    make_ready(x, unit, state_of(x, unit))
    save_execution(x)
  elseif letter == 'r' then
    on_running(x, unit, state_of(x, unit), member)
  else
    redis.call('ZREM', NS .. ':due', member)
  end
end

for _, worker in ipairs(redis.call('ZRANGEBYSCORE', NS .. ':leases', '-inf', now)) do
  local claims = redis.call('HKEYS', NS .. ':worker:' .. worker .. ':claims')
  for _, member in ipairs(claims) do
    local id, unit, attempt = parts(member)
    local x = load_execution(id)
    local s = x and letter_of(x, unit) == 'r' and state_of(x, unit)
    if s and s.attempt == tonumber(attempt) and s.worker == worker then
      ends[#ends + 1] = member .. '|' .. s.claim .. '|lost|' .. worker
    else
      redis.call('HDEL', NS .. ':worker:' .. worker .. ':claims', member)
    end
  end
  if #claims == 0 then
    redis.call('DEL', NS .. ':worker:' .. worker)
    redis.call('ZREM', NS .. ':leases', worker)
  end
end

for _, queue in ipairs(redis.call('SMEMBERS', NS .. ':queues')) do pump(queue, publish, WINDOW) end
return { publish, stops, ends }
