-- The letters of states and events; engine/workflows/progress/states.py and events.py have the same names.
-- tests/project/test_states_in_lua.py compares them.
-- KEYS[1] NS
local STATE = {
  pending = 'p',
  queued = 'q',
  running = 'r',
  retrying = 't',
  success = 's',
  failure = 'f',
  allowed_failure = 'a',
  cancelled = 'c',
  skipped = 'k',  -- by a decision
  blocked = 'b',  -- skipped because a step failed
}

-- Sets of states, as strings of letters.
local STATES = {
  unended = 'pqrt',
  under_way = 'qrt',
  undone = 'fcb',
}

-- Codes of the events other than changes of a unit's state, which have the letter of the new state.
local EVENT = {
  execution_created = 'C',
  execution_running = 'R',
  execution_cancelling = 'X',
  execution_retried = 'Y',
  execution_ended = 'E',
  step_reset = 'z',
}
