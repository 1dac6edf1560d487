-- A person ends a step of an active execution that does not run: skipped, or a success without a result.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] s success or k skipped   ARGV[6] the reason   ARGV[7] nonce of this call
-- Returns {'marked' | 'stale', its letter, orders}. 'stale': it runs or has ended, or the execution is not active. A repeated call (same nonce) answers 'marked' without orders.
local x, unit = load_execution(ARGV[3]), ARGV[4]
if not x then return { 'stale', '', {} } end
if redis.call('HGET', x.key, 'call') == ARGV[7] then return { 'marked', letter_of(x, unit), {} } end
local letter = letter_of(x, unit)
local waits = letter == 'p' or letter == 't' or (letter == 'q' and items_of(x, tonumber(unit)) == '')
if x.cancel or not waits then return { 'stale', letter, {} } end

redis.call('HSET', x.key, 'call', ARGV[7])
withdraw(x, unit, state_of(x, unit))
end_by_hand(x, unit, ARGV[5], ARGV[6])
release(x, unit, ARGV[5] == 's' and 'ok' or 'skipped')
end_execution_if_done(x)
save_execution(x)
return { 'marked', ARGV[5], pump_touched() }
