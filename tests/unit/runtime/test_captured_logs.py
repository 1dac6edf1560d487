"""Records and streams of tasks: what is added to the log of the current step, and what is not."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.log import LoggingProxy, get_task_logger

from celeriac.engine.runtime.attempt import captured_logs
from celeriac.engine.runtime.attempt.captured_logs import CapturedStream, capture, is_of_task
from celeriac.engine.runtime.attempt.printed_lines import MOST, PrintedLines
from celeriac.engine.runtime.attempt.step_context import StepContext, running
from tests.support.reports import KeptReports

LOGGERS = (logging.getLogger(), logging.getLogger(captured_logs.TASKS))


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    """Handlers and levels of this process."""
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in LOGGERS]
    for logger in LOGGERS:
        logger.setLevel(logging.DEBUG)
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def kept() -> Iterator[KeptReports]:
    kept = KeptReports()
    with running(StepContext("w-1", "load", 1, kept)):
        capture()
        yield kept


@pytest.fixture
def redirect(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Redirects the streams as Celery does; in the test itself, because pytest sets them before it."""

    def redirect() -> None:
        for name in ("stdout", "stderr"):
            stream = LoggingProxy(logging.getLogger(captured_logs.REDIRECTED), "WARNING")
            monkeypatch.setattr(sys, name, stream)
        capture()

    return redirect


def test_lines_are_added_once_when_a_record_passes_both_loggers(kept: KeptReports) -> None:
    LOGGERS[1].propagate = True

    get_task_logger("celeriac.examples.tasks").info("read %d rows", 3)

    assert kept.lines == [(logging.INFO, "read 3 rows")]


def test_nothing_is_added_when_no_step_runs() -> None:
    capture()

    logging.getLogger("tests.library").warning("nobody listens")
    print("nobody listens")


def test_the_handlers_come_back_when_logging_was_set_up_again(
    kept: KeptReports, redirect: Callable[[], None]
) -> None:
    redirect()
    for logger in LOGGERS:
        logger.handlers[:] = []
    capture()
    capture()

    logging.getLogger("tests.library").info("one")
    get_task_logger("tests").info("two")

    assert [text for _, text in kept.lines] == ["one", "two"]
    assert [len(logger.handlers) for logger in LOGGERS] == [1, 1]
    assert not isinstance(sys.stdout.__dict__["_stream"], CapturedStream)


def test_printed_text_is_no_record_as_well_when_a_stream_is_redirected(
    kept: KeptReports, redirect: Callable[[], None]
) -> None:
    redirect()
    print("a", "b")
    sys.stderr.writelines(["c", "\n"])

    assert kept.lines == []
    assert kept.prints == [
        *(("stdout", "a"), ("stdout", " "), ("stdout", "b"), ("stdout", "\n")),
        *(("stderr", "c"), ("stderr", "\n")),
    ]
    sys.stdout.flush()
    assert not sys.stdout.isatty()


def test_what_a_task_wrote_past_the_stream_is_information_when_celery_logs_it(kept: KeptReports) -> None:
    logging.getLogger(captured_logs.REDIRECTED).warning("from an older reference")

    assert kept.lines == [(logging.INFO, "from an older reference")]


def test_the_task_goes_on_and_nothing_loops_when_a_line_cannot_be_added(
    kept: KeptReports, redirect: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect()

    def fail(*_: object) -> None:
        logging.getLogger("tests.library").error("a line while a line is added")
        print("another")
        raise ValueError("on purpose")

    real = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", real)
    monkeypatch.setattr(kept, "line", fail)
    monkeypatch.setattr(kept, "printed", fail)

    logging.getLogger("tests.library").info("one")
    print("two", end="")

    assert real.getvalue().count("ValueError: on purpose") == 2


def test_a_time_limit_reaches_the_task_when_it_comes_while_a_line_is_added(
    kept: KeptReports, redirect: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect()

    def interrupted(*_: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(kept, "printed", interrupted)

    with pytest.raises(SoftTimeLimitExceeded):
        print("one")


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        *(
            ("celery.task", True),
            ("celery.task.own", True),
            ("celery.redirected", True),
            ("shop.tasks", True),
        ),
        *(("root", True), ("py.warnings", True), ("celerystalk", True), ("redis_tools.tasks", True)),
        *(("celery", False), ("celery.worker.strategy", False), ("celeriac.step.w-1", False)),
        *(("kombu", False), ("kombu.transport", False), ("amqp", False), ("redis.client", False)),
    ],
)
def test_a_record_is_a_tasks_when_its_logger_is_not_the_workers(name: str, is_it: bool) -> None:
    assert is_of_task(name) is is_it


# -- lines from parts


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def printed(lines: list[str]) -> PrintedLines:
    return PrintedLines(lines.append)


def test_a_line_is_whole_when_it_was_printed_in_parts(printed: PrintedLines, lines: list[str]) -> None:
    for part in ("a", " ", "b", "\n", "\n", "c\nd\r\ne"):
        printed.write("stdout", part)
    printed.write("stderr", "other")
    assert lines == ["a b", "c", "d"]

    printed.close()

    assert lines == ["a b", "c", "d", "e", "other"]


def test_a_bar_is_one_line_when_each_refresh_is_printed(printed: PrintedLines, lines: list[str]) -> None:
    for percent in range(101):
        printed.write("stderr", f"\r\x1b[32m{percent}%\x1b[0m |{'#' * percent:100}|")
    printed.write("stderr", "\n")

    assert lines == [f"100% |{'#' * 100}|"]


def test_a_line_is_ended_when_it_is_very_long(printed: PrintedLines, lines: list[str]) -> None:
    for _ in range(MOST):
        printed.write("stdout", "..")

    assert len("".join(lines)) >= MOST
    printed.close()
    assert "".join(lines) == "." * MOST * 2
