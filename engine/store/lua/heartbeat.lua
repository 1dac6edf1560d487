-- Renews a worker's lease and compares its claims with its tasks. A claim without a task for two beats is lost.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] worker id   ARGV[4] lease, ms   ARGV[5] its description, JSON   ARGV[6] nonce of this call
-- ARGV[7] its slots   ARGV[8] the tasks that it runs without a message of their own, ",name,name,"
-- ARGV[9...] ids of the messages that it works on
-- Returns {ends}, "execution|unit|attempt|claim|kind|worker" for the caller to end through fail_step.
-- A repeated call counts as one beat.
local worker = ARGV[3]
local key, claims_key = keys.worker(worker), keys.claims(worker)
redis.call('ZADD', keys.leases(), now + tonumber(ARGV[4]), worker)
local known = redis.call('HMGET', key, 'beat', 'slots')
local beat = known[1] == ARGV[6] and 0 or 1
redis.call('HSET', key, 'info', ARGV[5], 'beat', ARGV[6], 'slots', ARGV[7], 'continues', ARGV[8])
if known[2] ~= ARGV[7] then count_slots() end

local held = {}
for i = 9, #ARGV do held[ARGV[i]] = true end
local ends = {}
local claims = redis.call('HGETALL', claims_key)
for i = 1, #claims, 2 do
  local member = claims[i]
  local task, missed = string.match(claims[i + 1], '^(.*)|(%d+)$')
  missed = held[task] and 0 or tonumber(missed) + beat
  redis.call('HSET', claims_key, member, task .. '|' .. missed)
  if missed >= 2 then ends[#ends + 1] = member .. '|' .. task .. '.|lost|' .. worker end
end
return { ends }
