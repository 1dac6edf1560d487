-- From ready to published: units become ready, and a window per queue bounds what lies in the broker.
-- KEYS[1] NS. ARGV[1] most messages published and not yet claimed, per queue; twice the slots of all workers if that is more. ARGV[2] publish lease, ms.
local slots = tonumber(redis.call('HGET', NS .. ':meta', 'slots') or '0')
local WINDOW = math.max(tonumber(ARGV[1]), 2 * slots)  -- two messages a slot, or slots would run dry between two fillings
local PUBLISH_LEASE = tonumber(ARGV[2])
-- Fair queueing: each execution's next ready unit of a queue stands one place (by its weight) behind its last one, counted from where the
-- queue has got to. So a thousand ready units of one execution leave room for the few of another.
local function place_in(queue, x)
  local reached = tonumber(redis.call('HGET', NS .. ':reached', queue) or '0')
  return reached + redis.call('HINCRBY', x.key, 'ready:' .. queue, 1) / x.weight
end

local function leave(queue, key)
  if redis.call('HINCRBY', key, 'ready:' .. queue, -1) == 0 then redis.call('HDEL', key, 'ready:' .. queue) end
end

local touched = {}  -- queues with a change, to be pumped at the end of the script
local orders = {}  -- what the caller has to do: decide (see `ask`) or publish

local function make_ready(x, unit, s)
  s.attempt = s.attempt + 1
  s.dispatches = 0
  s.queued, s.started, s.ended, s.claim, s.worker, s.why = now - x.at, '', '', '', '', ''
  set_letter(x, unit, 'q')
  save_state(x, unit, s)
  local queue = plan_of(x, unit).queue
  redis.call('ZADD', NS .. ':ready:' .. queue, place_in(queue, x), member_of(x, unit, s))
  touched[queue] = true
  emit(x, 'q', unit, s.attempt)
end

-- A step that needs a decision before it starts stays pending, with a timer, until somebody calls `decide_step`. The order reads "execution|unit|attempt||0".
local function ask(x, unit, s)
  save_state(x, unit, s)
  redis.call('ZADD', NS .. ':due', now + PUBLISH_LEASE, member_of(x, unit, s))
  orders[#orders + 1] = member_of(x, unit, s) .. '||0'
end

-- What the caller has to publish: "execution|unit|attempt|queue|timeout ms"
local function message_for(member, queue)
  local id, unit = string.match(member, '^([^|]*)|([^|]*)|')
  local names = redis.call('HMGET', NS .. ':x:' .. id, 'wf', 'ver')
  local row = redis.call('HGET', NS .. ':plan:' .. names[1] .. ':' .. names[2], (place_of(unit)))
  return member .. '|' .. queue .. '|' .. string.match(row, '^[^|]*|([^|]*)|')
end

-- Fills the window of a queue once no more than `level` of it is taken: by halves, so that messages go out in batches.
local function pump(queue, publish, level)
  local taken = redis.call('SCARD', NS .. ':window:' .. queue)
  local room = WINDOW - taken
  if taken > level or room <= 0 then return end
  local popped = redis.call('ZPOPMIN', NS .. ':ready:' .. queue, room)
  if #popped > 0 then redis.call('HSET', NS .. ':reached', queue, popped[#popped]) end
  for i = 1, #popped, 2 do
    leave(queue, NS .. ':x:' .. string.match(popped[i], '^[^|]*'))
    redis.call('SADD', NS .. ':window:' .. queue, popped[i])
    redis.call('ZADD', NS .. ':due', now + PUBLISH_LEASE, popped[i])
    publish[#publish + 1] = message_for(popped[i], queue)
  end
end

local function pump_touched()
  for queue in pairs(touched) do pump(queue, orders, WINDOW / 2) end
  return orders
end

-- Takes a unit out of whatever would make it run: its timer, the ready queue, the window.
local function withdraw(x, unit, s)
  local member = member_of(x, unit, s)
  local queue = plan_of(x, unit).queue
  redis.call('ZREM', NS .. ':due', member)
  if redis.call('ZREM', NS .. ':ready:' .. queue, member) == 1 then leave(queue, x.key) end
  redis.call('SREM', NS .. ':window:' .. queue, member)
  touched[queue] = true
end
