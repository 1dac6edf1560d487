"""The actor of an operation, and the record that an operation returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from celeriac.engine.errors import NotPermitted


class Action(StrEnum):
    """The actions on executions and workflows; each is a separate right."""

    LAUNCH = "launch"
    CANCEL = "cancel"
    RETRY = "retry"
    SKIP = "skip"
    SUCCEED = "succeed"
    PIN = "pin"
    DELETE = "delete"
    CLEANUP = "cleanup"
    DEFINE = "define"


class Way(StrEnum):
    """The interface that an operation was requested through."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`name` is None while there are no users; without users everyone has every right."""

    way: Way
    name: str | None = None
    rights: frozenset[Action] = frozenset(Action)

    def require(self, action: Action) -> None:
        """Raises `NotPermitted` without the right to this action."""
        if action not in self.rights:
            raise NotPermitted(actor=self.name or self.way.value, action=action.value)


#: A program that calls the engine in its own process.
CODE = Actor(way=Way.CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecord:
    """What an operation did. `outcome` is a word of the operation: launched, replayed, requested, deleted, …"""

    actor: Actor
    action: Action
    outcome: str
    workflow_id: str | None = None
    execution_id: str | None = None
    steps: tuple[str, ...] = ()
    item: int | None = None
    reason: str | None = None
    count: int = 1  # of the executions or steps that it changed
    facts: dict[str, str] = field(default_factory=dict)
