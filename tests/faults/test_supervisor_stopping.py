"""Ctrl-C, TERM, HUP and kill: how a process tree ends, and that nothing of it stays."""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.conftest import SmallUp, is_gone
from tests.support.waiting import eventually

FAR = 300.0  # seconds into a stop that no test waits for
#: Between two signals of a stop: a child that has to handle each by itself must have got to the first one.
APART = 3.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_children_stop_in_reverse_order_when_asked_once(small_up: SmallUp, number: signal.Signals) -> None:
    up = small_up.start(store=True)
    pids = small_up.recorded_pids()

    up.signal(number)

    assert up.wait_until_ended() == 0
    assert small_up.story() == ["web SIGTERM", "worker SIGTERM"]
    assert sorted(pids) == ["store", "web", "worker"]
    assert all(is_gone(pid) for pid in pids.values())
    assert not small_up.socket.exists()
    assert up.log().endswith("Stopped.\n")


def test_worker_is_interrupted_when_it_does_not_end_by_itself(small_up: SmallUp) -> None:
    plan = {"worker": [["SIGTERM", 0.0], ["SIGQUIT", APART], ["SIGKILL", FAR]]}
    up = small_up.start(children={"worker": ["deaf"], "web": []}, stop_plans=plan)

    up.signal(signal.SIGINT)

    assert up.wait_until_ended() == 0
    assert small_up.story() == ["web SIGTERM", "worker ignored SIGTERM", "worker SIGQUIT"]


def test_child_is_killed_when_it_ignores_every_signal(small_up: SmallUp) -> None:
    plan = {"worker": [["SIGTERM", 0.0], ["SIGQUIT", APART], ["SIGKILL", 2 * APART]]}
    up = small_up.start(children={"worker": ["stubborn"], "web": []}, stop_plans=plan)
    worker = small_up.pid("worker")

    up.signal(signal.SIGINT)

    assert up.wait_until_ended() == 0
    assert small_up.story()[-2:] == ["worker ignored SIGTERM", "worker ignored SIGQUIT"]
    assert is_gone(worker)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_everything_ends_at_once_when_asked_twice(small_up: SmallUp, number: signal.Signals) -> None:
    plan = {name: [["SIGTERM", 0.0], ["SIGKILL", FAR]] for name in ("worker", "web")}
    children = {"worker": ["stubborn"], "web": ["stubborn"]}
    up = small_up.start(store=True, children=children, stop_plans=plan)
    pids = small_up.recorded_pids()
    up.signal(number)
    eventually(lambda: "web ignored SIGTERM" in small_up.story())

    def ended_after_another_signal() -> bool:
        up.signal(number)
        return not up.alive

    eventually(ended_after_another_signal, every=0.2)

    assert up.exit_status == 0
    assert all(is_gone(pid) for pid in pids.values())
    assert not small_up.socket.exists()


def test_stop_is_orderly_when_one_request_arrives_twice(small_up: SmallUp) -> None:
    # A closing terminal tells shell and group, and `make` passes TERM on: that is nobody's second wish.
    up = small_up.start()

    up.signal(signal.SIGHUP)
    up.signal(signal.SIGTERM)

    assert up.wait_until_ended() == 0
    assert small_up.story() == ["web SIGTERM", "worker SIGTERM"]


def test_everything_stops_when_interrupted_before_it_was_ready(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False, children={"worker": ["fails=1"]}, patience={"first_pause": FAR, "longest_pause": FAR}
    )
    eventually(lambda: "it starts again" in up.log())

    up.signal(signal.SIGINT)

    assert up.wait_until_ended() == 0
    assert "Celeriac is ready" not in up.log()


def test_own_processes_of_a_child_end_when_it_stops(small_up: SmallUp) -> None:
    up = small_up.start(children={"worker": ["parent"]})
    grandchild = small_up.pid("worker.own")

    up.signal(signal.SIGINT)

    assert up.wait_until_ended() == 0
    eventually(lambda: is_gone(grandchild))


def test_nothing_survives_when_the_supervisor_is_killed(small_up: SmallUp) -> None:
    up = small_up.start(store=True)
    pids = small_up.recorded_pids()

    os.kill(up.pid, signal.SIGKILL)

    eventually(lambda: all(is_gone(pid) for pid in pids.values()))


def test_next_start_ends_what_outlived_a_killed_supervisor(small_up: SmallUp) -> None:
    first = small_up.start(store=True, children={"worker": ["clings", "stubborn"]})
    worker = small_up.pid("worker")
    os.kill(first.pid, signal.SIGKILL)
    first.wait_until_ended()
    assert not is_gone(worker)

    second = small_up.start(store=True)

    assert is_gone(worker)
    assert f"worker (pid {worker})" in second.log()
