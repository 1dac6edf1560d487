"""The listening address and the accepted host names. Pure."""

from __future__ import annotations

import ipaddress
import re

from celeriac.engine.errors import InvalidSetting
from celeriac.engine.settings import Settings

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
#: A Host header, or the authority of an origin: name or address, optionally with a port.
AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?\Z", re.IGNORECASE)


def accepted_hosts(settings: Settings) -> frozenset[str]:
    """The accepted host names, in lower case. Raises `InvalidSetting` for names that a browser cannot send."""
    for name in settings.allowed_hosts:
        match = AUTHORITY.match(name)
        if match is None or match[2]:
            reason = "host names without scheme and port are expected, such as dashboard.example.com"
            raise InvalidSetting(variable="CELERIAC_ALLOWED_HOSTS", value=name, reason=reason)
    names = {*LOCAL_HOSTS, *settings.allowed_hosts}
    address = _address(settings.host)
    if address is not None and not address.is_unspecified:
        # DNS rebinding needs a foreign name: the address we listen on is not one.
        names.add(f"[{address}]" if address.version == 6 else str(address))
    return frozenset(name.lower() for name in names)


def is_open(settings: Settings) -> bool:
    """Whether other machines can reach the address we listen on."""
    address = _address(settings.host)
    return not (settings.host == "localhost" or (address is not None and address.is_loopback))


def refuse_open_listening(settings: Settings) -> None:
    """Raises `InvalidSetting` if other machines could reach us, unless the settings allow it."""
    if settings.insecure_no_auth or not is_open(settings):
        return
    reason = (
        "there is no login yet, so only loopback is listened on; put a proxy that authenticates in front, "
        "or set CELERIAC_INSECURE_NO_AUTH=1 if everyone who reaches this address may launch and delete"
    )
    raise InvalidSetting(variable="CELERIAC_HOST", value=settings.host, reason=reason)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
