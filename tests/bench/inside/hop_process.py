"""`python -m hop_process OUTPUT web|worker …`: that process of the checkout in the current directory, recorded.

A request with the header `x-hops` is recorded as the journey of that name. `POST /-/hops` begins two that patches on a
stream end: PIECES with the next one, PATCH from the HTML after that to the patch that follows. What the steps of the
worker do is in `hop_workflow`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import hop_workflow
import uvicorn
from hop_recorder import Recorder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celeriac import WorkflowEngine
from celeriac.__main__ import main

CONTROL = "/-/hops"
#: HTML may be rendered between a notification and its patch, but not soon after it was.
PIECES, PATCH = "patch and HTML", "live patch"
PATCH_BYTES, HTML_BYTES = b"event: patch", b"<hx-partial "


class Marked:
    """An application whose requests mark where a recording begins and ends."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self.app, self.recorder = app, recorder
        self._patch_follows = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        journey = dict(scope.get("headers", ())).get(b"x-hops", b"").decode()
        if scope.get("path") == CONTROL:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            self.recorder.begin(PIECES)
            return

        async def sending(message: Message) -> None:
            body = message.get("body", b"")  # perhaps of several messages
            if PATCH_BYTES in body:
                self._patch_follows |= self.recorder.end(PIECES)
                self.recorder.end(PATCH)
            if self._patch_follows and HTML_BYTES in body:
                self._patch_follows = False
                self.recorder.begin(PATCH)
            await send(message)

        if journey:
            self.recorder.begin(journey)
        await self.app(scope, receive, sending)
        if journey:
            self.recorder.end(journey, at_publication=scope["method"] == "POST")


def mark_requests(recorder: Recorder) -> None:
    """Every application that uvicorn is configured with from now on is `Marked`."""
    configure = uvicorn.Config.__init__

    def configure_marked(self: uvicorn.Config, app: ASGIApp, *arguments: Any, **options: Any) -> None:
        configure(self, Marked(app, recorder), *arguments, **options)

    uvicorn.Config.__init__ = configure_marked  # type: ignore[method-assign]


if __name__ == "__main__":
    recorder = Recorder(Path.cwd(), Path(sys.argv[1]))
    hop_workflow.recorder = recorder
    built_in = WorkflowEngine().settings.workflows
    os.environ["CELERIAC_WORKFLOWS"] = ",".join([*built_in, "hop_workflow"])
    mark_requests(recorder)
    recorder.install()
    sys.exit(main(sys.argv[2:]))
