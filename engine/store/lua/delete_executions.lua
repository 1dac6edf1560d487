-- Deletes ended, unpinned executions with all their keys; leaves all others untouched.
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
  elseif is_active(x) then answers[#answers + 1] = 'active'
  elseif x.pin then answers[#answers + 1] = 'pinned'
  elseif before and tonumber(redis.call('HGET', x.key, 'end')) >= before then answers[#answers + 1] = 'recent'
  else
    redis.call('ZREM', keys.ended(x.wf, x.st), id)
    redis.call('ZREM', keys.index_all(), id)
    redis.call('ZREM', keys.index_status(x.st), id)
    redis.call('ZREM', keys.index_workflow(x.wf), id)
    redis.call('ZREM', keys.index_both(x.wf, x.st), id)
    local more = redis.call('HMGET', x.key, 'lab', 'idem')
    -- Labels are our own JSON: an object of short strings, never a user's document.
    if more[1] then
      for name, value in pairs(cjson.decode(more[1])) do
        redis.call('ZREM', keys.index_label(name .. '=' .. value), id)
      end
    end
    if more[2] then
      -- A day later another launch may have used the same key.
      local made = redis.call('GET', keys.idempotency(more[2]))
      if made and string.match(made, '^[^|]*') == id then redis.call('DEL', keys.idempotency(more[2])) end
    end
    redis.call('ZREM', keys.archivable(), id)
    redis.call('UNLINK', x.key, keys.states(id), keys.log(id), keys.data(id), keys.archive(id))
    redis.call('UNLINK', keys.output(id), keys.places(id), keys.kept(id))
    redis.call('PUBLISH', keys.summary(), id)
    redis.call('PUBLISH', keys.events(id), 'gone')
    answers[#answers + 1] = 'deleted'
  end
end
return answers
