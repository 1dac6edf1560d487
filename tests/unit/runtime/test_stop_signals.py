"""A signal that is meant for a claim which has ended does not stop the claim after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from celeriac.engine.runtime.attempt import stop_signals
from celeriac.engine.runtime.attempt.stop_signals import StopSignals
from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.runtime.slot_table import ROWS, Slot, SlotTable


class Stopped(SystemExit):
    pass


def stop(number: int, frame: FrameType | None) -> None:
    """The pool's handler."""
    raise Stopped(number)


@pytest.fixture
def slot() -> Slot:
    slot = SlotTable().take(0, os.getpid())
    assert slot is not None
    return slot


@pytest.fixture
def shutdown() -> ShutdownFlag:
    return ShutdownFlag()


@pytest.fixture
def signals(slot: Slot, shutdown: ShutdownFlag) -> Iterator[StopSignals]:
    before = signal.signal(signal.SIGTERM, stop)
    signals = StopSignals(slot, shutdown)
    signals.install()
    yield signals
    signal.signal(signal.SIGTERM, before)


def order(slot: Slot, claim: str) -> None:
    slot.order(claim)
    signal.raise_signal(signal.SIGTERM)


def test_a_body_is_stopped_when_its_claim_is_named(signals: StopSignals, slot: Slot) -> None:
    signals.enter_body("m.1")

    with pytest.raises(Stopped):
        order(slot, "m.1")


def test_a_body_goes_on_when_the_order_names_the_claim_before_it(signals: StopSignals, slot: Slot) -> None:
    signals.enter_body("m.1")
    signals.leave_body()
    signals.expect("m.2")
    signals.enter_body("m.2")

    order(slot, "m.1")
    order(slot, "m.1")

    assert slot.running == "m.2"
    assert not signals.is_ending


def test_a_body_is_stopped_as_it_begins_when_the_order_came_with_its_claim(
    signals: StopSignals, slot: Slot
) -> None:
    signals.enter_body("m.1")
    signals.leave_body()
    signals.expect("m.2")
    order(slot, "m.2")

    with pytest.raises(Stopped):
        signals.enter_body("m.2")


def test_an_order_for_an_expected_claim_is_forgotten_when_another_is_expected(
    signals: StopSignals, slot: Slot
) -> None:
    signals.expect("m.2")
    order(slot, "m.2")
    signals.expect("m.3")

    signals.enter_body("m.3")

    assert not signals.is_ending


def test_a_body_is_stopped_when_the_signal_comes_from_somewhere_else(signals: StopSignals) -> None:
    signals.enter_body("m.1")

    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_from_somewhere_else_counts_after_an_order(signals: StopSignals, slot: Slot) -> None:
    signals.enter_body("m.2")
    order(slot, "m.1")

    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_counts_when_that_of_an_order_before_it_was_ignored(
    signals: StopSignals, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_signals, "DELIVERY", 0.0)
    signals.enter_body("m.1")
    slot.order("m.1")  # the task ignores SIGTERM
    signals.leave_body()
    signals.enter_body("m.2")

    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)


def test_the_process_ends_before_the_next_body_when_a_signal_comes_between_two(signals: StopSignals) -> None:
    signals.enter_body("m.1")
    signals.leave_body()
    signal.raise_signal(signal.SIGTERM)
    assert signals.is_ending

    with pytest.raises(Stopped):
        signals.enter_body("m.2")


def test_every_signal_counts_when_the_worker_is_shutting_down(
    signals: StopSignals, slot: Slot, shutdown: ShutdownFlag
) -> None:
    signals.enter_body("m.2")
    shutdown.set()

    with pytest.raises(Stopped):
        order(slot, "m.1")


def test_the_handler_is_put_back_when_a_task_has_replaced_it(signals: StopSignals) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    signals.install()
    signals.enter_body("m.1")

    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)


# -- the table


def test_a_row_is_found_by_the_process_that_has_its_place() -> None:
    table = SlotTable()
    first, second = table.take(0, 100), table.take(7, 107)
    assert first is not None
    assert second is not None
    second.running = "message.nonce"

    found = table.find(107)
    assert found is not None
    assert found.running == "message.nonce"
    found.order("message.nonce")
    assert (second.ordered_at > 0, second.ordered) == (True, "message.nonce")
    assert (first.running, first.ordered_at) == ("", 0)

    assert table.take(7, 207) is not None  # another process in its place
    assert table.find(107) is None


def test_the_claim_of_a_message_is_the_one_whose_body_has_begun_last() -> None:
    table = SlotTable()
    slot = table.take(3, 103)
    assert slot is not None
    slot.running = "message.1"
    slot.running = "message.2"

    assert table.claim_of("message") == "message.2"
    assert table.claim_of("mess") == ""


def test_a_process_beyond_the_table_has_no_row() -> None:
    assert SlotTable().take(ROWS, 1) is None
    assert SlotTable().take(-1, 1) is None
    assert SlotTable().find(1) is None
