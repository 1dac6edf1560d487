"""Validates the arguments of example tasks. Raises `BadInput`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from celeriac.examples.errors import BadInput

MAX_RECIPIENTS = 50
DEFAULT_RECIPIENTS = ("admin@example.com",)

#: Strict enough to keep line breaks and lists of addresses out of a header.
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,200}")


def section(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`; empty if there is none."""
    value = values.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f"{key} must be an object, not {_shown(value)}")
    return value


def number(
    values: Mapping[str, Any], key: str, default: float, *, low: float = -math.inf, high: float = math.inf
) -> float:
    """The number under `key`, within bounds; `default` if there is none."""
    value = values.get(key)
    return default if value is None else checked_number(key, value, low=low, high=high)


def checked_number(key: str, value: object, *, low: float = -math.inf, high: float = math.inf) -> float:
    """The value, if it is a finite number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"{key} must be a number, not {_shown(value)}")
    if not low <= value <= high:
        bounds = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise BadInput(f"{key} must be {bounds}, not {_shown(value)}")
    return value


def flag(values: Mapping[str, Any], key: str, default: bool) -> bool:
    """The boolean under `key`; `default` if there is none."""
    value = values.get(key, default)
    if not isinstance(value, bool):
        raise BadInput(f"{key} must be true or false, not {_shown(value)}")
    return value


def choice(key: str, value: object, known: Sequence[str]) -> str:
    """The value, if it is a known one."""
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"{key} must be {' or '.join(map(repr, known))}, not {_shown(value)}")
    return value


def known_keys(title: str, values: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raises for unknown keys, which are probably misspelt."""
    unknown = [key for key in values if key not in known]
    if unknown:
        raise BadInput(f"{title} has no {_shown(unknown[0])}; known are {', '.join(known)}")


def recipients(values: Mapping[str, Any], key: str) -> list[str]:
    """The addresses under `key`; `admin@example.com` if there are none."""
    value = values.get(key)
    if value is None or value == []:
        return list(DEFAULT_RECIPIENTS)
    if not isinstance(value, list) or len(value) > MAX_RECIPIENTS:
        raise BadInput(f"{key} must be a list of at most {MAX_RECIPIENTS} addresses, not {_shown(value)}")
    for address in value:
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise BadInput(f"{key}: {_shown(address)} is not an e-mail address")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
