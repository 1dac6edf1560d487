"""Proves that the tests bite: each deliberate mistake in the engine must make its named test fail.

`make mutants`, or `python -m tests.mutants`. Works on a temporary copy of the tree, never in place. Exit status 0: every
mistake was caught; 1: one was not, or a text to replace is not there exactly once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
COPIED = ("engine", "web", "celeriac", "static", "templates", "tests", "pyproject.toml")
LUA = "engine/store/lua/"
STORE = "tests/integration/store/"
ENGINE = "tests/integration/engine/"
CAUGHT, MISSED = 1, 0  # pytest's exit status: a test failed, all passed


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: in `file`, `text` becomes `mistake`; `test` has to notice."""

    name: str
    file: str
    text: str
    mistake: str
    test: str


MUTANTS = (
    Mutant(
        "claim without looking whether it is taken",
        LUA + "lib/claiming.lua",
        "x and letter_of(x, unit) == STATE.queued and state_of(x, unit)",
        "x and state_of(x, unit)",
        STORE + "test_claim_step.py::test_one_claim_is_let_through_when_two_arrive",
    ),
    Mutant(
        "hand a message out without a timer",
        LUA + "lib/messages.lua",
        "redis.call('ZADD', keys.due(), now + PUBLISH_LEASE, member)",
        "",
        "tests/model/test_repeated_calls.py"
        "::test_the_next_step_is_published_by_the_timer_when_the_answer_to_a_report_was_lost",
    ),
    Mutant(
        "announce an event without logging it",
        LUA + "lib/saving.lua",
        "call_for_all('RPUSH', keys.log(x.id), x.events)",
        "redis.call('LLEN', keys.log(x.id))",
        STORE + "test_claim_step.py::test_the_same_claim_is_answered_again_when_its_answer_was_lost",
    ),
    Mutant(
        "complete without releasing the dependents",
        LUA + "complete_step.lua",
        "  release(x, unit, 'ok')",
        "",
        STORE + "test_complete_step.py::test_the_next_step_gets_the_result_when_the_first_completes",
    ),
    Mutant(
        "no amnesty after an outage",
        LUA + "tick.lua",
        "local amnesty = last == 0 or gap > lease / 2",
        "local amnesty = false",
        "tests/model/test_clock_and_keys.py"
        "::test_an_attempt_is_not_lost_when_nobody_looked_for_longer_than_a_lease",
    ),
    Mutant(
        "fail without the fence",
        LUA + "fail_step.lua",
        "if s.attempt ~= attempt or string.sub(s.claim, 1, #claim) ~= claim then",
        "if false then",
        STORE + "test_fail_step.py::test_a_report_is_stale_when_another_worker_holds_the_attempt",
    ),
    Mutant(
        "cancel without withdrawing what is queued",
        LUA + "lib/stopping.lua",
        "withdraw(x, unit, s)",
        "",
        "tests/faults/test_crash_points.py"
        "::test_it_ends_as_it_should_when_any_one_call_goes_wrong[one step a message-cancellation-before-outage]",
    ),
    Mutant(
        "run items again that have succeeded",
        LUA + "lib/resetting.lua",
        "(keeps and STATE.success or '')",
        "''",
        ENGINE + "test_failing_items.py"
        "::test_items_that_have_succeeded_are_kept_when_the_execution_is_retried",
    ),
    Mutant(
        "try a clean-up only once",
        LUA + "fail_step.lua",
        "(not x.stop or policy_of(x).late[tostring(index)])",
        "not x.stop",
        ENGINE + "test_deciding.py"
        "::test_the_clean_up_has_its_own_retries_when_a_failure_has_stopped_the_rest",
    ),
    Mutant(
        "choose anew without what the branch has left out before",
        "engine/workflows/progress/execution_retry.py",
        "end.why == Reason.NOT_CHOSEN and not branch_again",
        "end.why == Reason.NOT_CHOSEN",
        ENGINE + "test_running_again.py::test_the_branch_chooses_anew_when_it_runs_again",
    ),
)


def copy_tree(target: Path) -> None:
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            # celeriac/engine and celeriac/web stay links, or a mistake in engine/ would be in a copy that nothing imports.
            shutil.copytree(
                source, target / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(source, target / name)


def run_tests(tree: Path, *tests: str) -> tuple[int, str]:
    """pytest's exit status and output, for the code of `tree`."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FULL_COUNTS": "1",  # a mistake in one place must not hide behind a sample
        "MODEL_SHRINK": "0",  # that there is a counterexample is enough
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def tried(mutant: Mutant, tree: Path) -> tuple[str, str]:
    """What became of one mistake, in two words, and pytest's output when that is not `caught`."""
    file = tree / mutant.file
    original = file.read_text()
    if original.count(mutant.text) != 1:
        return f"text found {original.count(mutant.text)} times in {mutant.file}", ""
    file.write_text(original.replace(mutant.text, mutant.mistake))
    try:
        status, output = run_tests(tree, mutant.test)
    finally:
        file.write_text(original)
    if status == CAUGHT:
        return "caught", ""
    return "NOT CAUGHT" if status == MISSED else f"pytest ended with {status}", output


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        tree = Path(name)
        copy_tree(tree)
        status, output = run_tests(tree, *dict.fromkeys(mutant.test for mutant in MUTANTS))
        if status != MISSED:
            print(output, "The tests fail without any mistake; repair that first.", sep="\n")
            return 1
        missed = 0
        width = max(len(mutant.name) for mutant in MUTANTS)
        for mutant in MUTANTS:
            began = time.monotonic()
            verdict, output = tried(mutant, tree)
            missed += verdict != "caught"
            took = time.monotonic() - began
            print(
                f"{mutant.name:<{width}}  {verdict:<10}  {took:5.1f} s  {mutant.test.split('::')[1]}",
                flush=True,
            )
            if output:
                print(output[-2000:])
    print(f"{len(MUTANTS) - missed} of {len(MUTANTS)} mistakes caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
