"""Counting on journeys through the code, and what is recorded of them."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from tests.bench.hops import Hops, count_hops, most_frequent
from tests.bench.inside import hop_recorder
from tests.bench.inside.hop_recorder import Recorder, function_name

CODE = """
async def begin():
    await go_on()
    helped = [helper(n) for n in range(3)]
    after()
    return helped

async def go_on():
    import asyncio
    await asyncio.sleep(0)
    await asyncio.sleep(0)

def helper(n):
    return (lambda: n)

def after():
    pass
"""


def test_calls_into_another_file_count_each_time_when_functions_count_once() -> None:
    page, title, page_html = ("web/page.py", "show"), ("web/words.py", "title"), ("templates/page.html", "")
    calls = [(None, page), (page, page_html), (page_html, title), (page_html, title), (page, page)]

    assert count_hops(calls) == Hops(functions=2, files=2, changes=3, templates=1)


def test_the_call_before_is_the_caller_when_an_event_loop_called() -> None:
    feed, watch, read = ("feed.py", "hear"), ("hub.py", "woken"), ("hub.py", "read")

    assert count_hops([(None, feed), (feed, watch), (None, read)]).changes == 1
    assert count_hops([(None, feed), (None, read)]).changes == 1


def test_the_usual_figures_count_when_a_turn_was_disturbed() -> None:
    usual, noisy, short = Hops(98, 26, 89), Hops(147, 34, 326), Hops(4, 2, 1)

    assert most_frequent([noisy, usual, short, usual]) == usual
    assert most_frequent([noisy, usual]) == usual


@pytest.mark.parametrize(
    ("qualified", "name"),
    [
        ("Board.cells", "Board.cells"),
        ("Board._active.<locals>.<listcomp>.<genexpr>", "Board._active"),
        ("Bridge.run.<locals>.<lambda>", "Bridge.run"),
        ("reading.<locals>.read_then_handle", "reading.<locals>.read_then_handle"),
    ],
)
def test_a_lambda_belongs_to_its_function_when_it_is_named(qualified: str, name: str) -> None:
    assert function_name(qualified) == name


@pytest.fixture
def linked(tmp_path: Path) -> ModuleType:
    """A module of `engine/`, imported through the link `celeriac/engine`."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "celeriac").mkdir()
    (tmp_path / "celeriac/engine").symlink_to("../engine")
    (tmp_path / "engine/work.py").write_text(CODE)
    spec = importlib.util.spec_from_file_location("work", tmp_path / "celeriac/engine/work.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path, tmp_path / "calls.jsonl")


def recorded(recorder: Recorder, linked: ModuleType, *, at_publication: bool) -> list[list[str]]:
    """The functions that a recording of the module has, in order."""
    profiles = sys.getprofile(), threading.getprofile()
    recorder.install()
    try:
        recorder.begin("journey")
        with ThreadPoolExecutor(
            1
        ) as thread:  # which has no event loop, whatever the test before left in this one
            thread.submit(lambda: asyncio.run(linked.begin())).result()
        recorder.end("journey", at_publication=at_publication)
    finally:
        sys.setprofile(profiles[0])
        threading.setprofile(profiles[1])
    (line,) = recorder.output.read_text().splitlines()
    return [callee for _, callee in json.loads(line)["calls"]]


def test_a_function_is_recorded_once_when_it_awaits_and_has_comprehensions(
    recorder: Recorder, linked: ModuleType
) -> None:
    called = recorded(recorder, linked, at_publication=False)

    assert {file for file, _ in called} == {"engine/work.py"}
    assert [name for _, name in called].count("go_on") == 1
    assert {name for _, name in called} == {"begin", "go_on", "helper", "after"}


def test_the_recording_ends_at_the_last_message_when_it_goes_to_the_broker(
    recorder: Recorder, linked: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hop_recorder, "_PUBLISH", linked.helper.__code__)

    names = [name for _, name in recorded(recorder, linked, at_publication=True)]

    assert names.count("helper") == 3
    assert "after" not in names


def test_nothing_is_written_when_another_journey_ends(recorder: Recorder, tmp_path: Path) -> None:
    recorder.begin("launch")

    assert not recorder.end("page")
    assert not (tmp_path / "calls.jsonl").exists()
