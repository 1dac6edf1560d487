-- From ready to published: ready units wait in a list per queue, and few of them have a message in the broker.
-- KEYS[1] NS
-- ARGV[1] limit of published, unclaimed messages per queue; twice the slots of all workers if that is more
local touched = {}  -- queues with a change, to be pumped at the end of the script

local additions = {}  -- positions and members that are not in their queues yet, by queue
local reached = {}

-- Fair queueing: each execution's next ready unit of a queue comes one position (by its weight) after its last one,
-- counted from the position that the queue has reached. So a thousand ready units of one execution leave room for the
-- few of another.
local function enter_queue(x, queue, member)
  reached[queue] = reached[queue] or tonumber(redis.call('HGET', keys.reached(), queue) or '0')
  x.ready[queue] = x.ready[queue] or tonumber(redis.call('HGET', x.key, FIELD.ready .. queue) or '0')
  x.waiting[queue] = (x.waiting[queue] or 0) + 1
  local added = additions[queue] or {}
  added[#added + 1] = reached[queue] + (x.ready[queue] + x.waiting[queue]) / x.weight
  added[#added + 1] = member
  additions[queue], touched[queue] = added, true
end

-- Writes what has entered a queue in this script.
local function save_queue(queue)
  if additions[queue] then call_for_all('ZADD', keys.ready(queue), additions[queue]) end
  additions[queue] = nil
end

local function leave_queue(x, queue, member)
  save_queue(queue)
  if redis.call('ZREM', keys.ready(queue), member) == 0 then return end
  x.waiting[queue] = (x.waiting[queue] or 0) - 1
end

local most, idle  -- messages per queue, idle slots of all workers; read on demand

-- Returns how many more messages of a queue may be published. A message wakes an idle slot: busy slots take their next
-- unit when they end one. A message that was not claimed within FRESH ms wakes no slot: it is lost, or its task waits
-- for its rate limit. `least` is for slots that are busy with tasks which the store does not see.
local function room_in(queue, least)
  if not most then
    local counts = redis.call('HMGET', keys.meta(), 'slots', 'busy')
    local slots = tonumber(counts[1] or '0')
    most = math.max(tonumber(ARGV[1]), 2 * slots)
    idle = slots > 0 and slots - tonumber(counts[2] or '0') or math.huge  -- before the first worker
  end
  local wakes = math.max(idle, least)
  if wakes == 0 then return 0 end
  local room = most - redis.call('ZCARD', keys.published(queue))
  if idle == math.huge then return room end
  return math.min(room, wakes - redis.call('ZCOUNT', keys.messages(queue), now - FRESH, '+inf'))
end

-- Publishes the first ready units of a queue, as many as there is room for.
local function pump(queue, least)
  save_queue(queue)
  if redis.call('ZCARD', keys.ready(queue)) == 0 then return end
  local room = room_in(queue, least)
  if room <= 0 then return end
  local popped = redis.call('ZPOPMIN', keys.ready(queue), room)
  redis.call('HSET', keys.reached(), queue, popped[#popped])
  for i = 1, #popped, 2 do
    local id = parse_member(popped[i])
    add_waiting(keys.execution(id), queue, -1)
    redis.call('ZADD', keys.published(queue), popped[i + 1], popped[i])
    publish(popped[i], queue)
  end
end

local function pump_touched()
  for queue in pairs(touched) do pump(queue, 0) end
  return orders
end

-- After the end of a unit whose slot takes no other: the slot is free for a unit of any queue.
local function pump_all()
  for _, queue in ipairs(redis.call('SMEMBERS', keys.queues())) do touched[queue] = true end
  return pump_touched()
end
