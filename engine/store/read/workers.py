"""The live workers and their descriptions. Writes nothing; `heartbeat` is a transition."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.workflows.progress.events import rfc3339, worker_name


class WorkerView(TypedDict):
    worker_id: str
    name: str
    lease_until: str
    alive: bool
    running: int
    info: dict[str, Any]  # hostname, pid, pool, concurrency, queues, tasks, version


class Workers:
    """Reads the workers."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def tasks(self) -> set[str]:
        """The names of the tasks that live workers have announced."""
        infos = (worker["info"] for worker in self.all() if worker["alive"])
        return {name for info in infos for name in info.get("tasks", ())}

    def claims(self, worker_id: str, message_id: str) -> list[tuple[str, str, int]]:
        """The attempts that a worker has claimed under a message: execution, unit, number."""
        held = self._client.hgetall(self._keys.claims(worker_id))
        members = [
            member.decode() for member, value in held.items() if value.decode().startswith(f"{message_id}|")
        ]
        split = [member.split("|") for member in members]
        return [(execution_id, unit, int(attempt)) for execution_id, unit, attempt in split]

    def all(self) -> list[WorkerView]:
        """Every worker that has not shut down properly, by name."""
        leases = self._client.zrange(self._keys.leases(), 0, -1, withscores=True)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        for name, _ in leases:
            pipeline.hget(self._keys.worker(name.decode()), "info")
            pipeline.hlen(self._keys.claims(name.decode()))
        now, *answers = pipeline.execute()
        now_ms = now[0] * 1000 + now[1] // 1000
        return [
            {
                "worker_id": name.decode(),
                "name": worker_name(name.decode()),
                "lease_until": rfc3339(int(until)),
                "alive": until > now_ms,
                "running": running,
                "info": json.loads(info or b"{}"),
            }
            for (name, until), info, running in zip(leases, answers[::2], answers[1::2], strict=True)
        ]
