-- Publishes a version of a workflow: as the current one, or only for the executions that have it.
-- A workflow belongs to code or to the API, whichever published it first.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] workflow id   ARGV[4] source: 'code' or 'api'   ARGV[5] version   ARGV[6] digest of its text
-- ARGV[7] '1' to make it the current version, '0' if only a workflow without one gets it
-- ARGV[8] what lists show of it, JSON
-- Returns 'created', 'changed', 'unchanged', or 'taken': it belongs to the other source, and nothing was written.
-- Repeating a call returns 'unchanged'.
local wf, source, version = ARGV[3], ARGV[4], ARGV[5]
local entry = redis.call('HGET', keys.workflows(), wf)
local owner, current = string.match(entry or 'deleted -', '^(%S+) (%S+)')
if owner ~= 'deleted' and owner ~= source then return 'taken' end

local wanted = source .. ' ' .. version .. ' ' .. ARGV[6]
local versions, published = keys.versions(wf), now .. ' ' .. source
if owner ~= 'deleted' and ARGV[7] == '0' or entry == wanted then
  redis.call('HSETNX', versions, version, published)
  return 'unchanged'
end
redis.call('HSET', keys.workflows(), wf, wanted)
redis.call('HSET', keys.summaries(), wf, wanted .. ' ' .. ARGV[8])
-- Another description or example is not another version, and is not published again.
redis.call(owner ~= 'deleted' and current == version and 'HSETNX' or 'HSET', versions, version, published)
return owner == 'deleted' and 'created' or 'changed'
