-- The next claim of a slot that has ended a unit, or whose message came too late.
-- KEYS[1] NS

-- Returns what this claim has got already, if its call is a repeated one.
local function claimed_before(by)
  local claims = redis.call('HGETALL', keys.claims(by.worker))
  for i = 1, #claims, 2 do
    local id, unit = parse_member(claims[i])
    local x = string.find(claims[i + 1], task_of(by.claim) .. '|', 1, true) == 1 and load_execution(id)
    local s = x and letter_of(x, unit) == STATE.running and state_of(x, unit)
    if s and s.claim == by.claim then return claimed(x, unit, s) end
  end
end

-- Claims the next unit of a queue: the oldest published one whose message has not arrived, else the first ready one.
-- Returns nothing if there is none, or if that one needs a message of its own: for other limits, or because its task is
-- not among those that the worker runs without one. `x`: an execution that the script has loaded and will save.
local function claim_next(queue, by, x)
  save_queue(queue)
  for _, key in ipairs({ keys.published(queue), keys.ready(queue) }) do
    local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    while first[1] do
      local id, unit, attempt = parse_member(first[1])
      local other = not (x and x.id == id) and load_execution(id)
      local mine = other or x
      local s = claimable(mine, unit, attempt)
      if s then
        local plan, names = plan_of(mine, unit), redis.call('HGET', keys.worker(by.worker), 'continues') or ''
        if plan.limits ~= by.limits or not string.find(names, ',' .. plan.task .. ',', 1, true) then return end
        if key == keys.ready(queue) then
          redis.call('HSET', keys.reached(), queue, first[2])
          leave_queue(mine, queue, first[1])
        else
          redis.call('ZREM', key, first[1])
        end
        claim_unit(mine, unit, s, by)
        if other then save_execution(other) end
        return claimed(mine, unit, s)
      end
      if mine and letter_of(mine, unit) == STATE.queued then return end  -- it is about to be ended
      -- Left behind by a worker of an earlier release.
      redis.call('ZREM', key, first[1])
      first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    end
  end
end

-- The end of a script that has ended a unit: saves its execution and returns {outcome, orders, next claim or {}}.
-- `text` is the request for a next claim.
local function finish_report(outcome, x, unit, text)
  local by, queue = claim_request(text), plan_of(x, unit).queue
  local following = by and claim_next(queue, by, x)
  save_execution(x)
  return { outcome, following and pump_touched() or pump_all(), following or {} }
end

-- The same for a report that changes nothing.
local function stale_report(text)
  local by = claim_request(text)
  return { 'stale', {}, by and claimed_before(by) or {} }
end
