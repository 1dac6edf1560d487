-- The first steps of an execution.
-- KEYS[1] NS

-- Work: these steps, comma-separated.
local function work_begin(x, rest)
  while rest ~= '' do
    if is_slice_full() then return rest end
    local unit, others = string.match(rest, '^(%d+),?(.*)$')
    local begin = plan_of(x, unit).decided and request_decision or make_ready
    begin(x, unit, state_of(x, unit))
    rest = others
  end
end
