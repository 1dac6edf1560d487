"""What workers have announced of their tasks, by name of the task. It stays when they end: launches need it then, too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys


class AnnouncedTasks:
    """The facts of tasks as JSON objects, see `TaskFacts`; those of the latest worker that has the task."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def announce(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Writes the facts of a worker's tasks."""
        if facts:
            texts = {name: json.dumps(fact) for name, fact in facts.items()}
            self._client.hset(self._keys.tasks(), mapping=texts)

    def of(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The facts of these tasks; those that no worker has ever announced are missing."""
        if not names:
            return {}
        texts = self._client.hmget(self._keys.tasks(), list(names))
        return {name: json.loads(text) for name, text in zip(names, texts, strict=True) if text is not None}
