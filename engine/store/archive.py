"""Archives ended executions: packs what lies beside their own hash into one key, some time after they ended.

Any number of processes may do it at once. Until the script has replaced them, the parts stay as they are; a crash leaves
one form or the other, both readable.
"""

from __future__ import annotations

from collections.abc import Sequence

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.packing import Contents, pack
from celeriac.engine.store.scripts import Scripts

BATCH = 20  # executions per script call, which keeps every call below 2 ms
#: An execution with more stays as it is: its parts are read one by one, and a call of the store must stay short.
MOST_EVENTS, MOST_BYTES = 2_000, 131_072


class Archive:
    """Archives what has been ended for `after` seconds, by the store's clock."""

    def __init__(self, client: Connection, keys: Keys, scripts: Scripts, *, after: float) -> None:
        self._client, self._keys, self._call = client, keys, scripts.call
        self._after = after

    def work(self, *, most: int = 10 * BATCH) -> int:
        """Archives up to `most` executions that are due; returns how many were looked at. Repeating it is harmless."""
        seconds, microseconds = self._client.time()
        before = seconds * 1000 + microseconds // 1000 - round(self._after * 1000)
        archivable = self._keys.archivable()
        due = self._client.zrange(archivable, "-inf", before, byscore=True, offset=0, num=most)
        for start in range(0, len(due), BATCH):
            self.archive_executions([name.decode() for name in due[start : start + BATCH]])
        return len(due)

    def archive_executions(self, execution_ids: Sequence[str]) -> int:
        """Archives those of these executions that have ended, once; returns how many."""
        contents = self._read(execution_ids)
        words = [
            word
            for execution_id, found in zip(execution_ids, contents, strict=True)
            for word in ((execution_id, len(found.log), pack(found)) if found else (execution_id, -1, b""))
        ]
        return int(self._call("archive_executions", *words))

    def _read(self, execution_ids: Sequence[str]) -> list[Contents | None]:
        """What is to be packed, each as it was at one moment; None for an execution that stays as it is."""
        keys = self._keys
        pipeline = self._client.pipeline(transaction=False)
        for execution_id in execution_ids:
            pipeline.llen(keys.log(execution_id))
            pipeline.memory_usage(keys.data(execution_id))
        sizes = pipeline.execute()
        small = [
            0 < events <= MOST_EVENTS and (size or 0) <= MOST_BYTES
            for events, size in zip(sizes[::2], sizes[1::2], strict=True)
        ]
        pipeline = self._client.pipeline()
        for execution_id, fits in zip(execution_ids, small, strict=True):
            if fits:
                pipeline.hgetall(keys.states(execution_id))
                pipeline.lrange(keys.log(execution_id), 0, -1)
                pipeline.hgetall(keys.data(execution_id))
        parts = iter(pipeline.execute())
        found = [Contents(next(parts), next(parts), next(parts)) if fits else None for fits in small]
        # One without events was archived by another process after its size was read.
        return [contents if contents and contents.log else None for contents in found]
