"""Every Lua script says at its head what it takes, and takes what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "engine/store/lua"
SCRIPTS = sorted(FOLDER.glob("*.lua"))
#: Transitions, and what is written beside them.
CALLERS = "".join(
    (FOLDER.parent / name).read_text() for name in ("transitions.py", "output.py", "definitions.py")
)


def parts(path: Path) -> tuple[str, str]:
    lines = path.read_text().splitlines()
    length = next(index for index, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:length]), "\n".join(lines[length:])


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_head_names_every_argument_the_body_uses(path: Path) -> None:
    head, body = parts(path)
    documented = {int(number) for number in re.findall(r"ARGV\[(\d+)", head)}
    used = {int(number) for number in re.findall(r"ARGV\[(\d+)\]", body)} | {1, 2}
    rest = re.search(r"for i = (\d+), #ARGV", body)

    assert head.splitlines()[0].startswith("-- ")
    assert "-- KEYS[1] NS" in head
    assert "-- Returns " in head
    assert used | ({int(rest[1])} if rest else set()) == documented


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_script_is_called_by_the_method_of_its_name(path: Path) -> None:
    assert f"def {path.stem}(" in CALLERS
    assert f'"{path.stem}"' in CALLERS


def test_scripts_stay_short() -> None:
    too_long = {path.stem: len(path.read_text().splitlines()) for path in FOLDER.rglob("*.lua")}

    assert {name: length for name, length in too_long.items() if length > 110} == {}


def test_user_json_never_passes_through_the_scripts_json() -> None:
    uses = [path.stem for path in SCRIPTS if "cjson" in path.read_text()]

    assert uses == ["delete_executions"]  # labels: our own JSON of short strings
