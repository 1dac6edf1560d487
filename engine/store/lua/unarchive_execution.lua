-- Takes an archived execution back to the form in which it can change, and has it archived again later.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] its dense form as it was read
-- ARGV[5] number of words of its states   ARGV[6] number of its events
-- ARGV[7...] states, each as unit and packed state; events; data, each as name and text
-- Returns 'unarchived', or 'stale' if the dense form is another one, or gone.
local id = ARGV[3]
if redis.call('GET', keys.archive(id)) ~= ARGV[4] then return 'stale' end
redis.call('DEL', keys.archive(id))
redis.call('HDEL', keys.execution(id), 'seq')
redis.call('ZADD', keys.archivable(), now, id)
local states, events = tonumber(ARGV[5]), tonumber(ARGV[6])
for i = 7, #ARGV do
  local number, is_name = i - 6, (i - 7 - events) % 2 == 0
  if number <= states then
    if number % 2 == 1 then redis.call('HSET', keys.states(id), ARGV[i], ARGV[i + 1]) end
  elseif number <= states + events then
    redis.call('RPUSH', keys.log(id), ARGV[i])
  elseif is_name then
    redis.call('HSET', keys.data(id), ARGV[i], ARGV[i + 1])
  end
end
return 'unarchived'
