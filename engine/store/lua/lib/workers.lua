-- The leases of workers.
-- KEYS[1] NS

-- Adds up the slots of all workers and their claims.
local function count_slots()
  local slots, busy = 0, 0
  for _, each in ipairs(redis.call('ZRANGE', keys.leases(), 0, -1)) do
    slots = slots + tonumber(redis.call('HGET', keys.worker(each), 'slots') or '0')
    busy = busy + redis.call('HLEN', keys.claims(each))
  end
  redis.call('HSET', keys.meta(), 'slots', slots, 'busy', busy)
end

local busy_change = 0  -- of the number of claims

local function add_claim(worker, member, claim)
  busy_change = busy_change + redis.call('HSET', keys.claims(worker), member, task_of(claim) .. '|0')
end

local function remove_claim(worker, member)
  busy_change = busy_change - redis.call('HDEL', keys.claims(worker), member)
end

local function save_busy()
  if busy_change ~= 0 then redis.call('HINCRBY', keys.meta(), 'busy', busy_change) end
  busy_change = 0
end

local function forget_worker(worker)
  -- Taken off instead of added up: hundreds may be forgotten in one call.
  local slots = tonumber(redis.call('HGET', keys.worker(worker), 'slots') or '0')
  -- Redis does not read the '-0' that a worker without slots would give.
  if slots > 0 then redis.call('HINCRBY', keys.meta(), 'slots', -slots) end
  redis.call('DEL', keys.worker(worker))
  redis.call('ZREM', keys.leases(), worker)
end

-- Postpones what the gap alone would make due: the leases of all workers and the deadlines of running units.
local function extend_all(lease, gap)
  for _, worker in ipairs(redis.call('ZRANGE', keys.leases(), 0, -1)) do
    redis.call('ZADD', keys.leases(), 'GT', now + lease, worker)
  end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', keys.due(), '-inf', now + gap)) do
    local id, unit = parse_member(member)
    local x = load_execution(id)
    if x and unit ~= '+' and letter_of(x, unit) == STATE.running and not cancelled_at(x, unit) then
      redis.call('ZINCRBY', keys.due(), gap, member)
    end
  end
end
