-- An attempt succeeded: running -> success; its dependents are released, the execution may end.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt   ARGV[6] claim   ARGV[7] result, JSON
-- ARGV[8] request for the next claim of the same queue, see claiming.lua, or ''
-- ARGV[9...] for a branch: the steps that it did not choose, each followed by the reason
-- Returns {'success' | 'stale', orders, next claim or {}}. A late or repeated report is 'stale' and changes nothing; a
-- repeated one returns the same next claim.
local id, unit, attempt, claim = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]

local x = load_execution(id)
if not x or letter_of(x, unit) ~= STATE.running then return stale_report(ARGV[8]) end
local s = state_of(x, unit)
if s.attempt ~= attempt or s.claim ~= claim then return stale_report(ARGV[8]) end

-- A delete comes first: a store at its memory limit still lets running work end.
redis.call('ZREM', keys.due(), member_of(x, unit, s))
redis.call('HSET', keys.data(x.id), FIELD.result .. unit, ARGV[7])
end_unit(x, unit, s, STATE.success)
local index, item = parse_unit(unit)
if item then
  settle_items(x, index)
else
  for i = 9, #ARGV, 2 do
    local rejected = ARGV[i]
    if letter_of(x, rejected) == STATE.pending then
      release(x, rejected, skip(x, rejected, state_of(x, rejected), STATE.skipped, REASON.not_chosen, ARGV[i + 1]))
    end
  end
  release(x, unit, 'ok')
end
end_execution_if_done(x)
return finish_report('success', x, unit, ARGV[8])
