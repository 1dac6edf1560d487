"""Letters and codes mean the same in Lua and in Python, and no other Lua file quotes one."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from celeriac.engine.store.lua_text import declared_constants
from celeriac.engine.store.plans import TRIGGERS
from celeriac.engine.workflows.progress.events import EventCode, Reason
from celeriac.engine.workflows.progress.states import (
    STATUS_OF_LETTER,
    UNDONE_LETTERS,
    Letter,
    StepStatus,
)
from tests.project.lua_sources import LIBRARIES, SCRIPTS, code_of, library
from tests.support.cases import for_each, stem

#: What declares them, and `plans`, whose rules have letters of their own.
HOMES = ("states", "reasons", "plans", "keys")
LETTERS = {*Letter, *EventCode, *Reason, *TRIGGERS.values()}


def table(name: str, home: str) -> dict[str, str]:
    """A table of constants, by name."""
    constants = declared_constants(library(home))
    return {
        key.partition(".")[2]: text[1:-1] for key, text in constants.items() if key.startswith(f"{name}.")
    }


def by_name(codes: type[StrEnum]) -> dict[str, str]:
    return {code.name.lower(): code.value for code in codes}


def test_states_have_the_same_letters() -> None:
    assert table("STATE", "states") == by_name(Letter)


def test_events_have_the_same_codes() -> None:
    assert table("EVENT", "states") == by_name(EventCode)


def test_reasons_have_the_same_codes() -> None:
    assert table("REASON", "reasons") == by_name(Reason)


def test_triggers_have_the_same_letters() -> None:
    assert table("TRIGGER", "plans") == TRIGGERS


def test_sets_of_letters_are_the_same() -> None:
    unended = {letter for letter, status in STATUS_OF_LETTER.items() if not status.ended}
    sets = {name: set(letters) for name, letters in table("STATES", "states").items()}

    assert sets == {
        "unended": unended,
        "under_way": unended - {StepStatus.PENDING.letter},
        "undone": set(UNDONE_LETTERS),
    }


@for_each([*SCRIPTS, *(path for path in LIBRARIES if path.stem not in HOMES)], name=stem)
def test_no_other_file_quotes_a_letter(path: Path) -> None:
    quoted = re.findall(r"'([^'\n]*)'", code_of(path))

    assert [text for text in quoted if text in LETTERS or re.fullmatch(r"\[\^?[a-z]+\]", text)] == []
