"""What every request passes before any handler (host, origin, size of the body), and the headers of every answer.

Nothing here looks at the path: what holds, holds for every address, so an odd or rewritten path cannot slip through.
Cross-origin protection goes by request headers, as in datasette's csrf.py: no token, no parsing of forms.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import InvalidSetting
from engine.settings import Settings
from web import errors

MAX_BODY = 1_000_000  # bytes
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages and answers show the state of this moment: keep a copy for Back, but ask again before showing it.
DEFAULT_CACHING = "private, no-cache"

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?\Z", re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Security:
    """The one middleware: refuses foreign hosts, cross-site changes, large bodies; dresses every answer."""

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
            answer = errors.answer(Request(scope), refusal)
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
    """For streams: another site could hold them open in the visitor's name, though it could not read them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if Headers(scope=scope).get("sec-fetch-site") == "cross-site":
            raise HTTPException(403, "Live streams are not handed to other sites.")
        await self.app(scope, receive, send)


def accepted_hosts(settings: Settings) -> frozenset[str]:
    """Host names requests may carry, lower case. Raises `InvalidSetting` for what no browser could send."""
    for name in settings.allowed_hosts:
        match = _HOST.match(name)
        if match is None or match[2]:
            reason = "host names without scheme and port are expected, such as dashboard.example.com"
            raise InvalidSetting(variable="CELERIAC_ALLOWED_HOSTS", value=name, reason=reason)
    names = {*LOCAL_HOSTS, *settings.allowed_hosts}
    address = _address(settings.host)
    if address is not None and not address.is_unspecified:
        # An address that we listen on cannot be what DNS rebinding relies on: a name of somebody else.
        names.add(f"[{address}]" if address.version == 6 else str(address))
    return frozenset(name.lower() for name in names)


def refuse_open_listening(settings: Settings) -> None:
    """Raises `InvalidSetting` if anybody on the network could reach us, unless that is explicitly wished."""
    address = _address(settings.host)
    loopback = settings.host == "localhost" or (address is not None and address.is_loopback)
    if loopback or settings.insecure_no_auth:
        return
    reason = (
        "there is no login yet, so only loopback is listened on; put a proxy that authenticates in front, "
        "or set CELERIAC_INSECURE_NO_AUTH=1 if everybody who reaches this address may launch and delete"
    )
    raise InvalidSetting(variable="CELERIAC_HOST", value=settings.host, reason=reason)


def check_host(headers: Headers, hosts: frozenset[str]) -> None:
    """A foreign name that resolves to us (DNS rebinding) passes every same-origin check but this one."""
    values = headers.getlist("host")
    match = _HOST.match(values[0]) if len(values) == 1 else None
    if match is None:
        raise HTTPException(400, "The request carries no usable Host header.")
    if match[1].lower() not in hosts:
        name = match[1][:100]
        raise HTTPException(
            400, f"Host {name!r} is not served. If it is yours, add it to CELERIAC_ALLOWED_HOSTS."
        )


def check_origin(headers: Headers, scheme: str) -> None:
    """Lets a change through from our own pages or from no page at all (a program); others are 403."""
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
    match = _HOST.match(host)
    return (match[1].lower(), match[2] or _DEFAULT_PORTS[scheme]) if match else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _limited(receive: Receive) -> Receive:
    """Counts what really arrives: a chunked body announces no length."""
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
