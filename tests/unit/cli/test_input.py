"""`--input` and `--label`: what is taken, and what is refused with the place of the mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.cli.launch import parse_labels
from celeriac.cli.processes import worker_options
from celeriac.engine.errors import InvalidInput
from celeriac.engine.settings import Settings
from tests.support.command import Command, command


@pytest.fixture
def call(tmp_path: Path) -> Command:
    return command({"CELERIAC_DATA_DIR": str(tmp_path / "data")})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"a": 1,\n "b": }', "(line 2, column 7)"),
        ("[1]", "a JSON object is expected"),
        ("null", "a JSON object is expected"),
        ("", "malformed JSON"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "a"),
    ],
)
def test_input_is_refused_before_anything_is_launched_when_it_is_no_json_object(
    call: Command, text: str, named: str
) -> None:
    refused = call("launch", "w", "--input", text)

    assert refused.status == 2
    assert refused.err.startswith("celeriac: --input: ")
    assert named in refused.err
    assert len(refused.err.splitlines()) == 1


def test_file_is_named_when_it_cannot_be_read(call: Command) -> None:
    refused = call("launch", "w", "--input", "@/nowhere/input.json")

    assert refused.status == 2
    assert "cannot read '/nowhere/input.json': No such file or directory" in refused.err


def test_standard_input_is_read_when_input_is_a_dash(call: Command) -> None:
    refused = call("launch", "w", "--input", "-", stdin=b"\xff\xfe")

    assert refused.status == 2
    assert "UTF-8" in refused.err


def test_labels_are_taken_when_written_as_key_and_value() -> None:
    assert parse_labels(["team=data", "formula=a=b", "empty="]) == {
        "team": "data",
        "formula": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize("given", [["team"], ["=data"], ["a=1", "a=2"]])
def test_label_is_refused_when_it_is_incomplete_or_twice(given: list[str]) -> None:
    with pytest.raises(InvalidInput, match="--label"):
        parse_labels(given)


def test_worker_serves_every_queue_when_none_is_given() -> None:
    options = worker_options(Settings(concurrency=3), {"slow", "fast"}, [])

    assert options[options.index("-Q") + 1] == "default,fast,slow"
    assert options[options.index("-c") + 1] == "3"


def test_given_options_come_last_when_they_repeat_ours() -> None:
    options = worker_options(Settings(), {"slow"}, ["-Q", "slow", "-P", "threads"])

    assert options[-4:] == ["-Q", "slow", "-P", "threads"]
