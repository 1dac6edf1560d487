"""Checks every request before its handler (host, origin, body size), and sets the headers of every response.

Nothing here depends on the path, so an odd or rewritten path cannot bypass it. Cross-origin protection uses request
headers, as in datasette's csrf.py: no token, no parsing of forms.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celeriac.web.hosts import AUTHORITY
from celeriac.web.http import problems

MAX_BODY = 1_048_576  # bytes
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages and responses show the current state: keep a copy for Back, but revalidate before showing it.
DEFAULT_CACHING = "private, no-cache"

_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Security:
    """The only middleware: refuses foreign hosts, cross-site changes and large bodies; sets headers on every response."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._check(scope)
        except HTTPException as refusal:
            answer = await run_in_threadpool(problems.answer, Request(scope), refusal)
            await answer(scope, receive, _dressed(send))
        else:
            await self.app(scope, _limited(receive), _dressed(send))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        check_host(headers, self.hosts)
        if scope["method"] not in SAFE_METHODS:
            check_origin(headers, scope["scheme"])
        announced = headers.get("content-length", "0")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > MAX_BODY:
            raise _too_large()


class SameSiteOnly:
    """For streams: another site could keep them open for the visitor, although it could not read them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Headers(scope=scope).get("sec-fetch-site") == "cross-site":
            raise HTTPException(403, "Live streams are not available to other sites.")
        await self.app(scope, receive, send)


def check_host(headers: Headers, hosts: frozenset[str]) -> None:
    """A foreign name that resolves to us (DNS rebinding) passes every same-origin check except this one."""
    values = headers.getlist("host")
    match = AUTHORITY.match(values[0]) if len(values) == 1 else None
    if match is None:
        raise HTTPException(400, "The request carries no usable Host header.")
    if match[1].lower() not in hosts:
        name = match[1][:100]
        raise HTTPException(
            400, f"Host {name!r} is not served. If it is yours, add it to CELERIAC_ALLOWED_HOSTS."
        )


def check_origin(headers: Headers, scheme: str) -> None:
    """Accepts a change from our own pages or from no page at all (a program); others get 403."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin == "null":
        raise HTTPException(403, "Requests from sandboxed or anonymous pages cannot change anything here.")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        allowed = origin is None or _same_origin(origin, scheme, headers["host"])
    if not allowed:
        raise HTTPException(403, "Requests from pages of another site cannot change anything here.")


def _same_origin(origin: str, scheme: str, host: str) -> bool:
    origin_scheme, _, origin_host = origin.partition("://")
    return origin_scheme == scheme and _with_port(origin_host, scheme) == _with_port(host, scheme)


def _with_port(host: str, scheme: str) -> tuple[str, str] | None:
    match = AUTHORITY.match(host)
    return (match[1].lower(), match[2] or _DEFAULT_PORTS[scheme]) if match else None


def _limited(receive: Receive) -> Receive:
    """Counts the received bytes: a chunked body has no announced length."""
    arrived = 0

    async def counting() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > MAX_BODY:
            raise _too_large()
        return message

    return counting


def _too_large() -> HTTPException:
    return HTTPException(413, f"The body is larger than {MAX_BODY:,} bytes.")


def _dressed(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", DEFAULT_CACHING)
        await send(message)

    return sending
