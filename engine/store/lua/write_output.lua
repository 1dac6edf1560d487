-- Writes the output of a running step: log lines and progress.
-- Changes neither state nor event log, so it is not a transition.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] most entries kept
-- ARGV[6] number of lines: those given here and those dropped before
-- ARGV[7] latest progress, an entry, or ''   ARGV[8...] lines, entries
-- Returns 1, or 0 if the execution was deleted: late output must not create its keys again.
if redis.call('EXISTS', keys.execution(ARGV[3])) == 0 then return 0 end
local output, data = keys.output(ARGV[3]), keys.data(ARGV[3])
local function append(entry) redis.call('XADD', output, 'MAXLEN', '~', ARGV[5], '*', FIELD.entry, entry) end

for i = 8, #ARGV do append(ARGV[i]) end
if ARGV[6] ~= '0' then redis.call('HINCRBY', data, FIELD.lines .. ARGV[4], ARGV[6]) end
if ARGV[7] ~= '' then
  append(ARGV[7])
  redis.call('HSET', data, FIELD.progress .. ARGV[4], ARGV[7])
end
redis.call('PUBLISH', keys.events(ARGV[3]), 'output')
return 1
