-- Works off the next slice of what an execution has to do still, see todo.lua.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution
-- Returns orders, among them the one for the next call if something is left.
local x = load_execution(ARGV[3])
if not x or not x.todo[1] then
  redis.call('ZREM', keys.due(), ARGV[3] .. REST)
  return {}
end
x.continues = true
work_off(x, {
  begin = work_begin, reset = work_reset, recount = work_recount, settle = work_settle,
})
end_execution_if_done(x)
save_execution(x)
return pump_touched()
