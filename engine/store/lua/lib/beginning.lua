-- The first steps of an execution.
-- KEYS[1] NS

-- Work: these steps, comma-separated.
local function work_begin(x, rest)
  local position = 1
  while position <= #rest do
    if is_slice_full() then return string.sub(rest, position) end
    local unit, following = string.match(rest, '^(%d+),?()', position)
    local begin = plan_of(x, unit).decided and request_decision or make_ready
    begin(x, unit, state_of(x, unit))
    position = following
  end
end
