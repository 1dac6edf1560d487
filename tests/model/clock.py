"""Drives the scripts by a clock of the test's own, and lets calls be sent twice as after a lost answer.

The scripts read the time in one place, `redis.call('TIME')`. Here that expression is replaced by the second key of the
call, which the production code never passes; so nothing in the scripts knows of tests. The size of a slice is replaced in the
same way, and what a call leaves over is done at once: the answer is that of one call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from celeriac.engine.settings import Settings
from celeriac.engine.store.archive import Archive
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.lua_text import used_names
from celeriac.engine.store.scripts import Scripts, source
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Transitions, milliseconds

TIME = "redis.call('TIME')"
REST = b"|+|0||0"
OURS = "{ math.floor(KEYS[2] / 1000), KEYS[2] % 1000 * 1000 }"


class Clock:
    """The time, ms since the epoch. It moves only when told to."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def advance(self, ms: int) -> None:
        self.now += ms


@cache
def clocked_source(name: str, slice_size: int) -> str:
    """A script that takes the time from its second key, and changes no more than so many units in one call."""
    text, _ = source(name)
    if text.count(TIME) != ("now" in used_names(text)):
        raise AssertionError(
            f"{name} reads the time {text.count(TIME)} times, the test knows how to replace one"
        )
    return text.replace(TIME, OURS).replace("local SLICE = 200\n", f"local SLICE = {slice_size}\n")


class ClockedScripts(Scripts):
    """The scripts at the time of `clock`."""

    def __init__(
        self,
        client: Connection,
        root: str,
        *,
        window: int,
        publish_lease: int,
        clock: Clock,
        slice_size: int,
    ) -> None:
        super().__init__(client, root, window=window, publish_lease=publish_lease)
        self._clock, self._slice_size = clock, slice_size
        self._resend_after: int | None = None

    def call(self, name: str, *arguments: Any) -> Any:
        answer = self._continued(self._run(name, *arguments))
        if self._resend_after is not None:
            self._clock.advance(self._resend_after)
            answer = self._continued(self._run(name, *arguments))
        return answer

    def _run(self, name: str, *arguments: Any) -> Any:
        root, window, publish_lease = self._common
        now, text = str(self._clock.now), clocked_source(name, self._slice_size)
        return self._client.eval(text, 2, root, now, window, publish_lease, *arguments)

    def _continued(self, answer: Any) -> Any:
        """An answer whose orders to continue have been carried out."""
        if not isinstance(answer, list):
            return answer
        whole = []
        for part in map(self._continued, answer):
            if isinstance(part, bytes) and part.endswith(REST):
                whole += self._continued(self._run("continue_execution", part.removesuffix(REST)))
            else:
                whole.append(part)
        return whole

    @contextmanager
    def resending(self, after: int | None) -> Iterator[None]:
        """Meanwhile every call is made, its answer lost, and the same call sent again `after` ms later; None: once."""
        self._resend_after = after
        try:
            yield
        finally:
            self._resend_after = None


def clocked_store(settings: Settings, clock: Clock, slice_size: int = 200) -> tuple[Store, ClockedScripts]:
    """A store whose transitions go by `clock`. What only reads shows the server's own time as `now`."""
    store = Store(settings)
    scripts = ClockedScripts(
        store.client,
        store.keys.root,
        window=settings.window,
        publish_lease=milliseconds(settings.publish_lease),
        clock=clock,
        slice_size=slice_size,
    )
    store.transitions = Transitions(scripts, settings)
    store.archive = Archive(store.client, store.keys, scripts, after=settings.archive_after)
    return store, scripts
