"""A child that ends is started again, after growing pauses; the others go on."""

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
    assert f"{name} was ended by SIGKILL; it starts again in 0.5 s" in up.log()
    assert up.alive


def test_own_processes_of_a_child_end_when_it_is_killed(small_up: SmallUp) -> None:
    small_up.start(children={"worker": ["parent"]})
    grandchild, worker = small_up.pid("worker.own"), small_up.pid("worker")

    os.kill(worker, signal.SIGKILL)

    eventually(lambda: is_gone(grandchild))


def test_tree_gets_ready_when_a_child_fails_only_at_first(small_up: SmallUp) -> None:
    children = {"worker": ["fails=1", "once"], "web": []}
    up = small_up.start(children=children, patience={"first_pause": 0.05})

    assert "worker ended with status 1; it starts again in 0.05 s" in up.log()


@pytest.mark.parametrize("status", [0, 2, 7])
def test_others_go_on_when_a_child_keeps_ending(small_up: SmallUp, status: int) -> None:
    up = small_up.start(
        ready=False,
        store=True,
        children={"web": [], "worker": [f"fails={status}"]},
        patience={"first_pause": 0.01, "longest_pause": 0.04},
    )
    ended = f"worker ended with status {status}; it starts again in"
    eventually(lambda: up.log().count(f"{ended} 0.04 s") >= 8)
    pids = small_up.recorded_pids()

    eventually(lambda: up.log().count(f"{ended} 0.04 s") >= 16)

    assert [up.log().count(f"{ended} {pause} s") for pause in ("0.01", "0.02")] == [1, 1]
    assert ("    worker cannot go on" in up.log()) == bool(status)
    assert {name: small_up.recorded_pids()[name] for name in ("store", "web")} == {
        name: pids[name] for name in ("store", "web")
    }
    assert "Celeriac is ready" not in up.log()
    up.signal(signal.SIGINT)
    assert up.wait_until_ended() == 0
    assert is_gone(pids["web"])


def test_pauses_begin_again_when_a_child_ran_for_long(small_up: SmallUp) -> None:
    up = small_up.start(patience={"first_pause": 0.05, "steady_after": 0.0})

    kill_again_and_again(small_up, "web", times=3)

    eventually(lambda: up.log().count("web was ended by SIGKILL; it starts again in 0.05 s") == 3)


def test_others_go_on_when_the_store_is_killed_again_and_again(small_up: SmallUp) -> None:
    up = small_up.start(store=True, patience={"first_pause": 0.01, "longest_pause": 0.02})
    before = small_up.recorded_pids()

    kill_again_and_again(small_up, "store", times=10)

    eventually(lambda: sorted(small_up.recorded_pids()) == ["store", "web", "worker"])
    after = small_up.recorded_pids()
    assert (after["worker"], after["web"]) == (before["worker"], before["web"])
    assert up.alive


def test_child_waits_for_the_store_when_both_ended(small_up: SmallUp) -> None:
    up = small_up.start(
        children={"store": ["unready_later"], "worker": [], "web": []},
        needed=["store"],
        patience={"first_pause": 0.05},
    )
    before = small_up.recorded_pids()
    kill_again_and_again(small_up, "store", times=1)

    os.kill(before["worker"], signal.SIGKILL)
    eventually(lambda: "worker starts again when store is ready" in up.log())
    assert small_up.recorded_pids()["worker"] == before["worker"]
    (small_up.directory / "store.pid").write_text(str(small_up.recorded_pids()["store"]))

    eventually(lambda: small_up.recorded_pids().get("worker") not in (None, before["worker"]))
    assert small_up.recorded_pids()["web"] == before["web"]


def test_child_is_started_later_when_its_log_cannot_be_opened(small_up: SmallUp) -> None:
    up = small_up.start(patience={"first_pause": 0.05})
    worker, log = small_up.pid("worker"), small_up.data_dir / "logs" / "worker.log"
    log.rename(log.with_suffix(".kept"))
    log.mkdir()

    os.kill(worker, signal.SIGKILL)
    eventually(lambda: "worker cannot be started: " in up.log())
    log.rmdir()

    eventually(lambda: small_up.recorded_pids().get("worker") not in (None, worker))


def test_everything_stops_when_the_store_cannot_start(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False,
        children={"store": ["fails=7"], "worker": []},
        needed=["store"],
        patience={"first_pause": 0.01},
    )

    assert up.wait_until_ended() == 1
    assert "store ended with status 7, 3 times; everything is stopped" in up.log()
    assert "    store cannot go on" in up.log()
    assert str(small_up.data_dir / "logs" / "store.log") in up.log()
    assert not (small_up.data_dir / "logs" / "worker.log").exists()


def test_everything_stops_when_the_store_never_gets_ready(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False,
        children={"store": ["unready"], "worker": []},
        needed=["store"],
        patience={"first_hint": 0.1, "give_up": 3.0},
    )

    assert up.wait_until_ended() == 1
    assert "Still waiting for store" in up.log()
    assert "store is not ready after" in up.log()


def test_others_go_on_when_a_child_never_gets_ready(small_up: SmallUp) -> None:
    up = small_up.start(
        ready=False, children={"worker": ["unready"], "web": []}, patience={"first_hint": 0.1, "give_up": 0.1}
    )

    eventually(lambda: "Still waiting for worker" in up.log())
    eventually(lambda: small_up.recorded_pids().get("web"))
    assert up.alive


def kill_again_and_again(small_up: SmallUp, name: str, *, times: int) -> None:
    """Kills each process of that name once; the last one has been started again when this returns."""
    for _ in range(times):
        pid = small_up.recorded_pids()[name]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: small_up.recorded_pids().get(name) not in (None, pid))  # noqa: B023  called at once
