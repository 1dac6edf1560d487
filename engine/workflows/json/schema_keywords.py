"""The keywords of JSON Schema's Draft 2020-12, exact where the library is not. Pure.

The library is loaded with the first schema, so workflows without one register faster.

Intentional differences from the library: `multipleOf` uses decimal arithmetic (0.3 is three times 0.1) and integers of
any size; `uniqueItems` takes the same time per item for any length of the list; a violation of a property with the
schema `false` is reported at that property; the `format`s in `FORMATS` are validated, the others are annotations.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

#: Format → the name of its values in messages.
FORMATS = {
    "date": "a date such as 2026-11-22",
    "date-time": "a time such as 2026-11-22T10:00:00Z",
    "email": "an e-mail address",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uuid": "a UUID",
}

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@functools.cache
def validator_class() -> type[Validator]:
    """Draft 2020-12 with the keywords below."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    own: type[Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {
            "properties": _properties,
            "patternProperties": _pattern_properties,
            "propertyNames": _property_names,
            "multipleOf": _multiple_of,
            "uniqueItems": _unique_items,
        },
    )
    return own


@functools.cache
def format_checker() -> FormatChecker:
    """Validates `FORMATS` and no others, whatever is installed."""
    from jsonschema import FormatChecker

    checker = FormatChecker([name for name in FORMATS if name != "date-time"])
    checker.checkers = {**checker.checkers, "date-time": (_is_time, ())}
    return checker


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True  # formats do not restrict values of another type
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


# -- keywords: called with the validator, the keyword's value, the value to check, and the schema around


def _properties(validator: Validator, rules: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for name, rule in rules.items():
            if name in value:
                yield from _below(validator, rule, value, name)


def _pattern_properties(
    validator: Validator, rules: Any, value: Any, schema: Any
) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for pattern, rule in rules.items():
            for name in value:
                if re.search(pattern, name):
                    yield from _below(validator, rule, value, name)


def _below(validator: Any, rule: Any, value: dict[str, Any], name: str) -> Iterator[ValidationError]:
    """The errors of one property. The library omits the path if its schema is `false`."""
    from jsonschema.exceptions import ValidationError

    if rule is False:
        facts: dict[str, Any] = {"validator": None, "validator_value": None, "schema": False}
        yield ValidationError("forbidden", path=[name], instance=value[name], **facts)
    else:
        yield from validator.descend(value[name], rule, path=name, schema_path=name)


def _multiple_of(_: Validator, step: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError("no multiple")


def _unique_items(_: Validator, unique: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """An error at each item that repeats an earlier one; the error's message is the index of the earlier one."""
    from jsonschema.exceptions import ValidationError

    if not unique or not isinstance(value, list):
        return
    first: dict[Any, int] = {}
    for index, item in enumerate(value):
        earlier = first.setdefault(_identity(item), index)
        if earlier != index:
            yield ValidationError(str(earlier), path=[index], instance=item)


def _property_names(validator: Validator, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """An error at each key that is not allowed; its cause is the first problem of the key."""
    from jsonschema.exceptions import ValidationError

    if not isinstance(value, dict):
        return
    checking = validator.evolve(schema=rule)
    for name in value:
        wrong = next(iter(checking.iter_errors(name)), None)
        if wrong is not None:
            yield ValidationError(wrong.message, path=[name], instance=name, cause=wrong)


def _identity(value: Any) -> Any:
    """A hashable form, equal for two values that JSON Schema treats as equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool):
        return "true or false", value
    if isinstance(value, list):
        return "list", tuple(map(_identity, value))
    if isinstance(value, dict):
        return "object", frozenset((key, _identity(item)) for key, item in value.items())
    return value
