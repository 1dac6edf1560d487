"""Writing what steps say: in batches, without keeping a step waiting, and honest about what was lost."""

from __future__ import annotations

import threading

import pytest

from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.runtime.attempt import output_writer
from celeriac.engine.runtime.attempt.output_writer import PENDING, OutputWriter
from celeriac.engine.workflows.progress.output import Line, Progress
from tests.support.waiting import eventually

EXECUTION, UNIT = "w-1", "0"


class Kept:
    """A store that keeps what it is given; `away` makes it refuse, `gate` cleared makes it slow."""

    def __init__(self) -> None:
        self.writes: list[tuple[list[str], float | None, int]] = []
        self.away = self.gone = self.cancelled = self.broken = False
        self.tries = 0
        self.gate = threading.Event()
        self.gate.set()

    def write_output(
        self, execution_id: str, unit: str, lines: list[Line], progress: Progress | None, *, lost: int
    ) -> bool:
        self.tries += 1
        assert self.gate.wait(20), "the test forgot to open the gate"
        if self.broken:
            raise RuntimeError("on purpose")
        if self.away:
            raise StoreUnavailable(url="redis://x", reason="away")
        self.writes.append(([line.text for line in lines], progress.fraction if progress else None, lost))
        return not self.gone

    def cancel_requested(self, execution_id: str) -> bool:
        if self.away:
            raise StoreUnavailable(url="redis://x", reason="away")
        return self.cancelled

    @property
    def lines(self) -> list[str]:
        return [text for lines, _, _ in self.writes for text in lines]


@pytest.fixture
def store() -> Kept:
    return Kept()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_writer, "PAUSE", 0.02)


def line(text: str) -> Line:
    return Line(1_000, 1, "I", text)


def progress(fraction: float) -> Progress:
    return Progress(1_000, 1, fraction, "")


def say(writer: OutputWriter, *texts: str) -> None:
    for text in texts:
        writer.add_line(EXECUTION, UNIT, line(text))


def test_lines_arrive_together_and_in_order_when_a_task_says_several(store: Kept) -> None:
    writer = OutputWriter(store)

    say(writer, *(str(n) for n in range(100)))
    writer.flush(EXECUTION, UNIT)

    assert store.lines == [str(n) for n in range(100)]
    assert len(store.writes) <= 2  # the thread may have begun with the first ones


def test_lines_arrive_without_a_flush_when_a_task_goes_on(store: Kept) -> None:
    say(OutputWriter(store), "one")

    eventually(lambda: store.lines == ["one"])


def test_only_the_latest_progress_is_written_when_it_comes_fast(store: Kept) -> None:
    writer = OutputWriter(store)

    for n in range(1_001):
        writer.set_progress(EXECUTION, UNIT, progress(n / 1_000))
    writer.flush(EXECUTION, UNIT)

    assert store.writes[-1][1] == 1.0
    assert len(store.writes) < 20


def test_everything_arrives_later_when_the_store_was_away(
    store: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    writer = OutputWriter(store)
    store.away = True
    say(writer, "one")
    writer.set_progress(EXECUTION, UNIT, progress(0.3))
    eventually(lambda: store.tries >= 3)
    say(writer, "two")

    store.away = False

    eventually(lambda: store.lines == ["one", "two"])
    assert store.writes[0][1] == 0.3
    assert len(caplog.records) == 1  # told once, not at every try


def test_the_oldest_are_dropped_and_the_log_says_so_when_the_store_is_away_for_long(store: Kept) -> None:
    writer = OutputWriter(store)
    store.away = True
    say(writer, *(str(n) for n in range(PENDING + 30)))
    eventually(lambda: store.tries >= 2)

    store.away = False

    eventually(lambda: store.lines[-1:] == [str(PENDING + 29)])
    assert store.lines[0] == "30 lines were dropped here: the store could not take them in time."
    assert store.lines[1] == "30"
    assert sum(lost for _, _, lost in store.writes) == 30


def test_the_end_of_a_step_is_not_held_up_when_the_store_hangs(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_writer, "LAST_WORDS", 0.05)
    writer = OutputWriter(store)
    store.gate.clear()
    say(writer, "one")

    writer.flush(EXECUTION, UNIT)

    assert store.lines == []
    store.gate.set()
    eventually(lambda: store.lines == ["one"])


def test_the_flush_returns_at_once_when_nothing_was_said(store: Kept) -> None:
    OutputWriter(store).flush(EXECUTION, UNIT)

    assert store.tries == 0


def test_the_rest_is_given_up_when_the_execution_is_gone(store: Kept) -> None:
    writer = OutputWriter(store)
    store.gone = True
    say(writer, *(str(n) for n in range(PENDING)))

    writer.flush(EXECUTION, UNIT)

    assert store.tries < PENDING / output_writer.BATCH


def test_other_steps_are_heard_when_something_unexpected_went_wrong(store: Kept) -> None:
    writer = OutputWriter(store)
    store.broken = True
    say(writer, "one")
    eventually(lambda: store.tries >= 1)

    store.broken = False
    writer.add_line(EXECUTION, "1", line("two"))

    eventually(lambda: sorted(store.lines) == ["one", "two"])


def test_the_answer_is_the_stores_when_a_task_asks_whether_it_is_cancelled(store: Kept) -> None:
    writer = OutputWriter(store)
    assert not writer.is_cancelled(EXECUTION)

    store.cancelled = True

    assert writer.is_cancelled(EXECUTION)


def test_the_answer_is_no_when_the_store_does_not_answer(store: Kept) -> None:
    store.away = True

    assert not OutputWriter(store).is_cancelled(EXECUTION)
