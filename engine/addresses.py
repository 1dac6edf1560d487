"""Addresses of stores and brokers: validates and parses URLs. Opens no connection; error messages are for people.

A Sentinel address names the sentinels, not the server: `sentinel://user:password@host:port,host:port/master_name/database`.
TLS is `rediss://`, `amqps://`, and `tls=1` with Sentinel; `ssl_…` options name the certificates to trust and to present.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

STORE_SCHEMES = ("redis", "rediss", "unix", "sentinel")
BROKER_SCHEMES = ("redis", "rediss", "unix", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp")
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
TLS_CHOICES = {
    "ssl_cert_reqs": ("required", "optional", "none"),
    "ssl_check_hostname": ("true", "false"),
}
SECRET_OPTIONS = ("password", "sentinel_password")
DEFAULT_SENTINEL_PORT = 26379


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelAddress:
    """A server behind sentinels. `tls`: the `ssl_…` options, which apply to sentinels and server."""

    sentinels: tuple[tuple[str, int], ...]
    master: str
    database: int
    username: str | None
    password: str | None
    sentinel_username: str | None
    sentinel_password: str | None
    encrypted: bool
    tls: Mapping[str, str]

    @classmethod
    def parse(cls, url: str) -> SentinelAddress:
        """Parses a Sentinel URL; `;` between hosts is accepted, and so is a scheme before each host.

        Raises `ValueError` with the reason.
        """
        parts = urlsplit(url.replace(";sentinel://", ",").replace(";", ","))
        credentials, _, hosts = parts.netloc.rpartition("@")
        options = dict(parse_qsl(parts.query))
        unknown = set(options) - {"sentinel_username", "sentinel_password", "tls", *TLS_FILES, *TLS_CHOICES}
        if unknown:
            raise ValueError(f"a Sentinel URL has no option {', '.join(sorted(unknown))}")
        encrypted = options.get("tls") == "1"
        check_tls_options(options, encrypted=encrypted)
        master, database = _master_and_database(parts.path)
        username, password = _credentials(credentials)
        return cls(
            sentinels=tuple(_host_and_port(host) for host in hosts.split(",")),
            master=master,
            database=database,
            username=username,
            password=password,
            sentinel_username=options.get("sentinel_username"),
            sentinel_password=options.get("sentinel_password"),
            encrypted=encrypted,
            tls={name: value for name, value in options.items() if name.startswith("ssl_")},
        )


def check_store_url(text: str) -> str:
    """Returns the URL of a store unchanged, or raises `ValueError`."""
    return _checked(text, STORE_SCHEMES, "redis://, rediss://, unix:// or sentinel://")


def check_broker_url(text: str) -> str:
    """Returns the URL of a broker unchanged, or raises `ValueError`, also for transports that stay within one process."""
    return _checked(text, BROKER_SCHEMES, "redis://, rediss://, unix://, sentinel://, amqp:// or amqps://")


def with_database(url: str, database: int) -> str:
    """The same server with another database. `unix://` becomes the scheme that brokers use."""
    if url.startswith("unix://"):
        return f"redis+socket://{url.removeprefix('unix://').split('?')[0]}?virtual_host={database}"
    parts = urlsplit(url)
    if parts.scheme == "sentinel":
        return urlunsplit(parts._replace(path=f"/{_master_and_database(parts.path)[0]}/{database}"))
    return urlunsplit(parts._replace(path=f"/{database}"))


def printable_url(url: str) -> str:
    """The URL without its passwords, for messages and logs."""
    scheme, mark, rest = url.partition("://")
    address, question, query = rest.partition("?")
    authority, slash, path = address.partition("/")
    user, at, hosts = authority.rpartition("@")
    if ":" in user:
        authority = f"{user.partition(':')[0]}:***{at}{hosts}"
    options = (option.partition("=") for option in query.split("&"))
    query = "&".join(
        f"{name}={'***' if name in SECRET_OPTIONS else value}" if equals else name
        for name, equals, value in options
    )
    return f"{scheme}{mark}{authority}{slash}{path}{question}{query}"


def tls_options(url: str) -> dict[str, str]:
    """The `ssl_…` options of a URL."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name.startswith("ssl_")}


def check_tls_options(options: Mapping[str, str], *, encrypted: bool) -> None:
    """Raises `ValueError` for an unknown option, an invalid value, or a file that does not exist."""
    for name, value in options.items():
        if not name.startswith("ssl_"):
            continue
        if not encrypted:
            raise ValueError(f"{name} without TLS: use rediss:// or amqps://, or tls=1 with sentinel://")
        if name in TLS_FILES:
            if not Path(value).is_file():
                raise ValueError(f"{name} names {value!r}, which does not exist")
        elif value not in TLS_CHOICES.get(name, (value,)):
            raise ValueError(f"{name} must be one of {', '.join(TLS_CHOICES[name])}, not {value!r}")
        elif name not in TLS_CHOICES:
            raise ValueError(f"there is no option {name}; known are {', '.join([*TLS_FILES, *TLS_CHOICES])}")


def _checked(text: str, schemes: tuple[str, ...], expected: str) -> str:
    parts = urlsplit(text)
    if "://" not in text or parts.scheme not in schemes:
        raise ValueError(f"a URL beginning with {expected} is expected")
    if parts.scheme == "sentinel":
        SentinelAddress.parse(text)
        return text
    _check_port(parts)
    encrypted = parts.scheme in ("rediss", "amqps")
    check_tls_options(tls_options(text), encrypted=encrypted)
    if (
        parts.scheme in ("redis", "rediss")
        and not parts.path.strip("/").isdecimal()
        and parts.path.strip("/")
    ):
        raise ValueError(f"the database must be a number, not {parts.path.strip('/')!r}")
    return text


def _check_port(parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("the port must be a number from 0 to 65535") from None


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    _check_port(parts)
    if not parts.hostname:
        raise ValueError(f"{text!r} is not a host; sentinel://host:port,host:port/master_name is expected")
    return parts.hostname, parts.port or DEFAULT_SENTINEL_PORT


def _master_and_database(path: str) -> tuple[str, int]:
    master, _, database = path.strip("/").partition("/")
    if not master:
        raise ValueError("the master's name is missing: sentinel://host:port,host:port/master_name")
    if database and not database.isdecimal():
        raise ValueError(f"the database must be a number, not {database!r}")
    return unquote(master), int(database or 0)


def _credentials(text: str) -> tuple[str | None, str | None]:
    username, _, password = text.partition(":")
    return unquote(username) or None, unquote(password) or None
