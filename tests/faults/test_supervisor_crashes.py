"""A child that crashes is started again; one that keeps crashing stops everything."""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.conftest import SmallUp, is_gone
from tests.support.waiting import eventually


@pytest.mark.parametrize("name", ["store", "worker", "web"])
def test_child_is_started_again_when_it_is_killed(small_up: SmallUp, name: str) -> None:
    up = small_up.start(store=True)
    before = small_up.recorded_pids()

    os.kill(before[name], signal.SIGKILL)

    eventually(lambda: small_up.recorded_pids().get(name) not in (None, before[name]))
    others = {other: pid for other, pid in small_up.recorded_pids().items() if other != name}
    assert others == {other: pid for other, pid in before.items() if other != name}
    assert f"{name} was ended by SIGKILL; restarting it" in up.log()
    assert up.alive


def test_own_processes_of_a_child_end_when_it_is_killed(small_up: SmallUp) -> None:
    small_up.start(children={"worker": ["parent"]})
    grandchild, worker = small_up.pid("worker.own"), small_up.pid("worker")

    os.kill(worker, signal.SIGKILL)

    eventually(lambda: is_gone(grandchild))


def test_tree_gets_ready_when_a_child_fails_only_at_first(small_up: SmallUp) -> None:
    up = small_up.start(children={"worker": ["fails=1", "once"], "web": []}, patience={"backoff": 0.05})

    assert "worker ended with status 1; restarting it" in up.log()


def test_everything_stops_when_a_child_keeps_ending(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False, store=True, children={"web": [], "worker": ["fails=7"]}, patience={"backoff": 0.01}
    )

    assert up.wait_until_ended() == 1
    assert "worker ended with status 7 5 times within 60 s" in up.log()
    assert "    worker cannot go on" in up.log()
    assert str(small_up.data_dir / "logs" / "worker.log") in up.log()
    assert "web SIGTERM" in small_up.story()
    assert is_gone(small_up.pid("web"))
    assert not small_up.socket.exists()
    assert "Celeriac is ready" not in up.log()


def test_everything_stops_at_once_when_a_child_was_used_wrongly(small_up: SmallUp) -> None:
    up = small_up.start(ready=False, children={"worker": ["fails=2"]}, patience={"backoff": 60.0})

    assert up.wait_until_ended() == 1
    assert "worker ended with status 2; everything is stopped" in up.log()


def test_everything_stops_when_a_child_never_gets_ready(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False, children={"worker": ["unready"]}, patience={"first_hint": 0.1, "give_up": 3.0}
    )

    assert up.wait_until_ended() == 1
    assert "Still waiting for worker" in up.log()
    assert "worker is not ready after" in up.log()
