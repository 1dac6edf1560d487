"""Lists of executions, newest first: filters, keyset pages, counts. Reads the indexes, writes nothing."""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from celeriac.engine.errors import InvalidInput
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.workflows.progress.ids import launches_with_prefix
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES, WorkflowStatus

COUNT_CAP = 10_000
#: With a label and another filter counting stops earlier: no index has their number.
COMBINED_CAP = 200
#: The largest index that the store is asked to compare with another one, in one call.
MOST_COMPARED = 100_000
FIRST_CHUNK, CHUNK = 128, 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The filters of a list. Times are ms; `prefix` is the beginning of an execution id; `label` is `(key, value)`."""

    workflow_id: str | None = None
    status: str | None = None
    prefix: str = ""
    since: int | None = None
    until: int | None = None
    label: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a list: after the execution launched at `at` with this id."""

    at: int
    execution_id: str

    def encode(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at} {self.execution_id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str) -> Position:
        try:
            at, execution_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
            return cls(int(at), execution_id)
        except (ValueError, binascii.Error):
            raise InvalidInput(
                f"cursor {cursor[:40]!r} is not valid; start at the first page", pointer="/cursor"
            ) from None


@dataclass(frozen=True, slots=True)
class _Source:
    """An index to read from `high` down to `low` (ms); ids must begin with `prefix` and be in `other`, if there is one."""

    index: str
    other: str | None
    low: str
    high: str
    prefix: bytes

    @property
    def range(self) -> tuple[str, str]:
        return self.low, self.high

    @property
    def is_whole(self) -> bool:
        """Whether nothing but `other` leaves out any part of the index."""
        return (self.low, self.high, self.prefix) == ("-inf", "+inf", b"")


class History:
    """Reads the indexes."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def page(
        self, wanted: Filter, *, limit: int, after: Position | None
    ) -> tuple[list[str], Position | None]:
        """Up to `limit` execution ids, newest first, and where the next page starts, None at the end."""
        found = list(islice(self._matching(wanted, after), limit + 1))
        if len(found) <= limit:
            return [name.decode() for name, _ in found], None
        name, at = found[limit - 1]
        return [name.decode() for name, _ in found[:limit]], Position(int(at), name.decode())

    def count(self, wanted: Filter) -> tuple[int, bool]:
        """How many match; above the cap the cap, and True."""
        sources = self._sources(wanted)
        combined = any(source.other for source in sources)
        cap = COMBINED_CAP if combined else COUNT_CAP
        whole = sources[0] if len(sources) == 1 and sources[0].is_whole else None
        if whole and (number := self._in_both(whole)) is not None:
            total = number
        elif combined or any(source.prefix for source in sources):
            total = sum(1 for _ in islice(self._matching(wanted, None), cap + 1))
        else:
            total = sum(self._client.zcount(source.index, *source.range) for source in sources)
        return min(total, cap), total > cap

    def counts(self, workflow_id: str | None) -> dict[str, int]:
        """The exact number of executions per status, and `all`."""
        pipeline = self._client.pipeline(transaction=False)
        for status in WorkflowStatus:
            if workflow_id is None:
                pipeline.zcard(self._keys.index_status(status))
            else:
                pipeline.zcard(self._keys.index_both(workflow_id, status))
        by_status = dict(zip((status.value for status in WorkflowStatus), pipeline.execute(), strict=True))
        return {"all": sum(by_status.values()), **by_status}

    def overviews(self, workflow_ids: Sequence[str], last: int) -> list[tuple[list[str], int]]:
        """Of each of these workflows the ids of its `last` executions, newest first, and how many are active."""
        pipeline = self._client.pipeline(transaction=False)
        for workflow_id in workflow_ids:
            pipeline.zrange(self._keys.index_workflow(workflow_id), 0, last - 1, desc=True)
            for status in ACTIVE_STATUSES:
                pipeline.zcard(self._keys.index_both(workflow_id, status))
        answers, each = pipeline.execute(), 1 + len(ACTIVE_STATUSES)
        groups = (answers[start : start + each] for start in range(0, len(answers), each))
        return [([name.decode() for name in newest], sum(active)) for newest, *active in groups]

    def counts_since(self, since: int) -> dict[str, int]:
        """The number of executions per status launched at or after `since` (ms)."""
        pipeline = self._client.pipeline(transaction=False)
        for status in WorkflowStatus:
            pipeline.zcount(self._keys.index_status(status), since, "+inf")
        return dict(zip((status.value for status in WorkflowStatus), pipeline.execute(), strict=True))

    def _sources(self, wanted: Filter) -> list[_Source]:
        """The ranges to read: one index, or with a prefix one per possible workflow."""
        if not wanted.prefix:
            return [self._source(wanted, wanted.workflow_id, wanted.since, wanted.until, b"")]
        known = (name.decode() for name in self._client.hkeys(self._keys.workflows()))
        sources = []
        for launched in launches_with_prefix(wanted.prefix, sorted(known)):
            if wanted.workflow_id in (None, launched.workflow_id):
                since = max(launched.since, wanted.since or 0)
                until = launched.until if wanted.until is None else min(launched.until, wanted.until)
                rest = wanted.prefix.encode() if launched.rest else b""
                sources.append(self._source(wanted, launched.workflow_id, since, until, rest))
        return sources

    def _source(
        self, wanted: Filter, workflow_id: str | None, since: int | None, until: int | None, prefix: bytes
    ) -> _Source:
        index = self._index(workflow_id, wanted.status)
        other: str | None = None
        if wanted.label is not None:
            label = self._keys.index_label(*wanted.label)
            if index == self._keys.index_all():
                index = label
            else:
                # The smaller index is read, the other one is checked.
                index, other = sorted((index, label), key=self._client.zcard)
        low = "-inf" if since is None else str(since)
        high = "+inf" if until is None else str(until)
        return _Source(index, other, low, high, prefix)

    def _index(self, workflow_id: str | None, status: str | None) -> str:
        if workflow_id is not None and status is not None:
            return self._keys.index_both(workflow_id, status)
        if workflow_id is not None:
            return self._keys.index_workflow(workflow_id)
        return self._keys.index_all() if status is None else self._keys.index_status(status)

    def _matching(self, wanted: Filter, after: Position | None) -> Iterator[tuple[bytes, float]]:
        """Ids with their launch times, newest first."""
        streams = [self._read(source, after) for source in self._sources(wanted)]
        return heapq.merge(*streams, key=lambda entry: (entry[1], entry[0]), reverse=True)

    def _read(self, source: _Source, after: Position | None) -> Iterator[tuple[bytes, float]]:
        high = source.high
        if after is not None and (high == "+inf" or after.at < int(high)):
            high = str(after.at)
        beyond: tuple[float, bytes] | None = (
            None if after is None else (after.at, after.execution_id.encode())
        )
        for chunk in self._chunks(source, high):
            # Executions launched in the millisecond of the cursor are read again and skipped by id; so are those at the
            # end of a chunk, where launches since have moved them to the next one.
            for name, at in chunk:
                if name.startswith(source.prefix) and (beyond is None or (at, name) < beyond):
                    beyond = (at, name)
                    yield name, at

    def _in_both(self, source: _Source) -> int | None:
        """How many are in both indexes of a source, up to just above the cap; None if there is one index, or both are large."""
        if source.other is None or self._client.zcard(source.index) > MOST_COMPARED:
            return None
        return int(self._client.zintercard(2, [source.index, source.other], COMBINED_CAP + 1))

    def _chunks(self, source: _Source, high: str) -> Iterator[list[tuple[bytes, float]]]:
        """The ids of a source with their launch times, newest first: few at first, as most readers stop soon."""
        offset, size, compared = 0, FIRST_CHUNK, source.other is None
        while True:
            options = {"desc": True, "byscore": True, "offset": offset, "num": size}
            if source.other is None:
                chunk = self._client.zrange(source.index, high, source.low, withscores=True, **options)
                yield chunk
            else:
                chunk = self._client.zrange(source.index, high, source.low, **options)
                # The launch time is the score in every index.
                scores = self._client.zmscore(source.other, chunk) if chunk else []
                yield [(name, at) for name, at in zip(chunk, scores, strict=True) if at is not None]
            if len(chunk) < size:
                return
            if size == CHUNK and not compared:
                compared = True
                if (few := self._few(source, chunk[-1])) is not None:
                    yield [(name, at) for name, at in few if at >= float(source.low)]
                    return
            offset, size = offset + size, min(2 * size, CHUNK)

    def _few(self, source: _Source, last: bytes) -> list[tuple[bytes, float]] | None:
        """Those in both indexes of a source that come after `last`, all in one reply; None if they may be many."""
        number, at = self._in_both(source), self._client.zscore(source.index, last)
        if number is None or number > COMBINED_CAP or at is None:
            return None
        both = [source.index, source.other]
        found: list[tuple[bytes, float]] = self._client.zinter(both, aggregate="MIN", withscores=True)
        return [(name, score) for name, score in reversed(found) if (score, name) < (at, last)]
