"""Server-sent events as bytes: encoded once, sent to all who follow the same."""

from __future__ import annotations

import json
import re
import time
from typing import Any

#: The lines of a message end with line feeds only: the browser's parser breaks a message if a CR LF pair is split between
#: network packets.
_LINE_END = re.compile(r"\r\n|\r|\n")


def encode(data: str, *, event: str | None = None, id: int | None = None) -> bytes:
    """One message as bytes; a line break in `data` begins another line of data."""
    head = "" if id is None else f"id: {id}\n"
    if event is not None:
        head += f"event: {event}\n"
    lines = data.split("\n") if "\r" not in data else _LINE_END.split(data)
    return (head + "".join([f"data: {line}\n" for line in lines]) + "\n").encode()


def encode_json(value: Any, *, event: str | None = None, id: int | None = None) -> bytes:
    """The same with a value as JSON, on one line."""
    return encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")), event=event, id=id)


def partial(target: str, html: str, swap: str = "outerMorph") -> str:
    """HTML that replaces the element `#target` of the page; a message may contain several."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def ping() -> bytes:
    """Named, because comments are invisible to the page; contains the server's clock in ms."""
    return encode(str(time.time_ns() // 1_000_000), event="ping")
