"""Loads the Lua scripts, one per transition, and calls them by name. The only place that runs Lua."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from celeriac.engine.store.connection import Connection

LIBRARIES = ("execution", "units", "dispatch", "triggers", "settle", "ending", "items")


@cache
def source(name: str) -> tuple[str, str]:
    """The text of a script with the libraries before it, and its SHA-1."""
    folder = files("celeriac.engine.store") / "lua"
    parts = [(folder / "lib" / f"{library}.lua").read_text() for library in LIBRARIES]
    text = "\n".join([*parts, (folder / f"{name}.lua").read_text()])
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Scripts:
    """The scripts of one namespace. `window` and `publish_lease` (ms) are what every script gets first."""

    def __init__(self, client: Connection, root: str, *, window: int, publish_lease: int) -> None:
        self._client = client
        self._common = (root, window, publish_lease)

    def call(self, name: str, *arguments: Any) -> Any:
        """Runs one script. Arguments are str, bytes, int or float; the answer is as Redis gives it, with bytes."""
        text, digest = source(name)
        try:
            return self._client.evalsha(digest, 1, *self._common, *arguments)
        except NoScriptError:
            return self._client.eval(text, 1, *self._common, *arguments)
