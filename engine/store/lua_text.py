"""The text of a Lua script as sent to the server: with the library parts it needs, and declared names substituted.

Every call runs a script from its first line. Tables of constants, functions that make keys and unused functions would
cost more than many scripts themselves. So the names that `declared_constants` and `declared_keys` find in the libraries
are replaced by their values: `STATE.running` becomes `'r'`, `keys.log(x.id)` becomes `(NS .. ':x:' .. x.id .. ':log')`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_TABLE = re.compile(r"^local (keys|[A-Z_]+) = \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
_CONSTANT = re.compile(r"(\w+) = ('[^'\n]*')")
_KEY = re.compile(r"(\w+) = function\(([\w, ]*)\) return (.+) end,")
_NAME_OF_CONSTANT = re.compile(r"\b[A-Z_]+\.[a-z_]+\b")
_CALL_FOR_KEY = re.compile(r"\bkeys\.(\w+)\(([^()]*)\)")
_STRING_OR_WORD = re.compile(r"'[^'\n]*'|\w+")
_COMMENT = re.compile(r"(--.*)")
_COMMENT_OR_STRING = re.compile(r"--.*|'[^'\n]*'")
_DEFINITION = re.compile(r"^(?=local |\w+ = function)", re.MULTILINE)
_DEFINED = re.compile(r"^(?:local (?:function )?(?=\w)|(?=\w+ = function))(\w+(?:, \w+)*)", re.MULTILINE)
#: Not a field, and not a name on the left of an assignment.
_USED = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\w| =[^=])")


def whole_text(script: str, libraries: Mapping[str, str]) -> str:
    """The script with the library parts it needs; each library uses only those given before it."""
    constants: dict[str, str] = {}
    keys: dict[str, tuple[list[str], str]] = {}
    for text in libraries.values():
        constants |= declared_constants(text)
        keys |= declared_keys(text)
    definitions = [
        definition
        for text in libraries.values()
        for definition in _DEFINITION.split(
            _written_out(_COMMENT.sub("", _TABLE.sub("", text)), constants, keys)
        )
    ]
    script = _written_out(script, constants, keys)
    return "".join([*_needed(script, definitions), script])


def declared_constants(library: str) -> dict[str, str]:
    """The strings, with their quotes, in the tables of a library with capital names: by `TABLE.name`."""
    tables = [(table, _COMMENT.sub("", body)) for table, body in _TABLE.findall(library) if table != "keys"]
    return {f"{table}.{name}": string for table, body in tables for name, string in _CONSTANT.findall(body)}


def declared_keys(library: str) -> dict[str, tuple[list[str], str]]:
    """The parameters and the expression of every function in the `keys` table of a library."""
    bodies = [body for table, body in _TABLE.findall(library) if table == "keys"]
    found = [function for body in bodies for function in _KEY.findall(body)]
    return {name: (_parts(parameters), expression) for name, parameters, expression in found}


def defined_names(text: str) -> set[str]:
    """The names that a part of a library defines for the code that follows."""
    return {name for names in _DEFINED.findall(text) for name in names.split(", ")}


def used_names(text: str) -> set[str]:
    """The names in a script that may be those of a library: rather too many than too few."""
    return set(_USED.findall(_COMMENT_OR_STRING.sub("", text)))


def _parts(csv: str) -> list[str]:
    return [part.strip() for part in csv.split(",") if part.strip()]


def _written_out(text: str, constants: Mapping[str, str], keys: Mapping[str, tuple[list[str], str]]) -> str:
    """Raises `KeyError` for a name that is not declared, `ValueError` for a key with too few or too many arguments."""

    def key(call: re.Match[str]) -> str:
        parameters, expression = keys[call[1]]
        given = dict(zip(parameters, _parts(call[2]), strict=True))
        return f"({_STRING_OR_WORD.sub(lambda part: given.get(part[0], part[0]), expression)})"

    def code(part: str) -> str:
        return _CALL_FOR_KEY.sub(key, _NAME_OF_CONSTANT.sub(lambda name: constants[name[0]], part))

    parts = _COMMENT.split(text)
    return "".join(part if part.startswith("--") else code(part) for part in parts)


def _needed(script: str, definitions: Sequence[str]) -> list[str]:
    """The definitions that the script uses, directly or through other definitions, in their order."""
    needed: set[str] = set()
    used = used_names(script)
    while True:
        more = {
            text for text in definitions if text not in needed and not used.isdisjoint(defined_names(text))
        }
        if not more:
            return [text for text in definitions if text in needed]
        needed |= more
        used = used.union(*map(used_names, more))
