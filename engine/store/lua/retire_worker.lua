-- Removes a worker after an orderly shutdown. The caller ends its remaining claims.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] worker id
-- Returns {ends}, "execution|unit|attempt|claim|kind|worker" with kind interrupted.
local worker = ARGV[3]
local ends = {}
local claims = redis.call('HGETALL', keys.claims(worker))
for i = 1, #claims, 2 do
  ends[#ends + 1] = claims[i] .. '|' .. string.match(claims[i + 1], '^(.*)|') .. '.|interrupted|' .. worker
end
if #ends == 0 then forget_worker(worker) end
return { ends }
