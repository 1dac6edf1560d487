"""The data directory: private, locked, kept over restarts; and what stands in the way of a start."""

from __future__ import annotations

import os
import signal
import socket
import stat
from pathlib import Path

import pytest
import redis

from celeriac.supervision.data_directory import Running, running_in
from celeriac.supervision.identity import ProcessRecord, write_records
from tests.faults.conftest import SmallUp, is_gone
from tests.support.waiting import eventually


def permissions(path: Path) -> str:
    return stat.filemode(path.stat().st_mode)


def running(small_up: SmallUp) -> Running:
    known = running_in(small_up.data_dir)
    assert known is not None
    return known


def test_files_are_private_when_it_runs(small_up: SmallUp) -> None:
    small_up.start(store=True)

    assert permissions(small_up.data_dir) == "drwx------"
    assert permissions(small_up.socket.parent) == "drwx------"
    assert permissions(small_up.socket) == "srw-------"
    assert permissions(small_up.data_dir / "logs" / "store.log") == "-rw-------"
    assert permissions(small_up.data_dir / "store") == "drwx------"
    assert (small_up.data_dir / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["long-" * 20, "with space", "100%"])
def test_socket_is_elsewhere_when_the_path_cannot_hold_it(small_up: SmallUp, name: str) -> None:
    small_up.data_dir = small_up.directory / name
    up = small_up.start(store=True)
    known = running(small_up)
    elsewhere = Path(known.elsewhere)
    assert permissions(elsewhere) == "drwx------"
    with redis.Redis.from_url(known.redis_url) as client:
        assert client.ping()

    up.signal(signal.SIGINT)

    assert up.wait_until_ended() == 0
    assert not elsewhere.exists()


def test_socket_elsewhere_is_removed_when_its_supervisor_was_killed(small_up: SmallUp) -> None:
    small_up.data_dir = small_up.directory / "with space"
    first = small_up.start(store=True)
    elsewhere, store = Path(running(small_up).elsewhere), small_up.recorded_pids()["store"]
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: is_gone(store))
    first.wait_until_ended()
    assert running_in(small_up.data_dir) is None

    small_up.start(store=True)

    assert not elsewhere.exists()


def test_second_start_is_refused_when_one_runs(small_up: SmallUp) -> None:
    first = small_up.start(store=True)
    pids = small_up.recorded_pids()

    second = small_up.start(ready=False, store=True)

    assert second.wait_until_ended() == 1
    assert "already running" in second.log()
    assert f"pid {first.pid}, http://127.0.0.1:{small_up.port}" in second.log()
    assert small_up.recorded_pids() == pids
    assert first.alive


def test_nothing_is_started_when_the_port_is_taken(small_up: SmallUp) -> None:
    with socket.create_server(("127.0.0.1", small_up.port)):
        up = small_up.start(ready=False, store=True)

        assert up.wait_until_ended() == 1
    assert f"127.0.0.1 port {small_up.port}: another program uses it" in up.log()
    assert f"PORT={small_up.port + 1} make run" in up.log()
    assert not list((small_up.data_dir / "logs").iterdir())


def test_directory_is_refused_when_others_use_it(small_up: SmallUp) -> None:
    small_up.data_dir.mkdir(mode=0o755)
    small_up.data_dir.chmod(0o755)
    (small_up.data_dir / "thesis.txt").write_text("not ours")

    up = small_up.start(ready=False)

    assert up.wait_until_ended() == 1
    assert f"chmod 700 {small_up.data_dir}" in up.log()
    assert permissions(small_up.data_dir) == "drwxr-xr-x"


def test_directory_is_refused_when_it_is_a_file(small_up: SmallUp) -> None:
    small_up.data_dir.write_text("not a directory")

    up = small_up.start(ready=False)

    assert up.wait_until_ended() == 1
    assert "Set CELERIAC_DATA_DIR" in up.log()


def test_other_holder_of_a_recorded_pid_is_left_alone_when_starting(small_up: SmallUp) -> None:
    bystander = SmallUp(small_up.directory, small_up.directory / "other")
    other = bystander.start(children={"bystander": []})
    small_up.data_dir.mkdir(mode=0o700)
    pid = bystander.pid("bystander")
    write_records(
        small_up.data_dir / "children.json", [ProcessRecord(name="worker", pid=pid, born="another boot/1")]
    )

    up = small_up.start()

    assert not is_gone(pid)
    assert "Ended processes of an earlier start" not in up.log()
    other.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_data_is_there_when_it_starts_again(small_up: SmallUp, number: signal.Signals) -> None:
    first = small_up.start(store=True)
    with redis.Redis.from_url(running(small_up).redis_url) as client:
        client.set("kept", "yes")
    store = small_up.recorded_pids()["store"]
    first.signal(number)
    first.wait_until_ended()
    eventually(lambda: is_gone(store))

    small_up.start(store=True)

    with redis.Redis.from_url(running(small_up).redis_url) as client:
        assert client.get("kept") == b"yes"


def test_data_is_there_when_the_store_was_killed(small_up: SmallUp) -> None:
    small_up.start(store=True)
    url, store = running(small_up).redis_url, small_up.recorded_pids()["store"]
    with redis.Redis.from_url(url) as client:
        client.set("kept", "yes")

    os.kill(store, signal.SIGKILL)

    def kept() -> bool:
        try:
            with redis.Redis.from_url(url) as client:
                return bool(client.get("kept") == b"yes")
        except redis.RedisError:
            return False

    eventually(kept)


def test_logs_are_shown_when_verbose(small_up: SmallUp) -> None:
    up = small_up.start(
        store=True, verbose=True, children={"worker": ["fails=1", "once"]}, patience={"first_pause": 0.05}
    )

    assert "worker | worker cannot go on" in up.log()
    eventually(lambda: "store  | " in up.log())


def test_logs_of_earlier_starts_are_kept_when_it_starts_again(small_up: SmallUp) -> None:
    for _ in range(2):
        up = small_up.start(store=True)
        up.signal(signal.SIGINT)
        up.wait_until_ended()

    assert (small_up.data_dir / "logs" / "store.log").exists()
    assert (small_up.data_dir / "logs" / "store.log.1").read_text()
