-- From ready to published: ready units wait in a list per queue, and a window limits the messages in the broker.
-- KEYS[1] NS
-- ARGV[1] limit of published, unclaimed messages per queue; twice the slots of all workers if that is more
-- ARGV[2] publish lease, ms
local PUBLISH_LEASE = tonumber(ARGV[2])
local touched = {}  -- queues with a change, to be pumped at the end of the script
local orders = {}  -- the orders for the caller: publish, or decide (see `request_decision`)

-- Fair queueing: each execution's next ready unit of a queue comes one position (by its weight) after its last one,
-- counted from the position that the queue has reached. So a thousand ready units of one execution leave room for the
-- few of another.
local function queue_position(queue, x)
  local reached = tonumber(redis.call('HGET', keys.reached(), queue) or '0')
  return reached + redis.call('HINCRBY', x.key, FIELD.ready .. queue, 1) / x.weight
end

local function leave_queue(queue, key)
  if redis.call('HINCRBY', key, FIELD.ready .. queue, -1) == 0 then redis.call('HDEL', key, FIELD.ready .. queue) end
end

-- Returns the order to publish: "execution|unit|attempt|queue|limits|task". The limits, in ms, are "soft" or
-- "soft/hard"; the task is empty in plans of earlier releases.
local function message_for(member, queue)
  local id, unit = parse_member(member)
  local names = redis.call('HMGET', keys.execution(id), 'wf', 'ver')
  local index = parse_unit(unit)
  local f = redis.call('HMGET', keys.plan(names[1], names[2]), index, FIELD.limits .. index, FIELD.task .. index)
  local limits = f[2] or string.match(f[1], '^[^|]*|([^|]*)|')
  return member .. '|' .. queue .. '|' .. limits .. '|' .. (f[3] or '')
end

local window  -- its size, read on demand

-- Fills the window of a queue when no more than this share of it is taken.
-- With one half, messages are published in batches.
local function pump(queue, share)
  if not window then
    local slots = tonumber(redis.call('HGET', keys.meta(), 'slots') or '0')
    window = math.max(tonumber(ARGV[1]), 2 * slots)  -- two messages a slot, so that no slot runs dry
  end
  local taken = redis.call('SCARD', keys.window(queue))
  local room = window - taken
  if taken > window * share or room <= 0 then return end
  local popped = redis.call('ZPOPMIN', keys.ready(queue), room)
  if #popped > 0 then redis.call('HSET', keys.reached(), queue, popped[#popped]) end
  for i = 1, #popped, 2 do
    local member = popped[i]
    local id = parse_member(member)
    leave_queue(queue, keys.execution(id))
    redis.call('SADD', keys.window(queue), member)
    redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member)
    orders[#orders + 1] = message_for(member, queue)
  end
end

local function pump_touched()
  for queue in pairs(touched) do pump(queue, 1 / 2) end
  return orders
end
