"""Forms posted by browsers: parsed once, as plain text fields; and their redirects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response


@dataclass(frozen=True, slots=True)
class Form:
    """The text fields of a form, in the order they were sent, without uploaded files."""

    fields: tuple[tuple[str, str], ...]

    def one(self, name: str, default: str = "") -> str:
        """The first value, with line endings as JSON and editors count them."""
        return next((value for field, value in self.fields if field == name), default).replace("\r\n", "\n")

    def every(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]


def reading_form(handler: Callable[[Request, Form], Response]) -> Callable[[Request], Awaitable[Response]]:
    """A handler of a form post: the body is awaited here, the handler runs in a thread like any page."""

    async def read_then_handle(request: Request) -> Response:
        async with request.form(max_files=0) as data:
            form = Form(tuple((name, value) for name, value in data.multi_items() if isinstance(value, str)))
        return await run_in_threadpool(handler, request, form)

    return read_then_handle


def see(path: str) -> Response:
    """303 to a page of ours after a form post. Reloading it repeats nothing."""
    return RedirectResponse(path, status_code=303)


def own_path(path: str) -> str:
    """`path` if it belongs to this site, else "/": a form must not redirect to another site."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain and path.isascii() and path.isprintable() else "/"


def is_count(text: str) -> bool:
    """Whether a parameter is a number that we may have written: at most nine ASCII digits."""
    return text.isascii() and text.isdigit() and len(text) < 10
