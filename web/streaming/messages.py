"""Server-sent events as bytes: encoded once, sent to every browser that watches the same."""

from __future__ import annotations

import json
import time
from typing import Any

from sse_starlette import ServerSentEvent

#: Line feeds only: the browser's parser breaks a message if a CR LF pair is split between network packets.
SEPARATOR = "\n"


def encode(data: str, *, event: str | None = None, id: int | None = None) -> bytes:
    number = None if id is None else str(id)
    return ServerSentEvent(data, event=event, id=number, sep=SEPARATOR).encode()


def encode_json(value: Any, *, event: str | None = None, id: int | None = None) -> bytes:
    return encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")), event=event, id=id)


def partial(target: str, html: str, swap: str = "outerMorph") -> str:
    """HTML that replaces the element `#target` of the page; a message may contain several."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def ping() -> ServerSentEvent:
    """Named, because comments are invisible to the page; contains the server's clock in ms."""
    return ServerSentEvent(str(time.time_ns() // 1_000_000), event="ping", sep=SEPARATOR)
