-- Handles due timers and lost workers. Any number of processes may call it; one call per interval does the work.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] interval, ms   ARGV[4] lease, ms   ARGV[5] ms between two attempts to stop a step
-- ARGV[6] ms until a cancelled step ends unconfirmed   ARGV[7] most timers handled in one call
-- Returns {orders, stops, ends}: stops are "claim|worker|ms since the cancellation", ends are
-- "execution|unit|attempt|claim|kind|worker" with kind timeout, lost or unconfirmed, for the caller to end through
-- fail_step. Every returned timer is set again, so a caller that dies loses nothing.
local last = tonumber(redis.call('HGET', keys.meta(), 'last_tick') or '0')
local gap = now - last
if gap >= 0 and gap < tonumber(ARGV[3]) then return { {}, {}, {} } end  -- below 0: the clock was set back
redis.call('HSET', keys.meta(), 'last_tick', now)
local lease, stops, ends = tonumber(ARGV[4]), {}, {}

-- While no process ticked (the store or all processes were down, or are new), a missing heartbeat proves nothing.
local amnesty = last == 0 or gap > lease / 2
if amnesty then extend_all(lease, last > 0 and gap or 0) end

local function end_attempt(member, s, kind)
  ends[#ends + 1] = member .. '|' .. s.claim .. '|' .. kind .. '|' .. s.worker
end

local function on_running(x, unit, s, member)
  local skip_order = redis.call('HGET', x.key, FIELD.skip .. unit) or ''
  local stopped_at = cancelled_at(x, unit) or tonumber(string.match(skip_order, '^%d+') or nil)
  if stopped_at and (amnesty or now - stopped_at < tonumber(ARGV[6])) then
    redis.call('ZADD', keys.due(), now + tonumber(ARGV[5]), member)
    stops[#stops + 1] = stop_order(s) .. '|' .. (now - stopped_at)
  else
    redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member)
    end_attempt(member, s, stopped_at and 'unconfirmed' or 'timeout')
  end
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', keys.due(), '-inf', now, 'LIMIT', 0, ARGV[7])) do
  local id, unit = parse_member(member)
  local x = load_execution(id)
  local letter = x and unit ~= '+' and letter_of(x, unit)
  if x and x.todo[1] and unit == '+' then
    order_rest(member)
  elseif letter == STATE.queued then
    local s = state_of(x, unit)
    s.dispatches = s.dispatches + 1
    save_state(x, unit, s)
    save_states(x)
    publish_again(member, plan_of(x, unit).queue)
  elseif letter == STATE.pending then
    request_decision(x, unit, state_of(x, unit))
    save_states(x)
  elseif letter == STATE.retrying then
    redis.call('ZREM', keys.due(), member)
    make_ready(x, unit, state_of(x, unit))
    save_execution(x)
  elseif letter == STATE.running then
    on_running(x, unit, state_of(x, unit), member)
  else
    redis.call('ZREM', keys.due(), member)
  end
end
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', keys.leases(), '-inf', now)) do
  local claims = redis.call('HKEYS', keys.claims(worker))
  for _, member in ipairs(claims) do
    local id, unit, attempt = parse_member(member)
    local x = load_execution(id)
    local s = x and letter_of(x, unit) == STATE.running and state_of(x, unit)
    if s and s.attempt == tonumber(attempt) and s.worker == worker then
      end_attempt(member, s, 'lost')
    else
      remove_claim(worker, member)
    end
  end
  if #claims == 0 then forget_worker(worker) end
end

count_slots()
for _, queue in ipairs(redis.call('SMEMBERS', keys.queues())) do
  forget_messages(queue)
  pump(queue, 1)
end
return { orders, stops, ends }
