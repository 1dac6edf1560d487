"""Execution ids, `{workflow_id}-{yyyymmddThhmmss}-{six characters}`: what a prefix of one can match. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

#: Seconds of the last moment with a four-digit year.
LAST_SECOND = 253_402_300_799
#: Characters of the time in an id, to the second.
TIMESTAMP = 15


@dataclass(frozen=True, slots=True)
class LaunchedWithin:
    """Launches of one workflow from `since` to `until`, ms, both included.

    `rest`: an id in this range may still differ from the prefix in its last characters; otherwise all of them match.
    """

    workflow_id: str
    since: int
    until: int
    rest: bool = False


class _Timestamps:
    """The timestamps of all seconds, in order, for `bisect`."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return LAST_SECOND + 1

    def __getitem__(self, second: int) -> str:
        return f"{datetime.fromtimestamp(second, UTC):%Y%m%dT%H%M%S}"[: self._length]


def launches_with_prefix(prefix: str, workflow_ids: Iterable[str]) -> Iterator[LaunchedWithin]:
    """The launches that may have an id beginning with `prefix`: the possible workflows, each with a range of time."""
    for workflow_id in workflow_ids:
        if workflow_id.startswith(prefix) or prefix == f"{workflow_id}-":
            yield LaunchedWithin(workflow_id, 0, LAST_SECOND * 1000 + 999)
        elif prefix.startswith(f"{workflow_id}-"):
            given = prefix[len(workflow_id) + 1 :]
            beginning, rest = given[:TIMESTAMP], given[TIMESTAMP:]
            timestamps = _Timestamps(len(beginning))
            first = bisect_left(timestamps, beginning)
            beyond = bisect_left(timestamps, beginning + "~")
            if beyond > first:
                yield LaunchedWithin(workflow_id, first * 1000, beyond * 1000 - 1, rest not in ("", "-"))
