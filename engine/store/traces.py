"""The trace that an execution belongs to, kept for its attempts."""

from __future__ import annotations

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys


class Traces:
    """Keeps the headers of traces, as JSON objects."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def keep(self, execution_id: str, headers: str) -> None:
        """Keeps the trace of an execution that has none yet. Only for one that is active: a deleted one would come back."""
        self._client.hsetnx(self._keys.data(execution_id), "trace", headers)
