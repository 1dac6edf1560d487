"""Bodies of API requests: strict JSON only. Read on the event loop, handled in a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import Message
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import InvalidInput, ProblemsInText
from celeriac.engine.workflows.json import strict_json
from celeriac.engine.workflows.json.text_positions import located
from celeriac.web.http.problems import InvalidRequest, error_entry


def with_json(handler: Callable[[Request, Any], Response]) -> Callable[[Request], Awaitable[Response]]:
    """`@with_json def create(request, body)`. Responds with 415 to other media types, with 400 to invalid JSON."""

    @wraps(handler)
    async def reading(request: Request) -> Response:
        body = await request.body()
        if not is_json(request.headers.get("content-type", "")):
            raise HTTPException(415, "The body must be JSON: send the header Content-Type: application/json.")
        return await run_in_threadpool(_handled, handler, request, body)

    return reading


def with_optional_json(
    handler: Callable[[Request, Any], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """As `with_json`, but an empty body is the empty object."""
    strict = with_json(handler)

    @wraps(handler)
    async def reading(request: Request) -> Response:
        if await request.body():
            return await strict(request)
        return await run_in_threadpool(handler, request, {})

    return reading


def without_body(handler: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """For calls without a body: accepts no body and `{}`, and refuses others because they would be ignored."""

    @wraps(handler)
    async def reading(request: Request) -> Response:
        body = await request.body()
        if body and _parsed(body) != {}:
            raise InvalidRequest([{"pointer": "", "message": "this call takes no body; send none, or {}"}])
        return await run_in_threadpool(handler, request)

    return reading


def is_json(content_type: str) -> bool:
    """application/json, without a charset or with utf-8."""
    header = Message()
    header["content-type"] = content_type
    charset = header.get_param("charset", "utf-8")
    return header.get_content_type() == "application/json" and str(charset).lower() in ("utf-8", "utf8")


def _handled(handler: Callable[[Request, Any], Response], request: Request, body: bytes) -> Response:
    try:
        return handler(request, _parsed(body))
    except ProblemsInText as error:
        # The engine reports values; the author of the body needs lines.
        problems = located(error.problems, body.decode())
        raise type(error)(workflow_id=error.workflow_id, problems=problems) from None


def _parsed(body: bytes) -> Any:
    try:
        return strict_json.loads(body)
    except InvalidInput as error:
        raise InvalidRequest([error_entry(error)], status=400) from None
