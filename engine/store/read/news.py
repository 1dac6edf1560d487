"""What is new in the logs of executions that are followed: of any number of them in one round trip. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.definitions import Definitions
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.output import OutputLine, parse_entries
from celeriac.engine.store.read.parts import SEQ, PartsReader
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.events import Event, parse_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far an execution has been read: its last event and the position of its last output.

    None as `seq`: not at all; then the newest events are read, and no output.
    """

    execution_id: str
    seq: int | None = None
    place: str = "0-0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNews:
    """Events and output behind a bookmark, at one moment. `newest` is the length of the log, `mark` the next bookmark."""

    definition: WorkflowDefinition
    launched: int
    newest: int
    ended: bool
    events: list[Event]
    output: list[OutputLine]
    mark: Bookmark


class News:
    """Reads behind bookmarks."""

    def __init__(self, client: Connection, keys: Keys, definitions: Definitions, parts: PartsReader) -> None:
        self._client, self._keys, self._definitions, self._parts = client, keys, definitions, parts

    def behind(self, bookmarks: Sequence[Bookmark], limit: int) -> list[LogNews | None]:
        """Up to `limit` events and as much output behind each of these bookmarks; None for a deleted execution."""
        pipeline = self._client.pipeline()
        for mark in bookmarks:
            log, output = self._keys.log(mark.execution_id), self._keys.output(mark.execution_id)
            pipeline.hmget(self._keys.execution(mark.execution_id), ("wf", "ver", "at", "end", SEQ))
            pipeline.llen(log)
            pipeline.lrange(log, *_positions(mark, limit))
            if mark.seq is None:
                pipeline.xrevrange(output, count=1)
            else:
                pipeline.xrange(output, f"({mark.place}", "+", count=limit)
        replies = iter(pipeline.execute())
        return [
            self._news(mark, limit, fields, *rest)
            for mark, fields, *rest in zip(bookmarks, replies, replies, replies, replies, strict=False)
        ]

    def _news(
        self,
        mark: Bookmark,
        limit: int,
        fields: list[bytes | None],
        newest: int,
        raws: list[bytes],
        entries: list[Any],
    ) -> LogNews | None:
        workflow_id, version, launched, ended, archived = fields
        if workflow_id is None or version is None or launched is None:
            return None
        if archived is not None:
            newest = int(archived)
            _, raws, _ = self._parts.parts_of(mark.execution_id, log=_positions(mark, limit))
        first = newest - len(raws) + 1 if mark.seq is None else mark.seq + 1
        return LogNews(
            definition=self._definitions.get(workflow_id.decode(), version.decode()),
            launched=int(launched),
            newest=newest,
            ended=ended is not None,
            events=[parse_event(number, raw.decode()) for number, raw in enumerate(raws, first)],
            output=[] if mark.seq is None else parse_entries(entries),
            mark=Bookmark(
                execution_id=mark.execution_id,
                seq=first - 1 + len(raws),
                place=entries[-1][0].decode() if entries else mark.place,
            ),
        )


def _positions(mark: Bookmark, limit: int) -> tuple[int, int]:
    """The part of the log to be read, as LRANGE has it."""
    return (-limit, -1) if mark.seq is None else (mark.seq, mark.seq + limit - 1)
