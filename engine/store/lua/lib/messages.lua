-- Messages of attempts: the caller publishes them by the orders of a script.
-- KEYS[1] NS
-- ARGV[2] publish lease, ms
local PUBLISH_LEASE = tonumber(ARGV[2])
local FRESH = 1000  -- ms within which a message wakes an idle slot, see `room_in`
local orders = {}  -- the orders for the caller: publish, or decide (see `request_decision`)

-- Returns the order to publish: "execution|unit|attempt|queue|limits|task", see `plan_of`.
local function message_for(member, queue)
  local id, unit = parse_member(member)
  local names = redis.call('HMGET', keys.execution(id), 'wf', 'ver')
  local index = parse_unit(unit)
  local f = redis.call('HMGET', keys.plan(names[1], names[2]), index, FIELD.limits .. index, FIELD.task .. index)
  local limits = f[2] or string.match(f[1], '^[^|]*|([^|]*)|')
  return member .. '|' .. queue .. '|' .. limits .. '|' .. (f[3] or '')
end

local function publish(member, queue)
  redis.call('ZADD', keys.messages(queue), now, member)
  redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member)
  orders[#orders + 1] = message_for(member, queue)
end

-- The message was lost, or that of an earlier release: then the unit gets the first place.
local function publish_again(member, queue)
  redis.call('ZADD', keys.published(queue), 'NX', 0, member)
  publish(member, queue)
end

-- Forgets messages that wake no slot any more, and published units that workers of an earlier release have claimed.
local function forget_messages(queue)
  redis.call('ZREMRANGEBYSCORE', keys.messages(queue), '-inf', now - FRESH)
  for _, member in ipairs(redis.call('ZRANGE', keys.published(queue), 0, 15)) do
    local id, unit = parse_member(member)
    local x = load_execution(id)
    if not x or letter_of(x, unit) ~= STATE.queued then redis.call('ZREM', keys.published(queue), member) end
  end
end
