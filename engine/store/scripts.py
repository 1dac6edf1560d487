"""Loads the Lua scripts, one per transition, and calls them by name. The only place that runs Lua."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.lua_text import whole_text

#: In this order before a script, as far as it needs them: a library uses the definitions of those before it.
LIBRARIES = (
    "keys", "states", "reasons", "execution", "units", "plans", "unit_states", "workers", "messages", "todo", "saving",
    "queues", "dispatch", "claiming", "following", "triggers", "settle", "release", "stopping", "ending", "gathering",
    "items", "work", "beginning", "resetting", "timestamp",
)  # fmt: skip


@cache
def source(name: str) -> tuple[str, str]:
    """The text of a script with the libraries before it, and its SHA-1."""
    folder = files("celeriac.engine.store") / "lua"
    libraries = {library: (folder / "lib" / f"{library}.lua").read_text() for library in LIBRARIES}
    text = whole_text((folder / f"{name}.lua").read_text(), libraries)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Scripts:
    """The scripts of one namespace. Every script gets `window` and `publish_lease` (ms) first."""

    def __init__(self, client: Connection, root: str, *, window: int, publish_lease: int) -> None:
        self._client = client
        self._common = (root, window, publish_lease)

    def call(self, name: str, *arguments: Any) -> Any:
        """Runs one script. Arguments are str, bytes, int or float; the reply is Redis's own, with bytes."""
        text, digest = source(name)
        try:
            return self._client.evalsha(digest, 1, *self._common, *arguments)
        except NoScriptError:
            return self._client.eval(text, 1, *self._common, *arguments)
