-- What an execution has to do still. A call changes no more than a slice of units and leaves the rest, in order, to the
-- next calls, `continue_execution`: between them the store serves others.
-- KEYS[1] NS
local SLICE = 200
local work_off  -- see work.lua
-- The attempt of a timer and of an order that stand for the rest; "execution|+|0".
local REST = '|+|0'

local function is_slice_full() return handled >= SLICE end

-- Adds work, a line of words.
local function add_work(x, line)
  for _, other in ipairs(x.todo) do
    if other == line then return end
  end
  x.todo[#x.todo + 1] = line
end

-- Returns where in the list the next work is: ends of units are counted for their dependents first, because later work
-- counts by the states of steps.
local function next_work(x)
  for i, line in ipairs(x.todo) do
    if string.find(line, 'release ', 1, true) == 1 then return i end
  end
  return 1
end

local function has_release(x) return x.todo[1] and string.find(x.todo[next_work(x)], 'release ', 1, true) == 1 end

-- Orders the next call, and sets a timer for a caller that dies.
local function order_rest(member)
  redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member)
  orders[#orders + 1] = member .. '||0'
end

-- The rest of an earlier call has its order already.
local function save_todo(x)
  if x.todo[1] then
    redis.call('HSET', x.key, 'todo', table.concat(x.todo, '\n'))
    if x.had_todo and not x.continues then redis.call('ZADD', keys.due(), 'NX', now + PUBLISH_LEASE, x.id .. REST)
    else order_rest(x.id .. REST) end
  elseif x.had_todo then
    redis.call('HDEL', x.key, 'todo')
    redis.call('ZREM', keys.due(), x.id .. REST)
  end
end
