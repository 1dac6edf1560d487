-- Works off what an execution has to do, as much as fits into a slice.
-- KEYS[1] NS

-- What ends of units cause: the only kinds of work that any script can add.
local usual_work = { release = work_release, sweep = work_sweep, spared = work_spared, items = work_items }

-- `special`: further kinds that this script knows. The rest of an earlier call is left to `continue_execution`.
work_off = function(x, special)
  if x.is_at_work or (x.had_todo and not x.continues) then return end
  x.is_at_work = true
  while x.todo[1] and not is_slice_full() do
    local i = next_work(x)
    local kind, rest = string.match(table.remove(x.todo, i), '^(%a+) ?(.*)$')
    local work = usual_work[kind] or special[kind]
    local left = work(x, rest)
    if left then table.insert(x.todo, i, kind .. ' ' .. left) end
  end
  x.is_at_work = false
end
