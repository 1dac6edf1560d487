-- The leases of workers.
-- KEYS[1] NS

local function forget_worker(worker)
  redis.call('DEL', keys.worker(worker))
  redis.call('ZREM', keys.leases(), worker)
end

-- Postpones what would become due only because of the gap: the leases of all workers and the deadlines of running units.
local function extend_all(lease, gap)
  for _, worker in ipairs(redis.call('ZRANGE', keys.leases(), 0, -1)) do
    redis.call('ZADD', keys.leases(), 'GT', now + lease, worker)
  end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', keys.due(), '-inf', now + gap)) do
    local id, unit = parse_member(member)
    local x = load_execution(id)
    if x and letter_of(x, unit) == STATE.running and not x.cancel then
      redis.call('ZINCRBY', keys.due(), gap, member)
    end
  end
end
