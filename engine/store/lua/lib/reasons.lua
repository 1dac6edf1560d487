-- Why a unit has not ended by itself: codes, which `reason_text` in engine/workflows/progress/events.py makes sentences of.
-- tests/project/test_states_in_lua.py compares them.
-- KEYS[1] NS
local REASON = {
  stopped = 'S',             -- S<unit>: stopped after that unit failed
  failed = 'F',              -- F<unit>: that dependency failed, or was not run
  dependency_skipped = 'K',  -- K<unit>: that one was skipped though all were to succeed
  nothing_succeeded = 'N',
  nothing_failed = 'T',
  condition = 'C',           -- its own condition, in words
  not_chosen = 'B',          -- a branch has not chosen it, in words
  undecided = 'V',           -- V<unit>: that branch was skipped itself, or has failed as it may
  by_hand = 'H',             -- a person, in words
  unconfirmed = 'U',         -- cancelled, and its worker never confirmed that it stopped
}
