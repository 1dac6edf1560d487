"""`current_step`: what it says inside of a step and outside."""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import Any

import pytest

from celeriac import current_step
from celeriac.engine.errors import OutsideOfStep
from celeriac.engine.runtime.attempt.output_writer import OutputWriter
from celeriac.engine.runtime.attempt.step_context import StepContext, running
from celeriac.engine.runtime.attempt.step_reports import WORKER_LOGGER, StepReports
from celeriac.engine.workflows.progress.output import Line, Progress
from tests.support.reports import KeptReports


@pytest.fixture
def kept() -> KeptReports:
    return KeptReports()


@pytest.fixture
def context(kept: KeptReports) -> StepContext:
    return StepContext("w-1", "load", 2, kept)


def test_the_step_is_known_when_code_runs_for_one(context: StepContext) -> None:
    with running(context):
        assert current_step
        assert (current_step.execution_id, current_step.step, current_step.attempt) == ("w-1", "load", 2)
        assert current_step.idempotency_key == "w-1:load"
        assert repr(current_step) == "<current_step: load of w-1, attempt 2>"


def test_words_reach_the_reports_when_a_task_speaks(context: StepContext, kept: KeptReports) -> None:
    with running(context):
        current_step.progress(0.5, "half")
        current_step.progress(1)

        assert current_step.logger is kept.logger
        assert not current_step.is_cancelled()
    assert kept.told == [(0.5, "half"), (1, None)]


@pytest.mark.parametrize("name", ["execution_id", "step", "attempt", "idempotency_key", "logger"])
def test_the_remedy_is_told_when_code_asks_outside_of_a_step(name: str) -> None:
    assert not current_step
    assert repr(current_step) == "<current_step: none>"
    with pytest.raises(OutsideOfStep, match=rf"current_step.{name} was used outside a step. .*`if"):
        getattr(current_step, name)


@pytest.mark.parametrize("call", [lambda: current_step.progress(0.5), lambda: current_step.is_cancelled()])
def test_speaking_is_an_error_when_nobody_listens(call: Any) -> None:
    with pytest.raises(RuntimeError, match="outside a step"):
        call()


def test_a_thread_is_outside_unless_it_gets_the_context(context: StepContext) -> None:
    seen: list[bool] = []
    with running(context):
        copy = contextvars.copy_context()
        for target in (
            lambda: seen.append(bool(current_step)),
            lambda: copy.run(lambda: seen.append(bool(current_step))),
        ):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()

    assert seen == [False, True]


class KeptOutput(OutputWriter):
    """Keeps what it is given and writes nothing."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.questions = 0
        self.cancelled = False
        self.flushed = False

    def add_line(self, execution_id: str, unit: str, line: Line) -> None:
        self.lines.append(line)

    def set_progress(self, execution_id: str, unit: str, progress: Progress) -> None:
        raise AssertionError("no progress is expected")

    def is_cancelled(self, execution_id: str) -> bool:
        self.questions += 1
        return self.cancelled

    def flush(self, execution_id: str, unit: str) -> None:
        self.flushed = True


@pytest.fixture
def output() -> KeptOutput:
    return KeptOutput()


@pytest.fixture
def reports(output: KeptOutput) -> StepReports:
    return StepReports(output, "w-1", "0", 2)


def test_lines_from_info_on_are_kept_when_a_task_logs(reports: StepReports, output: KeptOutput) -> None:
    reports.logger.debug("not kept")
    reports.logger.info("read %d rows", 3)
    reports.logger.critical("enough")

    assert [(line.text, line.severity, line.attempt) for line in output.lines] == [
        ("read 3 rows", "I", 2),
        ("enough", "C", 2),
    ]


def test_the_traceback_is_kept_when_an_exception_is_logged(reports: StepReports, output: KeptOutput) -> None:
    try:
        raise ValueError("on purpose")
    except ValueError:
        reports.logger.exception("it went wrong")

    assert output.lines[0].text.startswith("it went wrong\nTraceback")
    assert output.lines[0].text.endswith("ValueError: on purpose")


def test_debug_lines_are_kept_when_the_task_wants_them(reports: StepReports, output: KeptOutput) -> None:
    reports.logger.setLevel(logging.DEBUG)

    reports.logger.debug("detail")

    assert [line.severity for line in output.lines] == ["D"]


def test_a_faulty_line_does_no_harm_when_a_task_logs_it(
    reports: StepReports, output: KeptOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)  # it would be printed

    reports.logger.info("%d rows", "three")
    reports.logger.info("lone \ud800 surrogate")

    assert [line.text for line in output.lines] == ["lone \\ud800 surrogate"]


def test_the_workers_own_handlers_get_the_line_when_they_take_its_level(
    reports: StepReports, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    reports.logger.info("kept with the step only")
    reports.logger.warning("kept in both")

    assert [record.message for record in caplog.records] == ["kept in both"]
    assert caplog.records[0].name.startswith(WORKER_LOGGER)


def test_the_store_is_asked_once_a_second_at_most_when_a_task_keeps_asking(
    reports: StepReports, output: KeptOutput
) -> None:
    assert not any(reports.is_cancelled() for _ in range(1_000))

    assert output.questions <= 5  # one, were it not for a machine that takes seconds for this


def test_the_answer_stays_when_the_execution_was_cancelled(reports: StepReports, output: KeptOutput) -> None:
    output.cancelled = True

    assert reports.is_cancelled()
    assert reports.is_cancelled()
    assert output.questions == 1


def test_a_clean_up_step_is_never_cancelled_when_its_execution_is(output: KeptOutput) -> None:
    output.cancelled = True

    assert not StepReports(output, "w-1", "0", 2, cleans_up=True).is_cancelled()
    assert output.questions == 0


def test_the_last_words_are_written_when_the_step_ends(reports: StepReports, output: KeptOutput) -> None:
    reports.close()

    assert output.flushed
