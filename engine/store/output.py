"""The output of running steps: written in batches, read per step or as it arrives. Not part of the event log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Field, Keys
from celeriac.engine.store.scripts import Scripts
from celeriac.engine.workflows.progress.output import (
    MAX_LINES,
    SHOWN_LINES,
    Line,
    Progress,
    encode_line,
    encode_progress,
    parse_entry,
)

CHUNK = 1_000  # entries read at a time


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One entry as stored: `place` orders it, `written` is ms by the store's clock."""

    place: str
    unit: str
    what: Line | Progress

    @property
    def written(self) -> int:
        return int(self.place.partition("-")[0])


class Output:
    """Writes and reads the output of steps."""

    def __init__(self, client: Connection, keys: Keys, scripts: Scripts) -> None:
        self._client, self._keys, self._call = client, keys, scripts.call

    def write_output(
        self, execution_id: str, unit: str, lines: Sequence[Line], progress: Progress | None, *, lost: int = 0
    ) -> bool:
        """Appends lines and the latest progress; `lost` counts lines dropped so far. False: the execution was deleted."""
        latest = "" if progress is None else encode_progress(unit, progress)
        entries = [encode_line(unit, line) for line in lines]
        answer = self._call(
            "write_output", execution_id, unit, MAX_LINES, len(lines) + lost, latest, *entries
        )
        return bool(answer)

    def cancel_requested(self, execution_id: str) -> bool:
        """Whether the execution is being cancelled, or was deleted."""
        workflow_id, cancelled = self._client.hmget(self._keys.execution(execution_id), "wf", "cancel")
        return workflow_id is None or cancelled is not None

    def lines(self, execution_id: str, unit: str) -> tuple[list[Line], int]:
        """The last lines of a unit, oldest first, and the number of older ones."""
        raw = self._client.hget(self._keys.data(execution_id), f"{Field.LINES}{unit}")
        written = int(raw or 0)
        found: list[Line] = []
        before = "+"
        while len(found) < min(written, SHOWN_LINES):
            chunk = self._client.xrevrange(self._keys.output(execution_id), before, "-", count=CHUNK)
            if not chunk:
                break
            found += [
                said.what
                for said in parse_entries(chunk)
                if said.unit == unit and isinstance(said.what, Line)
            ]
            before = f"({chunk[-1][0].decode()}"
        shown = found[:SHOWN_LINES][::-1]
        return shown, max(0, written - len(shown))

    def newest(self, execution_id: str) -> str:
        """The position of the newest entry; later entries follow it."""
        last = self._client.xrevrange(self._keys.output(execution_id), count=1)
        return last[0][0].decode() if last else "0-0"

    def after(self, execution_id: str, place: str, limit: int) -> list[OutputLine]:
        """Up to `limit` entries after a position, oldest first."""
        return parse_entries(
            self._client.xrange(self._keys.output(execution_id), f"({place}", "+", count=limit)
        )

    def before(self, execution_id: str, place: str, *, after: str, limit: int) -> list[OutputLine]:
        """Up to `limit` entries between two positions, newest first; `place` is '' for the newest entry."""
        end = f"({place}" if place else "+"
        return parse_entries(
            self._client.xrevrange(self._keys.output(execution_id), end, f"({after}", count=limit)
        )


def parse_entries(entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> list[OutputLine]:
    """The entries of a stream of output, as the client library returns them."""
    return [
        OutputLine(place.decode(), *parse_entry(fields[Field.ENTRY.encode()].decode()))
        for place, fields in entries
    ]
