"""Posted forms: read on the event loop, handled in a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FIELDS = 2_000
MAX_FIELD_SIZE = 1_000_000  # bytes; the whole body is limited too


def with_form(handler: Callable[[Request, FormData], Response]) -> Callable[[Request], Awaitable[Response]]:
    """`@with_form def cancel(request, form)`. A body that is no form is 415, no body an empty form."""

    @wraps(handler)
    async def reading(request: Request) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in ("", *FORM_TYPES):
            raise HTTPException(415, "A form is expected here; programs use the API under /api/v1.")
        form = await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_SIZE)
        return await run_in_threadpool(handler, request, form)

    return reading
