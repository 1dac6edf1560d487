-- Removes ended, unpinned executions and every trace of them; leaves all others untouched.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] only those that ended before this, ms, or '' for any   ARGV[4...] executions
-- Returns for each 'deleted', 'unknown', 'active', 'pinned' or 'recent'.
local before = tonumber(ARGV[3] ~= '' and ARGV[3] or nil)
local answers = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local x = load_execution(id)
  if not x then answers[#answers + 1] = 'unknown'
  elseif x.st == 'pending' or x.st == 'running' then answers[#answers + 1] = 'active'
  elseif x.pin then answers[#answers + 1] = 'pinned'
  elseif before and tonumber(redis.call('HGET', x.key, 'end')) >= before then answers[#answers + 1] = 'recent'
  else
    redis.call('ZREM', NS .. ':ended:' .. x.wf .. ':' .. x.st, id)
    redis.call('ZREM', NS .. ':index:all', id)
    redis.call('ZREM', NS .. ':index:status:' .. x.st, id)
    redis.call('ZREM', NS .. ':index:workflow:' .. x.wf, id)
    redis.call('ZREM', NS .. ':index:both:' .. x.wf .. ':' .. x.st, id)
    local more = redis.call('HMGET', x.key, 'lab', 'idem')
    -- Labels are our own JSON: an object of short strings, never a user's document.
    if more[1] then
      for name, value in pairs(cjson.decode(more[1])) do redis.call('ZREM', NS .. ':index:label:' .. name .. '=' .. value, id) end
    end
    if more[2] then
      -- A day later the same key may belong to another launch.
      local made = redis.call('GET', NS .. ':idempotency:' .. more[2])
      if made and string.match(made, '^[^|]*') == id then redis.call('DEL', NS .. ':idempotency:' .. more[2]) end
    end
    redis.call('UNLINK', x.key, x.key .. ':s', x.key .. ':log', x.key .. ':data', x.key .. ':out')
    redis.call('PUBLISH', NS .. ':summary', id)
    redis.call('PUBLISH', NS .. ':events:' .. id, 'gone')
    answers[#answers + 1] = 'deleted'
  end
end
return answers
