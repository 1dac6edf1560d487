-- What a running step says: lines of its log and its progress. Changes no state and no event log, so it is no transition.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] most entries kept   ARGV[6] lines counted: those given here and those lost on the way
-- ARGV[7] latest progress, an entry, or ''   ARGV[8...] lines, entries
-- Returns 1, or 0 when the execution is gone: what a late attempt says must not bring keys of it back.
local key = NS .. ':x:' .. ARGV[3]
if redis.call('EXISTS', key) == 0 then return 0 end
local function append(entry) redis.call('XADD', key .. ':out', 'MAXLEN', '~', ARGV[5], '*', 'e', entry) end

for i = 8, #ARGV do append(ARGV[i]) end
if ARGV[6] ~= '0' then redis.call('HINCRBY', key .. ':data', 'n' .. ARGV[4], ARGV[6]) end
if ARGV[7] ~= '' then
  append(ARGV[7])
  redis.call('HSET', key .. ':data', 'p' .. ARGV[4], ARGV[7])
end
redis.call('PUBLISH', NS .. ':events:' .. ARGV[3], 'output')
return 1
