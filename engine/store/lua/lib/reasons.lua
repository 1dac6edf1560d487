-- Why a unit did not end by itself: codes, which `reason_text` in engine/workflows/progress/events.py words.
-- tests/project/test_states_in_lua.py compares them.
-- KEYS[1] NS
local REASON = {
  stopped = 'S',             -- S<unit>: stopped after that unit failed
  failed = 'F',              -- F<unit>: that dependency failed, or could not run
  dependency_skipped = 'K',  -- K<unit>: that dependency was skipped, under the trigger all_success
  nothing_succeeded = 'N',
  nothing_failed = 'T',
  condition = 'C',           -- its own condition; followed by a text
  not_chosen = 'B',          -- not chosen by a branch; followed by a text
  undecided = 'V',           -- V<unit>: that branch was skipped, or had an allowed failure
  by_hand = 'H',             -- by a person; followed by a text
  task_missing = 'M',        -- M<returns>,<since>: still queued, the worker that follows does not have its task
  unconfirmed = 'U',         -- cancelled, but its worker never confirmed the stop
}
