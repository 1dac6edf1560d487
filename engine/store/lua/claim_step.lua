-- Claims an attempt for a worker: queued -> running, once. Its message was only a hint: where it was claimed already or
-- is not to be run any more, the slot takes the next of the same queue.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] attempt   ARGV[6] request for the claim, see claiming.lua
-- Returns {'claimed', claimed unit} or {'refused', reason}. Repeating a call with the same claim returns the same.
-- It returns no orders, so that the body does not wait for publishing.
local id, unit, attempt, by = ARGV[3], ARGV[4], tonumber(ARGV[5]), claim_request(ARGV[6])

local x = load_execution(id)
if not x then return { 'refused', 'unknown execution' } end
local letter = letter_of(x, unit)
if letter == '' then return { 'refused', 'unknown unit' } end
local plan = plan_of(x, unit)
local _, item = parse_unit(unit)
if plan.mapped and not item then return { 'refused', 'only its items run' } end
redis.call('ZREM', keys.messages(plan.queue), id .. '|' .. unit .. '|' .. attempt)

local s = state_of(x, unit)
if claimable(x, unit, attempt) then
  withdraw(x, unit, s)
  redis.call('ZADD', keys.leases(), 'GT', now + by.lease, by.worker)
  claim_unit(x, unit, s, by)
  save_execution(x)
  return { 'claimed', claimed(x, unit, s) }
end
by.limits = plan.limits
local other = claimed_before(by) or claim_next(plan.queue, by)
if other then return { 'claimed', other } end
return { 'refused', letter .. ' attempt ' .. s.attempt }
