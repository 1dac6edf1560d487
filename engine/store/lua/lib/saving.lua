-- Writes what a script has changed of an execution.
-- KEYS[1] NS
local MOST_ARGUMENTS = 1000  -- in one call of a command

-- Calls a command for all of these values, in parts.
local function call_for_all(command, key, values)
  local reply
  for i = 1, #values, MOST_ARGUMENTS do
    reply = redis.call(command, key, unpack(values, i, math.min(i + MOST_ARGUMENTS - 1, #values)))
  end
  return reply
end

local function save_states(x)
  local packed = {}
  for unit, s in pairs(x.changed) do
    packed[#packed + 1] = unit
    packed[#packed + 1] = table.concat({
      s.open, s.ok, s.skipped, s.failed, s.attempt, s.base, s.lost, s.dispatches,
      s.queued, s.started, s.ended, s.claim, s.worker, s.why,
    }, '|')
  end
  call_for_all('HDEL', keys.states(x.id), x.dropped)
  call_for_all('HSET', keys.states(x.id), packed)
  x.changed, x.dropped = {}, {}
end

-- Listeners need only the last event: they read the log.
local function save_events(x)
  local seq = call_for_all('RPUSH', keys.log(x.id), x.events)
  if seq then redis.call('PUBLISH', keys.events(x.id), seq .. ' ' .. x.events[#x.events]) end
  x.events = {}
end

-- The numbers of its ready units, see `queue_position`.
local function save_waiting(x)
  for queue, change in pairs(x.waiting) do add_waiting(x.key, queue, change) end
  x.ready, x.waiting = {}, {}
end

local function save_execution(x)
  save_states(x)
  redis.call('HSET', x.key, 'st', x.st, 'v', x.v, 'open', x.open, 'bad', x.bad)
  for index, letters in pairs(x.items) do
    if letters ~= '' then redis.call('HSET', x.key, FIELD.items .. index, letters) end
  end
  save_todo(x)
  save_waiting(x)
  save_events(x)
  save_busy()
  redis.call('PUBLISH', keys.summary(), x.id)
end
