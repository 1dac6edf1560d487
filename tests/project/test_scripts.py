"""Every Lua script says at its head what it takes, and takes what it says."""

from __future__ import annotations

import re
from pathlib import Path

from celeriac.engine.store.lua_text import defined_names, used_names
from celeriac.engine.store.scripts import LIBRARIES, source
from tests.project import lua_sources
from tests.project.checkout import ROOT
from tests.project.lua_sources import FOLDER, SCRIPTS, code_of
from tests.support.cases import for_each, stem

#: Words of the language, and what the server gives to every script.
LUA = """
    and break do else elseif end false for function if in local nil not or repeat return then true until while
    ARGV KEYS cjson ipairs math pairs redis select string table tonumber tostring unpack
"""
#: Transitions, and what is written beside them.
CALLERS = "".join(
    (FOLDER.parent / f"{name}.py").read_text() for name in ("transitions", "output", "definitions", "archive")
)


def parts(path: Path) -> tuple[str, str]:
    lines = path.read_text().splitlines()
    length = next(index for index, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:length]), "\n".join(lines[length:])


@for_each(SCRIPTS, name=stem)
def test_the_head_names_every_argument_the_body_uses(path: Path) -> None:
    head, body = parts(path)
    documented = {int(number) for number in re.findall(r"ARGV\[(\d+)", head)}
    used = {int(number) for number in re.findall(r"ARGV\[(\d+)\]", body)} | {1, 2}
    rest = re.search(r"for i = (\d+), #ARGV", body)

    assert head.splitlines()[0].startswith("-- ")
    assert "-- KEYS[1] NS" in head
    assert "-- Returns " in head
    assert used | ({int(rest[1])} if rest else set()) == documented


@for_each(SCRIPTS, name=stem)
def test_the_script_is_called_by_the_method_of_its_name(path: Path) -> None:
    assert f"def {path.stem}(" in CALLERS
    assert f'"{path.stem}"' in CALLERS


@for_each(SCRIPTS, name=stem)
def test_the_script_has_a_test_file_of_its_name(path: Path) -> None:
    file = ROOT / "tests" / "integration" / "store" / f"test_{path.stem}.py"

    assert file.exists(), f"{file.relative_to(ROOT)} is missing"
    assert "\ndef test_" in file.read_text()


@for_each(SCRIPTS, name=stem)
def test_the_head_is_in_order(path: Path) -> None:
    """The purpose, KEYS, each ARGV once and in order, what is returned; each may go on in further lines."""
    head, _ = parts(path)
    lines = head.splitlines()
    purpose = lines[: lines.index("-- KEYS[1] NS")]
    arguments = [line for line in lines if re.match(r"-- ARGV\[|--   ", line)]
    numbers = [int(number) for line in arguments for number in re.findall(r"ARGV\[(\d+)", line)]
    returned = [index for index, line in enumerate(lines) if line.startswith("-- Returns ")]

    assert all(line.startswith("-- ") for line in lines)
    assert 1 <= len(purpose) <= 3
    assert numbers == list(range(1, len(numbers) + 1))
    assert lines[len(purpose) + 1 :][: len(arguments)] == arguments
    assert returned == [len(purpose) + 1 + len(arguments)]


@for_each([*SCRIPTS, *lua_sources.LIBRARIES], name=stem)
def test_no_line_is_too_long(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > 120] == []


def test_every_library_is_named() -> None:
    assert {path.stem for path in lua_sources.LIBRARIES} == set(LIBRARIES)


@for_each(SCRIPTS, name=stem)
def test_a_script_gets_all_that_it_uses(path: Path) -> None:
    text, _ = source(path.stem)
    local = re.findall(r"\blocal (?:function )?(\w+(?:, \w+)*)", text)
    given = re.findall(r"\bfor (\w+(?:, \w+)*) ?(?:=|in)|\bfunction ?\w*\(([\w, ]*)\)", text)
    known = {name for names in [*local, *(a or b for a, b in given)] for name in names.split(", ")}

    assert used_names(text) - known - set(LUA.split()) == set()


def test_every_function_of_the_libraries_is_used() -> None:
    texts = [source(path.stem)[0] for path in SCRIPTS]
    defined = {name for path in lua_sources.LIBRARIES for name in defined_names(code_of(path))}
    declared = {"keys", "FIELD", "STATE", "STATES", "EVENT", "REASON", "TRIGGER"}

    assert defined - declared == {
        name for name in defined if any(name in defined_names(text) for text in texts)
    }


def test_user_json_never_passes_through_the_scripts_json() -> None:
    uses = [path.stem for path in SCRIPTS if "cjson" in path.read_text()]

    assert uses == ["delete_executions"]  # labels: our own JSON of short strings
