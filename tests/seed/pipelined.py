"""Calls of the store's scripts by many greenlets, sent together: a call costs no round trip of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from greenlet import getcurrent, greenlet

from celeriac.engine.store.scripts import Scripts, source
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Transitions


class PipelinedScripts(Scripts):
    """Looks like `Scripts` to a job that `run` has started; every call waits for the next pipeline."""

    def call(self, name: str, *arguments: Any) -> Any:
        """Runs one script, as `Scripts.call` does."""
        parent = getcurrent().parent
        if parent is None:
            return super().call(name, *arguments)
        return parent.switch((name, arguments))

    def run(self, jobs: Iterable[Callable[[], object]], *, together: int) -> None:
        """Runs the jobs, up to `together` at a time, until all have ended. An error in one of them ends this call."""
        left = iter(jobs)
        waiting: list[tuple[greenlet, tuple[str, tuple[Any, ...]]]] = []
        while True:
            while len(waiting) < together and (job := next(left, None)) is not None:
                _continue(waiting, greenlet(job))
            if not waiting:
                return
            sent, waiting = waiting, []
            for (job_of_call, _), reply in zip(sent, self._send([call for _, call in sent]), strict=True):
                _continue(waiting, job_of_call, reply)

    def _send(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for text in {source(name)[0] for name, _ in calls}:
            self._load(text)
        for name, arguments in calls:
            pipeline.evalsha(source(name)[1], 1, *self._common, *arguments)
        return cast("list[Any]", pipeline.execute())

    def _load(self, text: str) -> None:
        loaded: set[str] = self.__dict__.setdefault("_loaded", set())
        if text not in loaded:
            self._client.script_load(text)
            loaded.add(text)


def _continue(
    waiting: list[tuple[greenlet, tuple[str, tuple[Any, ...]]]], job: greenlet, *reply: object
) -> None:
    call = job.switch(*reply)
    if not job.dead:
        waiting.append((job, call))


def pipelined(store: Store) -> tuple[PipelinedScripts, Transitions]:
    """The transitions of a store for jobs, and what runs these jobs."""
    root, window, publish_lease = store.scripts._common
    scripts = PipelinedScripts(store.client, root, window=window, publish_lease=publish_lease)
    return scripts, Transitions(scripts, store.settings)
