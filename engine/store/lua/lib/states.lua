-- The letters of states and events, each named once; engine/workflows/progress/states.py and events.py have the same names.
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
  blocked = 'b',  -- skipped because something failed
}

-- Sets of them, one letter after the other.
local STATES = {
  unended = 'pqrt',
  under_way = 'qrt',
  undone = 'fcb',
}

-- Codes of the events that are no change of a unit's state: such a change has the letter of the new state.
local EVENT = {
  execution_created = 'C',
  execution_running = 'R',
  execution_cancelling = 'X',
  execution_retried = 'Y',
  execution_ended = 'E',
  step_reset = 'z',
}
