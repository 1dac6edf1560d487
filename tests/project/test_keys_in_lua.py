"""Keys have the same shape in Lua and in Python, and no other Lua file makes one."""

from __future__ import annotations

import re
from pathlib import Path

from celeriac.engine.store import keys as keys_module
from celeriac.engine.store.keys import Field, Keys
from celeriac.engine.store.lua_text import declared_constants, declared_keys
from tests.project.lua_sources import LIBRARIES, SCRIPTS, code_of, library
from tests.support.cases import for_each, stem

IN_LUA = declared_keys(library("keys"))
#: Python neither reads nor writes them; the key map in keys.py describes them.
ONLY_IN_LUA = {"reached", "idempotency", "launch", "places", "kept"}
OTHERS = [*SCRIPTS, *(path for path in LIBRARIES if path.stem != "keys")]


def shape_in_lua(name: str) -> str:
    """The key with `*` for each argument."""
    parameters, expression = IN_LUA[name]
    values = {"NS": "NS"} | dict.fromkeys(parameters, "*")
    parts = [part.strip() for part in expression.split("..")]
    return "".join(part[1:-1] if part.startswith("'") else values[part] for part in parts)


def shape_in_python(name: str) -> str:
    method = getattr(Keys("NS"), name)
    arguments = ["*"] * (method.__func__.__code__.co_argcount - 1)
    key: str = method(*arguments)
    return key.replace("{NS}", "NS").replace("*=*", "*")  # scripts get labels as "key=value"


@for_each(sorted(IN_LUA))
def test_key_has_the_same_shape(name: str) -> None:
    if name in ONLY_IN_LUA:
        assert not hasattr(Keys, name)
        described = re.sub(r"<[a-z]+>", "*", keys_module.__doc__ or "")
        assert f"| `{shape_in_lua(name)}`" in described
    else:
        assert shape_in_lua(name) == shape_in_python(name)


def test_fields_begin_the_same() -> None:
    in_lua = {name: text[1:-1] for name, text in declared_constants(library("keys")).items()}

    assert in_lua == {f"FIELD.{name.lower()}": field.value for name, field in Field.__members__.items()}


@for_each(OTHERS, name=stem)
def test_no_other_file_makes_a_key(path: Path) -> None:
    assert re.findall(r".*(?:\bNS\b|KEYS\[|\bkey \.\.).*", code_of(path)) == []


@for_each(OTHERS, name=stem)
def test_no_other_file_quotes_what_a_field_begins_with(path: Path) -> None:
    assert re.findall(r".*'[a-z]+:?' \.\. .*(?:unit|index|queue).*", code_of(path)) == []


@for_each(sorted(IN_LUA))
def test_key_is_used(name: str) -> None:
    assert any(f"keys.{name}(" in code_of(path) for path in OTHERS)
