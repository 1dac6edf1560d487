"""A store with AOF and one worker with two slots, for what is measured without a counterpart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.servers import StoreServer
from tests.support.workers import Worker


@contextlib.contextmanager
def quiet_system(directory: Path, *, worker: bool = True) -> Iterator[tuple[WorkflowEngine, StoreServer]]:
    """An engine on a store of its own, with a ready worker unless `worker` is False."""
    server = StoreServer(aof=True).start()
    settings = Settings(redis_url=server.url, namespace="bench", data_dir=directory / "data", concurrency=2)
    engine = WorkflowEngine(settings)
    runner = Worker(settings, log_directory=directory, options=("-Q", "default"))
    try:
        if worker:
            runner.start()
        yield engine, server
    finally:
        runner.stop()
        engine.close()
        server.stop()
