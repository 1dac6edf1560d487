"""What the server gets of a script and its libraries."""

from __future__ import annotations

import pytest

from celeriac.engine.store.lua_text import whole_text

LIBRARIES = {
    "names": """-- Names.
local NS = KEYS[1]
local STATE = {
  queued = 'q',  -- waits: e = 'x'
  running = 'r',
}
local keys = {
  due = function() return NS .. ':due' end,
  log = function(id) return NS .. ':x:' .. id .. ':log' end,
  plan = function(wf, ver) return NS .. ':plan:' .. wf .. ':' .. ver end,
}
""",
    "units": """-- Units.
local end_all  -- see below
local function letter_of(x) return x.v or STATE.queued end
local function is_running(x) return letter_of(x) == STATE.running end

end_all = function(x)
  return is_running(x)
end
local function unused(x) return end_all(x) end
""",
}


def text_of(script: str) -> str:
    return "\n".join(line.rstrip() for line in whole_text(script, LIBRARIES).splitlines() if line.strip())


def test_a_letter_is_put_in_place_of_its_name() -> None:
    assert text_of("return STATE.running") == "return 'r'"


@pytest.mark.parametrize(
    ("use", "key"),
    [
        ("keys.due()", "(NS .. ':due')"),
        ("keys.log(x.id)", "(NS .. ':x:' .. x.id .. ':log')"),
        ("keys.plan(ver, 'wf')", "(NS .. ':plan:' .. ver .. ':' .. 'wf')"),
    ],
)
def test_a_key_is_put_in_place_of_the_call_that_makes_it(use: str, key: str) -> None:
    assert text_of(f"return {use}") == f"local NS = KEYS[1]\nreturn {key}"


def test_definitions_are_left_out_when_nothing_uses_them() -> None:
    assert text_of("return letter_of({})") == (
        "local function letter_of(x) return x.v or 'q' end\nreturn letter_of({})"
    )


def test_definitions_come_along_when_others_use_them() -> None:
    text = text_of("return end_all({})")

    assert text.startswith("local end_all\nlocal function letter_of(x)")
    assert "unused" not in text


@pytest.mark.parametrize("name", ["x.letter_of", "'letter_of'", "{ letter_of = 1 }", "1 -- letter_of"])
def test_a_field_or_a_text_is_no_use_of_a_definition(name: str) -> None:
    assert "function" not in text_of(f"return {name}")


def test_a_name_is_refused_when_it_is_not_declared() -> None:
    with pytest.raises(KeyError, match=r"STATE\.runing"):
        whole_text("return STATE.runing", LIBRARIES)
    with pytest.raises(KeyError, match="dew"):
        whole_text("return keys.dew()", LIBRARIES)


def test_a_key_is_refused_when_an_argument_is_missing() -> None:
    with pytest.raises(ValueError, match="argument"):
        whole_text("return keys.plan(wf)", LIBRARIES)
