"""What the beginning of an execution id leaves open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.progress.ids import LAST_SECOND, launches_with_prefix

WORKFLOWS = ["data", "data-2026", "other"]


def found(prefix: str) -> list[str]:
    return [launched.workflow_id for launched in launches_with_prefix(prefix, WORKFLOWS)]


@pytest.mark.parametrize(
    ("prefix", "workflows"),
    [
        ("", WORKFLOWS),
        ("da", ["data", "data-2026"]),
        ("data-", ["data", "data-2026"]),
        ("data-2026", ["data", "data-2026"]),
        ("data-20261122", ["data"]),
        ("data-2026-2026", ["data-2026"]),
        ("data-x", []),
        ("x", []),
    ],
)
def test_the_workflows_a_beginning_can_mean_are_named(prefix: str, workflows: list[str]) -> None:
    assert found(prefix) == workflows


@given(second=st.integers(0, LAST_SECOND), length=st.integers(1, 22))
def test_the_stretch_holds_every_launch_that_its_id_begins_with(second: int, length: int) -> None:
    execution_id = f"data-{datetime.fromtimestamp(second, UTC):%Y%m%dT%H%M%S}-abcdef"

    (launched,) = launches_with_prefix(execution_id[: 5 + length], ["data"])

    assert launched.since <= second * 1000 <= launched.until


def test_the_stretch_is_one_second_when_the_whole_timestamp_is_given() -> None:
    (launched,) = launches_with_prefix("data-20261122T094107-c21", ["data"])

    assert launched.until - launched.since == 999


@pytest.mark.parametrize(
    ("prefix", "rest"),
    [
        ("da", False),
        ("data-", False),
        ("data-2026", False),
        ("data-20261122T094107", False),
        ("data-20261122T094107-", False),
        ("data-20261122T094107-c", True),
        ("data-20261122T094107x", True),
    ],
)
def test_ids_are_to_be_compared_only_when_the_prefix_goes_beyond_the_time(prefix: str, rest: bool) -> None:
    assert {launched.rest for launched in launches_with_prefix(prefix, ["data"])} == {rest}


@given(second=st.integers(0, LAST_SECOND), other=st.integers(0, LAST_SECOND), length=st.integers(1, 16))
def test_the_stretch_decides_when_nothing_is_to_be_compared(second: int, other: int, length: int) -> None:
    prefix = f"data-{datetime.fromtimestamp(second, UTC):%Y%m%dT%H%M%S}-abcdef"[: 5 + length]
    another = f"data-{datetime.fromtimestamp(other, UTC):%Y%m%dT%H%M%S}-ghijkl"

    (launched,) = launches_with_prefix(prefix, ["data"])

    assert another.startswith(prefix) == (launched.since <= other * 1000 <= launched.until)
