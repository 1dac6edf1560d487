"""Lists of executions, newest first: filters, keyset pages, counts. Reads the indexes, writes nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.store.connection import Connection
from engine.store.keys import Keys
from engine.workflows.states import WorkflowStatus

COUNT_CAP = 10_000
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows. Times are ms; `prefix` is the beginning of an execution id; `label` is `(key, value)`."""

    workflow_id: str | None = None
    status: str | None = None
    prefix: str = ""
    since: int | None = None
    until: int | None = None
    label: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list: after the execution launched at `at` with this id."""

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
                f"cursor {cursor[:40]!r} is not one of ours; start at the first page", pointer="/cursor"
            ) from None


class History:
    """Reads the indexes."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def page(
        self, wanted: Filter, *, limit: int, after: Position | None
    ) -> tuple[list[str], Position | None]:
        """Up to `limit` execution ids, newest first, and where the next page starts, None at the end."""
        found: list[tuple[bytes, float]] = []
        for entry in self._matching(wanted, after):
            found.append(entry)
            if len(found) > limit:
                last = found[limit - 1]
                return [name.decode() for name, _ in found[:limit]], Position(int(last[1]), last[0].decode())
        return [name.decode() for name, _ in found], None

    def count(self, wanted: Filter) -> tuple[int, bool]:
        """How many match; above the cap the cap, and True."""
        driver, others = self._indexes(wanted)
        if not others and not wanted.prefix:
            total = self._client.zcount(driver, *self._range(wanted))
        else:
            total = 0
            for _ in self._matching(wanted, None):
                total += 1
                if total > COUNT_CAP:
                    break
        return min(total, COUNT_CAP), total > COUNT_CAP

    def counts(self, workflow_id: str | None) -> dict[str, int]:
        """How many executions there are per status, exactly, and `all`."""
        pipeline = self._client.pipeline(transaction=False)
        for status in WorkflowStatus:
            key = (
                self._keys.index_status(status)
                if workflow_id is None
                else self._keys.index_both(workflow_id, status)
            )
            pipeline.zcard(key)
        by_status = dict(zip((status.value for status in WorkflowStatus), pipeline.execute(), strict=True))
        return {"all": sum(by_status.values()), **by_status}

    def counts_since(self, since: int) -> dict[str, int]:
        """How many executions launched at or after `since` (ms) there are per status."""
        pipeline = self._client.pipeline(transaction=False)
        for status in WorkflowStatus:
            pipeline.zcount(self._keys.index_status(status), since, "+inf")
        return dict(zip((status.value for status in WorkflowStatus), pipeline.execute(), strict=True))

    def _indexes(self, wanted: Filter) -> tuple[str, list[str]]:
        """The smallest index that holds every match, and those that have to agree."""
        if wanted.workflow_id is not None and wanted.status is not None:
            base = self._keys.index_both(wanted.workflow_id, wanted.status)
        elif wanted.workflow_id is not None:
            base = self._keys.index_workflow(wanted.workflow_id)
        elif wanted.status is not None:
            base = self._keys.index_status(wanted.status)
        else:
            base = self._keys.index_all()
        if wanted.label is None:
            return base, []
        label = self._keys.index_label(*wanted.label)
        if base == self._keys.index_all():
            return label, []
        base_size, label_size = self._client.zcard(base), self._client.zcard(label)
        return (label, [base]) if label_size <= base_size else (base, [label])

    @staticmethod
    def _range(wanted: Filter) -> tuple[str, str]:
        low = "-inf" if wanted.since is None else str(wanted.since)
        high = "+inf" if wanted.until is None else str(wanted.until)
        return low, high

    def _matching(self, wanted: Filter, after: Position | None) -> Iterator[tuple[bytes, float]]:
        driver, others = self._indexes(wanted)
        low, high = self._range(wanted)
        prefix = wanted.prefix.encode()
        if after is not None and (high == "+inf" or after.at < int(high)):
            high = str(after.at)
        # Executions launched in the same millisecond as the cursor come again and are passed over by id.
        offset = 0
        while True:
            chunk = self._client.zrange(
                driver, high, low, desc=True, byscore=True, offset=offset, num=CHUNK, withscores=True
            )
            candidates = [
                (name, score)
                for name, score in chunk
                if name.startswith(prefix)
                and (after is None or (score, name) < (after.at, after.execution_id.encode()))
            ]
            yield from self._agreed(candidates, others)
            if len(chunk) < CHUNK:
                return
            offset += CHUNK

    def _agreed(self, candidates: list[tuple[bytes, float]], others: list[str]) -> list[tuple[bytes, float]]:
        for key in others:
            if candidates:
                scores = self._client.zmscore(key, [name for name, _ in candidates])
                candidates = [
                    entry for entry, score in zip(candidates, scores, strict=True) if score is not None
                ]
        return candidates
