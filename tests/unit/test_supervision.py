"""The small duties of the supervisor: logs, records of processes, the choice of a server, the words for an address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from celeriac.supervision import health, store_server
from celeriac.supervision.child import ChildSpec
from celeriac.supervision.errors import AddressUnusable, NoStoreServer
from celeriac.supervision.identity import (
    ProcessRecord,
    born,
    end_leftovers,
    read_records,
    write_records,
)
from celeriac.supervision.logs import Mirror, rotate, set_aside_when_large, tail
from celeriac.supervision.readiness import check_port, web_is_ready, web_url
from tests.support.processes import free_port


def test_oldest_log_goes_when_rotated_often(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for number in range(6):
        log.write_text(str(number))
        rotate(log)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log.1", "web.log.2", "web.log.3"]
    assert (tmp_path / "web.log.1").read_text() == "5"


def test_nothing_happens_when_there_is_no_log_to_rotate(tmp_path: Path) -> None:
    rotate(tmp_path / "web.log")

    assert not list(tmp_path.iterdir())


def test_writer_goes_on_when_its_large_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("a") as writer:
        writer.write("before\n" * 10)
        writer.flush()

        set_aside_when_large(log, largest=20)
        writer.write("after\n")

    assert log.read_text() == "after\n"
    assert (tmp_path / "worker.log.1").read_text() == "before\n" * 10


def test_log_stays_when_it_is_not_large(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("short")

    set_aside_when_large(log)

    assert log.read_text() == "short"


def test_last_lines_are_given_when_a_log_is_long(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("".join(f"line {number}\n\n" for number in range(5000)))

    assert tail(log, lines=2) == "\n    line 4998\n    line 4999"


@pytest.mark.parametrize("exists", [True, False])
def test_tail_says_so_when_nothing_was_written(tmp_path: Path, exists: bool) -> None:
    log = tmp_path / "worker.log"
    if exists:
        log.touch()

    assert tail(log) == "\n    (nothing was written)"


def test_mirror_gives_complete_lines_when_one_is_half_written(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old\n")
    mirror = Mirror(log)
    with log.open("a") as writer:
        writer.write("one\ntw")
        writer.flush()
        assert mirror.new_lines() == ["one"]

        writer.write("o\n")

    assert mirror.new_lines() == ["two"]
    assert mirror.new_lines() == []


def test_mirror_begins_anew_when_the_log_was_emptied(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    mirror = Mirror(log)
    log.write_text("a long line\n")
    mirror.new_lines()

    log.write_text("new\n")

    assert mirror.new_lines() == ["new"]


def test_process_is_told_from_none_when_it_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        births = [born(child.pid), born(child.pid)]

    assert births[0] is not None
    assert births[0] == births[1]
    assert born(child.pid) != births[0]  # None, or that of a later process with this pid
    # Births are counted in hundredths of a second, so only one that is clearly older is sure to have another.
    assert born(os.getpid()) not in (None, births[0])


def test_records_are_read_back_when_written(tmp_path: Path) -> None:
    record = ProcessRecord(name="worker", pid=77, born="boot/1")

    write_records(tmp_path / "children.json", [record])

    assert read_records(tmp_path / "children.json") == [record]
    assert [path.name for path in tmp_path.iterdir()] == ["children.json"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"pid": 1}]', "null"])
def test_there_are_no_records_when_the_file_is_damaged(tmp_path: Path, text: str) -> None:
    file = tmp_path / "children.json"
    file.write_text(text)

    assert end_leftovers(file) == []
    assert not file.exists()


@pytest.mark.parametrize("pid", [0, 1, -1])
def test_nobody_is_signalled_when_a_record_names_no_child(tmp_path: Path, pid: int) -> None:
    file = tmp_path / "children.json"
    write_records(file, [ProcessRecord(name="worker", pid=pid, born=born(pid) or "?")])

    assert end_leftovers(file, patience=0.1) == []


def test_server_on_path_is_taken_when_no_wheel_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make_server(
        tmp_path / "redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc bits=64"
    )
    only_on_path(tmp_path, monkeypatch)

    assert store_server.server_program() == program


def test_old_server_is_refused_when_it_is_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_server(tmp_path / "redis-server", "Redis server v=6.2.14 sha=00000000:0 malloc=jemalloc bits=64")
    only_on_path(tmp_path, monkeypatch)

    with pytest.raises(NoStoreServer, match=r"redis-server is version 6\. Install .* CELERIAC_REDIS_URL"):
        store_server.server_program()


def test_remedy_is_named_when_there_is_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_on_path(tmp_path, monkeypatch)

    with pytest.raises(NoStoreServer, match=r"nothing on PATH\. Install one with pip"):
        store_server.server_program()


def make_server(path: Path, version: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o700)
    return path


def only_on_path(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("::", "http://[::1]:80"),
        ("dash.example.com", "http://dash.example.com:80"),
    ],
)
def test_url_can_be_opened_here_when_printed(host: str, url: str) -> None:
    assert web_url(host, 80) == url


def test_remedy_is_named_when_the_address_is_elsewhere() -> None:
    with pytest.raises(AddressUnusable, match="Set CELERIAC_HOST to one that it has"):
        check_port("203.0.113.9", free_port())


def test_web_is_not_ready_when_nothing_listens() -> None:
    assert not web_is_ready("127.0.0.1", free_port())


def test_specification_is_refused_when_its_stop_plan_may_never_end(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'worker' must end with SIGKILL"):
        ChildSpec(name="worker", command=[], environment={}, log=tmp_path, stop_plan=[(signal.SIGTERM, 0.0)])


@pytest.mark.parametrize("arguments", [[], ["store"], ["web", "worker"]])
def test_health_explains_itself_when_used_wrongly(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert health.main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage: ")


@pytest.mark.parametrize("part", ["web", "worker"])
def test_health_is_bad_when_nothing_runs(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERIAC_PORT", str(free_port()))
    monkeypatch.setenv("CELERIAC_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")

    assert health.main([part]) == 1
