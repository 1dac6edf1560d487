"""Records which functions of the project call which, in all threads of a process, between two marks.

A function is known by its file, relative to the checkout and with links resolved, and its qualified name. Lambdas,
comprehensions and generator expressions belong to the function around them; modules and class bodies are not recorded.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from kombu import Producer
from redis.commands.core import ScriptCommands

#: Folders of a checkout that the project's own code is in, templates included.
FOLDERS = frozenset({"celeriac", "engine", "web", "templates"})
_INNER = re.compile(r"(\.<locals>)?\.<(lambda|listcomp|setcomp|dictcomp|genexpr)>$")

#: File and qualified name; of a template its file and an empty name.
Place = tuple[str, str]


def function_name(qualified: str) -> str:
    """The name of the function that a code object belongs to: `f.<locals>.<lambda>` belongs to `f`."""
    while (outer := _INNER.sub("", qualified)) != qualified:
        qualified = outer
    return qualified


class Recorder:
    """One recording at a time. What `end` gives is a line of JSON in `output`."""

    def __init__(self, root: Path, output: Path) -> None:
        self._root, self.output = root.resolve(), output
        self._places: dict[CodeType, Place | None] = {}
        self._journey = ""
        self._calls: list[tuple[Place | None, Place]] = []
        self._scripts: list[tuple[int, str]] = []
        self._published = 0

    def install(self) -> None:
        """Watches this thread and those that start from now on."""
        threading.setprofile(self._notice)
        sys.setprofile(self._notice)

    def begin(self, journey: str) -> None:
        """Begins a recording, in place of one that was not ended."""
        self._calls, self._scripts, self._published = [], [], 0
        self._journey = journey

    def end(self, journey: str, *, at_publication: bool = False) -> bool:
        """Ends the recording of this journey; with `at_publication` at its last message to the broker, if it has one.

        Returns whether it was being recorded.
        """
        if self._journey != journey:
            return False
        self._journey = ""
        # A step that a busy slot goes on with has no message.
        length = (at_publication and self._published) or len(self._calls)
        line = {
            "journey": journey,
            "calls": self._calls[:length],
            "scripts": sorted({digest for position, digest in self._scripts if position <= length}),
        }
        with self.output.open("a") as output:
            output.write(json.dumps(line) + "\n")
        return True

    def _notice(self, frame: FrameType, event: str, _argument: Any) -> None:
        if not self._journey:
            return
        code = frame.f_code
        if event == "call":
            if code is _EVALSHA:
                self._scripts.append((len(self._calls), str(frame.f_locals["sha"])))
            elif (place := self._place(code)) and not _resumed(frame):
                self._calls.append((self._caller(frame), place))
        elif event == "return" and code is _PUBLISH:
            self._published = len(self._calls)

    def _caller(self, frame: FrameType) -> Place | None:
        """The nearest function of the project below on the stack; None when an event loop or a pool made the call."""
        below = frame.f_back
        while below is not None:
            if place := self._place(below.f_code):
                return place
            below = below.f_back
        return None

    def _place(self, code: CodeType) -> Place | None:
        if code not in self._places:
            self._places[code] = self._find_place(code)
        return self._places[code]

    def _find_place(self, code: CodeType) -> Place | None:
        if not code.co_flags & inspect.CO_OPTIMIZED:
            return None
        path = Path(code.co_filename).resolve()
        if not path.is_relative_to(self._root):
            return None
        path = path.relative_to(self._root)
        if path.parts[0] not in FOLDERS:
            return None
        return str(path), function_name(code.co_qualname) if path.suffix == ".py" else ""


_EVALSHA = ScriptCommands.evalsha.__code__
_PUBLISH = Producer.publish.__code__


def _resumed(frame: FrameType) -> bool:
    """Whether a coroutine or generator goes on, which was called before: `RESUME` has 0 at a function's start only."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti + 1] & 3 != 0
